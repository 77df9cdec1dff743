package memmgr

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// A patchTarget is a process whose memory can be changed, until it cannot.
type patchTarget struct {
	*fakeTarget
	never   bool
	left    int // patches that go well; -1 for all
	patches int
	code    int // of code
}

func (p *patchTarget) CanPatch() bool { return !p.never }

// memory returns the bytes at an address.
func (p *patchTarget) memory(at executor.Addr, n uint64) []byte {
	for base, r := range p.live {
		if base <= at && uint64(at-base)+n <= r.size {
			return r.mem[at-base:][:n]
		}
	}
	return nil
}

func (p *patchTarget) ReadMemory(at executor.Addr, n uint64) ([]byte, error) {
	return bytes.Clone(p.memory(at, n)), nil
}

func (p *patchTarget) WriteMemory(at executor.Addr, b []byte) error {
	copy(p.memory(at, uint64(len(b))), b)
	return nil
}

func (p *patchTarget) Patch(at executor.Addr, b []byte, code bool) error {
	if p.left == 0 {
		p.left = -1 // what is put back goes well
		return errInjected
	}
	p.left--
	p.patches++
	if code {
		p.code++
	}
	return p.WriteMemory(at, b)
}

// TestRemoteRewrite changes what is finalized in another process, has it refuse at each step, and keeps what its program has written.
func TestRemoteRewrite(t *testing.T) {
	for left := 0; left <= 3; left++ {
		target := &patchTarget{fakeTarget: newFakeTarget(), left: left}
		if left == 3 {
			target.left = -1
		}
		m := NewRemote(target, 0)
		secs := []Section{{Kind: Code, Size: 16, Align: 16}, {Kind: ROData, Size: 16, Align: 16}, {Kind: RWData, Size: 16, Align: 16}}
		if _, err := m.Allocate(1, Module{}, secs); err != nil {
			t.Fatal(err)
		}
		for i := range secs {
			copy(secs[i].Mem, "as it was before")
		}
		if err := m.Finalize(1); err != nil {
			t.Fatal(err)
		}
		if !m.CanRewrite() {
			t.Fatal("nothing can be rewritten")
		}
		if err := target.WriteMemory(secs[2].Addr+8, []byte("program!")); err != nil {
			t.Fatal(err)
		}
		err := m.Rewrite([]Patch{
			{At: secs[2].Mem[8:], New: []byte("nothing."), Old: []byte("s before")}, // which the program has changed
			{At: secs[2].Mem[:8], New: []byte("changed."), Old: []byte("as it wa")},
			{At: secs[0].Mem[8:], New: []byte("changed.")},
			{At: secs[1].Mem[8:], New: []byte("changed.")},
		})
		want := []string{"as it wachanged.", "as it wachanged.", "changed.program!"}
		local := []string{want[0], want[1], "changed.s before"}
		if left < 3 {
			want, local = []string{"as it was before", "as it was before", "as it waprogram!"}, []string{"as it was before", "as it was before", "as it was before"}
			if !errors.Is(err, errInjected) {
				t.Errorf("patch %d is refused: %v", left, err)
			}
		} else if err != nil || target.code != 1 || target.patches != 3 {
			t.Errorf("%v; %d patches, %d of them of code", err, target.patches, target.code)
		}
		for i, s := range secs {
			if got := target.memory(s.Addr, 16); string(got) != want[i] || string(s.Mem) != local[i] {
				t.Errorf("patch %d is refused: section %d is %q, here %q; want %q, %q", left, i, got, s.Mem, want[i], local[i])
			}
		}
		if err := m.Rewrite([]Patch{{At: make([]byte, 8), New: make([]byte, 8)}}); !errors.Is(err, ErrUnknownAlloc) {
			t.Errorf("memory of nobody: %v", err)
		}
	}
	for _, target := range []executor.Memory{newFakeTarget(), &patchTarget{fakeTarget: newFakeTarget(), never: true}} {
		m := NewRemote(target, 0)
		if err := m.Rewrite([]Patch{{At: []byte{1}, New: []byte{2}}}); !errors.Is(err, errors.ErrUnsupported) || m.CanRewrite() {
			t.Errorf("a process that cannot: %v", err)
		}
	}
}
