//go:build linux && amd64

package epc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

const patchSource = `
int outside(int);
int (*pointer)(int) = outside;
int calls(int x) { return outside(x) + pointer(x) - x; }
int wrong(int n)
{
	int bad = 0;
	for (int i = 0; i < n; i++) {
		int got = calls(i) - i;
		bad += got != 20 && got != 30 && got != 40;
	}
	return bad;
}
`

// startOurs starts an executor of this package as a process of its own.
func startOurs(t *testing.T) *Process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveVariable+"=1", "GORACE=atexit_sleep_ms=0")
	p, err := Start(context.Background(), cmd, Filedescs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// patchEngine links a function that calls another one, which is ten.
func patchEngine(t *testing.T, p *Process) (e *mcjit.ExecutionEngine, caller *mcjit.Module, ten, twenty executor.Addr) {
	t.Helper()
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
	add("callees.o", "int ten(int x) { return x + 10; } int twenty(int x) { return x + 20; }")
	for name, at := range map[string]*executor.Addr{"ten": &ten, "twenty": &twenty} {
		if *at, err = e.FunctionAddress(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.AddGlobalMapping("outside", ten); err != nil {
		t.Fatal(err)
	}
	caller = add("caller.o", patchSource)
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	return e, caller, ten, twenty
}

// TestCalleeMoves moves a function in an executor while a thread of that calls it, through a stub and through a pointer in written data, and reopens the module.
func TestCalleeMoves(t *testing.T) {
	p := startOurs(t)
	e, caller, ten, twenty := patchEngine(t, p)
	defer e.Close()
	address := func(name string) executor.Addr {
		a, err := e.FunctionAddress(name)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	calls, wrong := address("calls"), address("wrong")
	before := codeMappings(t, p.child.Process.Pid)
	var done atomic.Bool
	var wg sync.WaitGroup
	until := func(f func() error) {
		wg.Go(func() {
			for !done.Load() {
				if err := f(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	until(func() error {
		bad, err := p.Call(wrong, 100_000)
		if err == nil && bad != 0 {
			err = fmt.Errorf("%d calls have gone elsewhere", bad)
		}
		return err
	})
	until(func() error {
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", p.child.Process.Pid))
		if err == nil && strings.Contains(string(maps), " rwx") {
			err = errors.New("memory is writable and executable:\n" + string(maps))
		}
		return err
	})
	for i := range 40 {
		to, want := ten, uint64(20)
		if i%2 == 0 {
			to, want = twenty, 40
		}
		if _, err := e.UpdateGlobalMapping("outside", to); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Call(calls, 0); got != want || err != nil {
			t.Errorf("move %d: %d, %v, want %d", i, got, err, want)
		}
		if err := e.Reopen(caller); err != nil {
			t.Fatal(err)
		}
		if err := e.FinalizeObject(); err != nil {
			t.Fatal(err)
		}
	}
	done.Store(true)
	wg.Wait()
	if after := codeMappings(t, p.child.Process.Pid); after > before+1 { // the one for calls may be new
		t.Errorf("%d mappings of code before, %d after", before, after)
	}
}

// TestLLVMCannotPatch: with LLVM's executors, which have no service for it, nothing is reopened, and that is said before anything is changed.
func TestLLVMCannotPatch(t *testing.T) {
	p := startLLVM(t)
	defer p.Close()
	e, caller, _, twenty := patchEngine(t, p)
	defer e.Close()
	if err := e.Reopen(caller); !errors.Is(err, runtimedyld.ErrCannotRewrite) {
		t.Errorf("Reopen: %v", err)
	}
	if _, err := e.UpdateGlobalMapping("outside", twenty); !errors.Is(err, runtimedyld.ErrCannotRewrite) {
		t.Errorf("UpdateGlobalMapping: %v", err)
	}
	var lacks *ServiceError
	if err := p.Patch(twenty, []byte{0x90}, true); !errors.As(err, &lacks) || p.CanPatch() {
		t.Errorf("Patch: %v", err)
	}
	calls, err := e.FunctionAddress("calls")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Call(calls, 0); got != 20 || err != nil {
		t.Errorf("calls: %d, %v", got, err)
	}
}

// TestPatch changes bytes at any place of memory of all kinds, small and large, and nothing else; what is not finalized is refused.
func TestPatch(t *testing.T) {
	p := serveHere(t, testHost())
	page := p.PageSize()
	prots := []executor.MemProt{executor.MemRead | executor.MemExec, executor.MemRead, executor.MemRead | executor.MemWrite}
	for _, each := range []uint64{2 * page, replacedWhole + 2*page} {
		size := each * uint64(len(prots))
		base, err := p.Reserve(size+page, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Patch(base, []byte{1}, false); err == nil {
			t.Error("what is not finalized is patched")
		}
		var segments []executor.Segment
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(i % 251)
		}
		for i, prot := range prots {
			from := each * uint64(i)
			segments = append(segments, executor.Segment{Prot: prot, Addr: base + executor.Addr(from), Size: each, Content: content[from : from+each]})
		}
		if err := p.Install(base, segments); err != nil {
			t.Fatal(err)
		}
		for i, patch := range []struct{ from, size uint64 }{{0, 8}, {13, 1}, {page - 3, 6}, {each - 8, 24}, {each + page + 8, 8}, {2*each - 4, 13}, {2*each + 2, 4}, {3*each - 1, 1}, {16, 0}} {
			b := make([]byte, patch.size)
			for k := range b {
				b[k] = byte(200 + i + k)
			}
			copy(content[patch.from:], b)
			if err := p.Patch(base+executor.Addr(patch.from), b, false); err != nil {
				t.Fatalf("%d bytes at %#x: %v", patch.size, patch.from, err)
			}
			if got, err := p.ReadMemory(base, size); err != nil || string(got) != string(content) {
				t.Fatalf("%d bytes at %#x: other bytes are there, or %v", patch.size, patch.from, err)
			}
		}
		for name, at := range map[string]executor.Addr{"before": 8, "what is left of it": base + executor.Addr(size), "behind it": base + executor.Addr(size+page)} {
			var said *RemoteError
			if err := p.Patch(at, []byte{1}, false); !errors.As(err, &said) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := p.Release(base); err != nil {
			t.Error(err)
		}
		if err := p.Patch(base, []byte{1}, false); err == nil {
			t.Error("what was released is patched")
		}
	}
}
