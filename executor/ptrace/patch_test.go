//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/ptrace"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// patchTarget is a program with threads that call what they are told to, and count what should not come of it.
const patchTarget = `
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
int (*volatile hook)(int);
volatile int stop, wrong, outside_it[2];
static void *work(void *number)
{
	for (int i = 0; !stop; i++) {
		int (*f)(int) = hook;
		if (!f) {
			outside_it[(long)number]++;
			continue;
		}
		int got = f(i) - i;
		if (got != 20 && got != 30 && got != 40) __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	}
	return 0;
}
int main(void)
{
	char c;
	pthread_t threads[2];
	for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, work, (void *)(long)i);
	puts("ready");
	fflush(stdout);
	while (read(0, &c, 1) < 0) {}
	stop = 1;
	for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
	printf("wrong %d\n", wrong);
	return 7;
}
`

const patchModule = `
int outside(int);
int (*pointer)(int) = outside;
extern int (*volatile hook)(int);
int calls(int x) { return outside(x) + pointer(x) - x; }
int now(void) { return calls(0); }
void begin(int on) { hook = on ? calls : 0; }
`

// watch looks for memory that is writable and executable, until it is stopped.
func (tg *target) watch(t *testing.T) (stop func()) {
	var done atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !done.Load() {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", tg.Process.Pid))
			if err != nil {
				t.Error(err)
				return
			}
			for line := range strings.Lines(string(text)) {
				if fields := strings.Fields(line); len(fields) > 1 && strings.Contains(fields[1], "wx") {
					t.Error("writable and executable: ", line)
				}
			}
		}
	})
	return func() {
		done.Store(true)
		wg.Wait()
	}
}

// TestCalleeMoves moves a function in a live process while its threads call it, through a stub and through a pointer in written data, and reopens the module.
func TestCalleeMoves(t *testing.T) {
	object := testenv.Compile(t, "gcc", testenv.C, patchTarget, "-O1", "-fPIE")
	binary := filepath.Join(t.TempDir(), "target")
	if out, err := exec.Command("gcc", "-o", binary, object, "-pthread").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	tg := start(t, binary)
	before := tg.maps(t)
	p := attach(t, tg)
	e, err := mcjit.New(mcjit.WithMemoryManager(memmgr.NewRemote(p, 0)), mcjit.WithProcess(p), mcjit.WithSymbolResolver(runtimedyld.ResolveIn(p)), mcjit.WithoutRelaxation())
	if err != nil {
		t.Fatal(err)
	}
	add := func(name, source string) *mcjit.Module {
		t.Helper()
		m, err := e.AddObject(objimage.NewBuffer(name, testenv.CompileBytes(t, "gcc", testenv.C, source, "-O1", "-fPIC")))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	address := func(name string) executor.Addr {
		t.Helper()
		a, err := e.FunctionAddress(name)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	add("callees.o", "int ten(int x) { return x + 10; } int twenty(int x) { return x + 20; }")
	ten, twenty := address("ten"), address("twenty")
	if err := e.AddGlobalMapping("outside", ten); err != nil {
		t.Fatal(err)
	}
	caller := add("caller.o", patchModule)
	begin, now := address("begin"), address("now")
	unwatch := tg.watch(t)
	if _, err := p.Call(begin, 1); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		to, want := ten, uint64(20)
		if i%2 == 0 {
			to, want = twenty, 40
		}
		// The two words do not change together: callers may see 30 in between.
		if _, err := e.UpdateGlobalMapping("outside", to); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Call(now); got != want || err != nil {
			t.Errorf("move %d: %d, %v, want %d", i, got, err, want)
		}
		if err := e.Reopen(caller); err != nil {
			t.Fatal(err)
		}
		if err := e.FinalizeObject(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Call(begin, 0); err != nil {
		t.Fatal(err)
	}
	unwatch()
	count := func(i int) string {
		t.Helper()
		b, err := p.ReadMemory(find(t, p, "outside_it")+executor.Addr(4*i), 4)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for i := range 2 { // who has read the hook before may still be in the module
		for was := count(i); count(i) == was; {
			time.Sleep(time.Millisecond)
		}
	}
	if err := errors.Join(e.Close(), p.Close()); err != nil {
		t.Error(err)
	}
	if after := tg.maps(t); strings.Count(after, "\n") != strings.Count(before, "\n") {
		t.Errorf("memory before:\n%s\nafter:\n%s", before, after)
	}
	tg.finish(t, "wrong 0")
}

// TestPatch changes bytes of all kinds of memory, at any place in a page and beyond its end, and refuses what is not its own.
func TestPatch(t *testing.T) {
	tg := start(t, program(t), "threads", alarmTime)
	tg.settle(t)
	before := tg.maps(t)
	p := attach(t, tg)
	page := p.PageSize()
	base, err := p.Reserve(6*page, 0)
	if err != nil {
		t.Fatal(err)
	}
	content := make([]byte, 2*page)
	for i := range content {
		content[i] = byte(i % 251)
	}
	var segments []executor.Segment
	for i, prot := range []executor.MemProt{executor.MemRead | executor.MemExec, executor.MemRead, executor.MemRead | executor.MemWrite} {
		segments = append(segments, executor.Segment{Prot: prot, Addr: base + executor.Addr(2*page*uint64(i)), Size: 2 * page, Content: content})
	}
	if err := p.Install(base, segments); err != nil {
		t.Fatal(err)
	}
	layout := protections(tg.maps(t), base, 6*page)
	all := append(append(append([]byte(nil), content...), content...), content...)
	for i, patch := range []struct{ from, size uint64 }{{0, 8}, {13, 1}, {page - 3, 6}, {2*page - 8, 24}, {3*page + 8, 8}, {4*page - 4, 13}, {5*page + 2, 4}, {5*page + 7, 2}, {6*page - 1, 1}, {16, 0}} {
		b := make([]byte, patch.size)
		for k := range b {
			b[k] = byte(200 + i + k)
		}
		copy(all[patch.from:], b)
		if err := p.Patch(base+executor.Addr(patch.from), b, patch.from < 2*page); err != nil {
			t.Fatalf("%d bytes at %#x: %v", patch.size, patch.from, err)
		}
		if got, err := p.ReadMemory(base, 6*page); err != nil || string(got) != string(all) {
			t.Fatalf("%d bytes at %#x: other bytes are there, or %v", patch.size, patch.from, err)
		}
		if now := protections(tg.maps(t), base, 6*page); now != layout {
			t.Errorf("%d bytes at %#x: protections %s, before %s", patch.size, patch.from, now, layout)
		}
	}
	for name, at := range map[string]executor.Addr{"nothing": 8, "the program": find(t, p, "add8")} {
		if err := p.Patch(at, []byte{1, 2}, false); !errors.Is(err, ptrace.ErrUnknownReservation) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := errors.Join(p.Release(base), p.Close()); err != nil {
		t.Error(err)
	}
	if err := p.Patch(base, []byte{1}, false); !errors.Is(err, ptrace.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if after := tg.maps(t); after != before {
		t.Errorf("memory before:\n%s\nafter:\n%s", before, after)
	}
}

// protections returns those of each page, as /proc shows them.
func protections(maps string, base executor.Addr, size uint64) (text string) {
	for line := range strings.Lines(maps) {
		var from, to uint64
		var perms string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &perms); err != nil {
			continue
		}
		for at := max(from, uint64(base)); at < min(to, uint64(base)+size); at += 4096 {
			text += perms + " "
		}
	}
	return text
}
