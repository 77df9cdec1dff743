package ptrace

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestFrameWithoutTiles makes frames of threads on processors with AMX. The kernel takes none that is larger than what the process may use, which are no tiles unless it has asked for them.
func TestFrameWithoutTiles(t *testing.T) {
	const size, avx = 2816 + tileSize, 7
	for _, used := range []uint64{avx, avx | tileData} {
		area := make([]byte, size)
		binary.LittleEndian.PutUint64(area[fxSoftware:], avx|1<<17|tileData)
		binary.LittleEndian.PutUint64(area[xsaveHeader:], used)
		area[600] = 0xab
		s := state{vector: []regset{{data: area}}}
		const at = 0x1000
		b := s.frame(at, 0)
		want := uint64(size)
		if used&tileData == 0 {
			want -= tileSize
		}
		start := binary.LittleEndian.Uint64(b[frameGeneral+23*8:]) - at // fpstate
		got := b[start:]
		if uint64(len(got)) != want+4 || binary.LittleEndian.Uint32(got[fxSoftware:]) != fpMagic1 || binary.LittleEndian.Uint32(got[want:]) != fpMagic2 ||
			uint64(binary.LittleEndian.Uint32(got[fxSoftware+16:])) != want || uint64(binary.LittleEndian.Uint32(got[fxSoftware+4:])) != want+4 || got[600] != 0xab {
			t.Errorf("with %#x in use the frame has %d bytes of registers, want %d", used, len(got)-4, want)
		}
		if features := binary.LittleEndian.Uint64(got[fxSoftware+8:]); (features&tileData != 0) != (used&tileData != 0) {
			t.Errorf("with %#x in use the frame says that it has %#x", used, features)
		}
	}
}

// TestMappingPaths parses lines in which numbers are parts of each other.
func TestMappingPaths(t *testing.T) {
	for line, want := range map[string]string{
		"7ffd2c1ac000-7ffd2c1cd000 rw-p 00000000 00:00 0                          [stack]":    "[stack]",
		"7ffd2c1ac000-7ffd2c1cd000 r-xp 00000000 08:10 10                         /lib/a b":   "/lib/a b",
		"7ffd2c1ac000-7ffd2c1cd000 rw-p 00000000 00:00 0 ":                                    "",
		"7f0-7f1 r--p 00000000 fe:00 326269                     /usr/lib/libc.so.6 (deleted)": "/usr/lib/libc.so.6 (deleted)",
	} {
		if m, ok := parseMapping(line); !ok || m.path != want {
			t.Errorf("%q: %q, want %q", line, m.path, want)
		}
	}
}

// TestNobodyWaits waits for a thread that does not stop, and looks whether a thread of ours stays behind.
func TestNobodyWaits(t *testing.T) {
	p, err := Attach(sleeping(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	before := runtime.NumGoroutine()
	err = p.stopped(context.Background(), "waiting", func(tr *tracee) error {
		ctx, cancel := context.WithTimeoutCause(context.Background(), 20*time.Millisecond, ErrTimeout)
		defer cancel()
		_, err := tr.wait(ctx) // it stands still already
		return err
	})
	if !errors.Is(err, ErrTimeout) {
		t.Errorf("the error is %v", err)
	}
	if after := runtime.NumGoroutine(); after > before+1 { // the tracer
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

// TestNumbersAreGivenAgain has errno's address of a thread that has ended, whose number is another thread's by now.
func TestNumbersAreGivenAgain(t *testing.T) {
	p, err := Attach(sleeping(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	fn, err := p.errnoFunction()
	if err != nil || fn == 0 {
		t.Skip("the program has no errno")
	}
	p.host.errno[thread{p.pid, "long ago"}] = 1 // where nothing can be read
	if _, err := p.Call(fn); err != nil {
		t.Error(err)
	}
}

// TestGuardianWaitsForVfork has a thread that cannot stop: the others are not held for that.
func TestGuardianWaitsForVfork(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "target")
	object := testenv.Compile(t, "gcc", testenv.C, `
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>
static void *fork_slowly(void *unused)
{
	if (vfork() == 0) {
		prctl(PR_SET_PDEATHSIG, 9);
		write(1, "r", 1);
		sleep(100);
		_exit(0);
	}
	return unused;
}
int main(void)
{
	pthread_t thread;
	pthread_create(&thread, 0, fork_slowly, 0);
	pthread_join(thread, 0);
}`, "-O1", "-fPIE")
	if out, err := exec.Command("gcc", "-o", binary, object, "-pthread").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := exec.Command(binary)
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait() // it was killed
	})
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	p, err := Attach(c.Process.Pid, WithTimeout(200*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.enter(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer p.leave()
	err = p.allStopped(context.Background(), new(ledger), func(*tracee, []*tracee) error {
		t.Error("all have stopped")
		return nil
	})
	if !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
}

// TestPatchedAlone: pages of others in the same mapping are left alone.
func TestPatchedAlone(t *testing.T) {
	p, err := Attach(sleeping(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	page := p.PageSize()
	var bases []executor.Addr
	for range 2 {
		base, err := p.Reserve(2*page, 0)
		if err != nil {
			t.Fatal(err)
		}
		bases = append(bases, base)
		if err := p.Install(base, []executor.Segment{{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: 2 * page}}); err != nil {
			t.Fatal(err)
		}
	}
	maps, err := p.maps()
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := mappingOf(maps, bases[0]); !ok || m.end <= bases[1] {
		t.Fatalf("%v are not in one mapping, %+v", bases, m)
	}
	if err := p.Patch(bases[0]+8, []byte{1, 2, 3, 4}, true); err != nil {
		t.Fatal(err)
	}
	pages, err := os.Open(p.proc("pagemap"))
	if err != nil {
		t.Fatal(err)
	}
	defer pages.Close()
	for i, want := range []bool{true, true, false, false} { // who has nothing yet has not been copied
		var entry [8]byte
		at := bases[0] + executor.Addr(uint64(i)*page)
		if _, err := pages.ReadAt(entry[:], int64(uint64(at)/page*8)); err != nil {
			t.Fatal(err)
		}
		if present := entry[7]&0x80 != 0; present != want {
			t.Errorf("page %d has contents: %v", i, present)
		}
	}
	p.mu.Lock()
	delete(p.reservations, bases[1]) // as if it were somebody else's
	p.mu.Unlock()
	if r := p.replaced(&mapping{start: bases[0], end: bases[1] + executor.Addr(2*page)}, bases[1]+8, 4); r != (addrRange{bases[1], bases[1] + executor.Addr(page)}) {
		t.Errorf("of what is not ours %v is replaced", r)
	}
}

// sleeping starts a program that sleeps, and returns its number.
func sleeping(t *testing.T) int {
	t.Helper()
	path, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("there is no sleep")
	}
	child, err := os.StartProcess(path, []string{"sleep", "100"}, &os.ProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = child.Kill() // it may have ended
		_, _ = child.Wait()
	})
	time.Sleep(30 * time.Millisecond)
	return child.Pid
}
