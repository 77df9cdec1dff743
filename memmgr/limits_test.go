package memmgr

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestTooLarge asks for more than can be, of each kind, when there are slabs already and when there are none: objects can say that their
// .bss has any size.
func TestTooLarge(t *testing.T) {
	for _, growth := range []bool{false, true} {
		ways(t, func(t *testing.T, opts ...Option) {
			opts = append(opts, WithReserve(1<<24))
			if growth {
				opts = append(opts, WithGrowth())
			}
			for kind := range NumKinds {
				t.Run(fmt.Sprintf("%v, growth %v", kind, growth), func(t *testing.T) {
					m := newManager(t, opts...)
					for size := uint64(1 << 46); size != 0; size <<= 1 {
						_, err := m.Allocate(1, Module{Name: "huge.o"}, []Section{{Kind: kind, Size: size, Align: 8}})
						var ae *AllocError
						if !errors.As(err, &ae) {
							t.Errorf("%d bytes: %v", size, err)
						}
						mustAllocate(t, m, 2, tiny())
					}
				})
			}
		})
	}
}

// TestHugeReserve reserves more than the tables of a slab can number, if the system lets it, and asks for more than that.
func TestHugeReserve(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, append(opts, WithReserve(16<<40))...)
		for kind := range NumKinds {
			for _, size := range []uint64{1 << 36, 1 << 37, 1 << 38, 1 << 42} {
				_, err := m.Allocate(1, Module{Name: "huge.o"}, []Section{{Kind: kind, Size: size, Align: 8}})
				if !errors.Is(err, ErrExhausted) {
					t.Errorf("%v of %d bytes: %v", kind, size, err)
				}
				mustAllocate(t, m, 2, tiny())
			}
		}
	})
}

// TestProtString prints protections, also what is none.
func TestProtString(t *testing.T) {
	for p, want := range map[Prot]string{ProtNone: "---", ProtReadExec: "r-x", 4: "unknown", 255: "unknown"} {
		if got := p.String(); got != want {
			t.Errorf("Prot(%d) is %q, want %q", uint8(p), got, want)
		}
	}
}

// TestNames uses names that the system does not take: they are for people, and nothing may depend on them.
func TestNames(t *testing.T) {
	for _, name := range []string{"", "[a]\\`$", "nul\x00byte", strings.Repeat("long", 100)} {
		ways(t, func(t *testing.T, opts ...Option) {
			mustAllocate(t, newManager(t, append(opts, WithName(name))...), 1, tiny())
		})
	}
}
