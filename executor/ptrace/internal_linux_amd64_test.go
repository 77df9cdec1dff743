package ptrace

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"
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
