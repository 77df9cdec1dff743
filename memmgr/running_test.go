//go:build linux && amd64

package memmgr

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/unix"
)

// TestFork runs code that forks, and whose child writes to its data: the parent's stays what it was.
func TestFork(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		secs := []Section{{Kind: Code, Size: 64, Align: 16}, {Kind: RWData, Size: 8, Align: 8}}
		mustAllocate(t, m, 1, secs)
		le := binary.LittleEndian
		code := []byte{
			0xb8, 57, 0, 0, 0, // mov eax, SYS_fork
			0x0f, 0x05, // syscall
			0x85, 0xc0, // test eax, eax
			0x74, 1, // je child
			0xc3,       // ret
			0x48, 0xb9, // child: mov rcx, imm64
		}
		code = le.AppendUint64(code, uint64(secs[1].Addr))
		code = append(code,
			0xc7, 0x01, 99, 0, 0, 0, // mov dword [rcx], 99
			0x8b, 0x39, // mov edi, [rcx]
			0xb8, 60, 0, 0, 0, // mov eax, SYS_exit
			0x0f, 0x05, // syscall
		)
		copy(secs[0].Mem, code)
		secs[1].Mem[0] = 7
		mustFinalize(t, m, 1)
		pid := call(secs[0].Addr)
		if pid <= 0 {
			t.Fatalf("fork returned %d", pid)
		}
		var status unix.WaitStatus
		if _, err := unix.Wait4(pid, &status, 0, nil); err != nil {
			t.Fatal(err)
		}
		if !status.Exited() || status.ExitStatus() != 99 {
			t.Errorf("child ended with %#x, want exit status 99, what it has written", status)
		}
		if got := secs[1].Mem[0]; got != 7 {
			t.Errorf("child's %d is in the parent's data", got)
		}
	})
}

// TestNeighboursRun executes functions all the time while others come and go on the same pages, or beside them.
func TestNeighboursRun(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		// In one batch: functions that run all the time, each between two that are removed.
		var stay []executor.Addr
		var going []AllocID
		for i := range 300 {
			id, f := load(t, m, 1, uint16(i))
			if i%3 == 1 {
				stay = append(stay, f)
			} else {
				going = append(going, id)
			}
		}
		mustFinalize(t, m, 1)
		var stop atomic.Bool
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for i := 0; !stop.Load(); i++ {
					n := i % len(stay)
					if got := call(stay[n]); got != 3*n+1 {
						t.Errorf("function %d returned %d", 3*n+1, got)
						return
					}
				}
			})
		}
		churn(t, m, going)
		stop.Store(true)
		wg.Wait()
	})
}

// churn removes allocations one by one, loading others and removing them again meanwhile.
func churn(t *testing.T, m *SectionMemoryManager, going []AllocID) {
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 3000 {
		id, f := load(t, m, Batch(i+2), uint16(i))
		mustFinalize(t, m, Batch(i+2))
		if got := call(f); got != i {
			t.Errorf("function %d returned %d", i, got)
		}
		going = append(going, id)
		n := rng.IntN(len(going))
		mustDeallocate(t, m, going[n])
		going[n] = going[len(going)-1]
		going = going[:len(going)-1]
	}
}

// TestDataIsPrivate checks that nothing but the view in which dual mappings are written is shared.
func TestDataIsPrivate(t *testing.T) {
	m := newManager(t, WithDualMapping())
	mustAllocate(t, m, 1, tiny())
	for _, mp := range arenaMaps(t, m) {
		if mp.prot[3] != 'p' {
			t.Errorf("%v to %v is %s", mp.from, mp.to, mp.prot)
		}
	}
}

// TestDebuggerCopies writes into running code as debuggers do, which makes copies of pages of dual mappings, and goes on loading into them. What was
// written stays, and all functions run, all the time.
func TestDebuggerCopies(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		mem, err := os.OpenFile("/proc/self/mem", os.O_RDWR, 0)
		if err != nil {
			t.Skip(err)
		}
		defer mem.Close()
		m := newManager(t, opts...)
		_, f := load(t, m, 1, 1)
		constant := []Section{{Kind: ROData, Size: 8, Align: 8}}
		mustAllocate(t, m, 1, constant)
		mustFinalize(t, m, 1)
		mark := f + 20 // behind the function, before its cell ends
		if _, err := mem.WriteAt([]byte{0x90}, int64(mark)); err != nil {
			t.Skip("this system's /proc/self/mem cannot be written: ", err)
		}
		if _, err := mem.WriteAt([]byte{1}, int64(constant[0].Addr)); err != nil {
			t.Fatal(err)
		}
		mustAllocate(t, m, 2, constant)
		constant[0].Mem[0] = 2
		mustFinalize(t, m, 2)
		if got := bytesAt(m, constant[0].Addr, 1)[0]; got != 2 {
			t.Errorf("constant loaded into a page that a debugger wrote to is %d", got)
		}
		var stop atomic.Bool
		var wg sync.WaitGroup
		wg.Go(func() {
			for !stop.Load() {
				if got := call(f); got != 1 {
					t.Errorf("function returned %d", got)
					return
				}
			}
		})
		churn(t, m, nil)
		if b := bytesAt(m, mark, 1); b[0] != 0x90 {
			t.Errorf("what the debugger wrote has become %#x", b[0])
		}
		stop.Store(true)
		wg.Wait()
	})
}
