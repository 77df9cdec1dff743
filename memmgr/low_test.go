//go:build linux && amd64

package memmgr

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
)

// Sections of a manager with low addresses lie below 2 GiB, whatever it is combined with, also when it has grown and when several share the space.
func TestLowAddresses(t *testing.T) {
	for name, options := range map[string][]Option{
		"plain": nil, "growing": {WithReserve(1 << 20), WithGrowth()}, "dual": {WithDualMapping(), WithReserve(16 << 20)}, "small": {WithReserve(1 << 20)},
	} {
		m, err := New(append(options, WithLowAddresses())...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer m.Close()
		for range 20 {
			secs := []Section{{Kind: Code, Size: 4096, Align: 16}, {Kind: ROData, Size: 100, Align: 16}, {Kind: RWData, Size: 200 << 10, Align: 4096}}
			_, err := m.Allocate(1, Module{Name: name}, secs)
			if name == "small" && errors.Is(err, ErrExhausted) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, s := range secs {
				if end := uint64(s.Addr) + s.Size; end > 1<<31 {
					t.Errorf("%s: a section ends at %#x", name, end)
				}
			}
		}
	}
}

// hintless is a system that decides for itself where mappings go.
type hintless struct {
	Mapper
	reserved, released int
}

func (h *hintless) Reserve(size int, _ executor.Addr) ([]byte, error) {
	h.reserved++
	return h.Mapper.Reserve(size, 0)
}

func (h *hintless) Release(mem []byte) error {
	h.released++
	return h.Mapper.Release(mem)
}

func TestNoLowAddresses(t *testing.T) {
	h := &hintless{Mapper: SystemMapper()}
	if _, err := New(WithMapper(h), WithReserve(256<<20), WithLowAddresses()); !errors.Is(err, ErrNoLowAddresses) {
		t.Errorf("error %v", err)
	}
	if h.reserved == 0 || h.released != h.reserved {
		t.Errorf("%d reserved, %d released", h.reserved, h.released)
	}
	if _, err := New(WithMapper(refusing{SystemMapper()}), WithLowAddresses()); !errors.Is(err, unix.ENOMEM) {
		t.Errorf("error %v, want the system's", err)
	}
}

type refusing struct{ Mapper }

func (refusing) Reserve(int, executor.Addr) ([]byte, error) { return nil, unix.ENOMEM }

// TestLowExhausted: the error says what gets more memory below 2 GiB, and what does without.
func TestLowExhausted(t *testing.T) {
	m := newManager(t, WithLowAddresses(), WithReserve(4<<20))
	_, err := m.Allocate(1, Module{}, sections(1, 64<<20))
	var e *AllocError
	if !errors.As(err, &e) || !errors.Is(err, ErrExhausted) || !strings.Contains(e.Hint, "WithReserve") || !strings.Contains(e.Hint, "-fPIC -mcmodel=medium") {
		t.Errorf("%v", err)
	}
}
