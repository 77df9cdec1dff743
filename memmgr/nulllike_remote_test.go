package memmgr

import (
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// TestRemoteNullLike: no code of another process is at a multiple of 4 GiB, wherever reservations are, and nothing is held for that. Data may be there.
func TestRemoteNullLike(t *testing.T) {
	const multiple = 5 << 32
	for _, before := range []executor.Addr{0, 4096, 8192, 16384} {
		target := newFakeTarget()
		target.next = multiple - before
		m := NewRemote(target, 0)
		around := 0
		for i := range 20 {
			secs := []Section{{Kind: Code, Size: 5000, Align: 16}, {Kind: RWData, Size: 5000, Align: 16}}
			if _, err := m.Allocate(Batch(i/4+1), Module{Name: "m"}, secs); err != nil {
				t.Fatal(err)
			}
			if c := secs[0]; c.Addr <= multiple && c.Addr+executor.Addr(c.Size) > multiple {
				t.Errorf("%d bytes before the multiple: code is at %v", before, c.Addr)
			}
			if secs[1].Addr>>32 == multiple>>32 {
				around++
			}
		}
		if around == 0 {
			t.Error("nothing is there")
		}
		if s := m.Stats(); s.Reservations != len(target.live) {
			t.Errorf("%d reservations are held, %d in use", len(target.live), s.Reservations)
		}
		if err := m.Close(); err != nil || len(target.live) > 0 {
			t.Errorf("%v; %d reservations stay", err, len(target.live))
		}
	}
}

// TestRemoteNullLikeFails: a process without other room has code where it can be; and what cannot be given back is an error that leaves nothing.
func TestRemoteNullLikeFails(t *testing.T) {
	allocate := func(target executor.Memory) (*RemoteMemoryManager, error) {
		m := NewRemote(target, 0)
		_, err := m.Allocate(1, Module{Name: "m"}, []Section{{Kind: Code, Size: 5000, Align: 16}})
		return m, err
	}
	target := newFakeTarget()
	target.next, target.fail = 5<<32, 2
	if m, err := allocate(target); err != nil || m.Stats().Reservations != 1 || len(target.live) != 1 {
		t.Errorf("no other room: %v, %d reservations", err, len(target.live))
	}
	target = newFakeTarget()
	target.next = 5 << 32
	keeps := &keeper{fakeTarget: target}
	if m, err := allocate(keeps); !errors.Is(err, errInjected) || m.Stats() != (RemoteStats{}) || len(target.live) != 1 {
		t.Errorf("what is not given back: %v, %d reservations", err, len(target.live))
	}
}

// A keeper does not give the first reservation back.
type keeper struct {
	*fakeTarget
	kept bool
}

func (k *keeper) Release(bases ...executor.Addr) error {
	if !k.kept {
		k.kept = true
		return errInjected
	}
	return k.fakeTarget.Release(bases...)
}
