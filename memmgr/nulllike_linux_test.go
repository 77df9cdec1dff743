package memmgr

import (
	"fmt"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// A misplacing mapper reserves memory around a multiple of 4 GiB.
type misplacing struct {
	Mapper
	at executor.Addr
}

func (m misplacing) Reserve(size int, _ executor.Addr) ([]byte, error) {
	return m.Mapper.Reserve(size, m.at)
}

func (m misplacing) ReserveDual(size int, _ executor.Addr) ([]byte, error) {
	return m.Mapper.ReserveDual(size, m.at)
}

// TestNullLike: no code is at a multiple of 4 GiB, wherever that is in the arena.
func TestNullLike(t *testing.T) {
	if ^uintptr(0)>>32 == 0 {
		t.Skip("addresses have 32 bits")
	}
	const multiple = 0x2345 << 32
	for _, before := range []executor.Addr{4096, 5 << 20} {
		for way, opts := range map[string][]Option{"protected": nil, "dual": {WithDualMapping()}} {
			t.Run(fmt.Sprintf("%s, %d bytes before it", way, before), func(t *testing.T) {
				m := newManager(t, append(opts, WithMapper(misplacing{SystemMapper(), multiple - before}))...)
				around := 0
				for i := range 200 {
					batch := Batch(i + 1)
					secs := []Section{{Kind: Code, Size: 60_000, Align: 16}}
					if _, err := m.Allocate(batch, Module{ID: uint64(batch), Name: "m"}, secs); err != nil {
						t.Fatal(err)
					}
					end := secs[0].Addr + executor.Addr(secs[0].Size)
					if secs[0].Addr <= multiple && end > multiple {
						t.Fatalf("code is at %v to %v", secs[0].Addr, end)
					}
					if secs[0].Addr>>32 == multiple>>32 || end>>32 == multiple>>32 {
						around++
					}
					if err := m.Finalize(batch); err != nil {
						t.Fatal(err)
					}
				}
				if around == 0 {
					t.Skip("the system has put the memory elsewhere")
				}
			})
		}
	}
}

// TestNullLikeLeavesRoom: what has room in an arena has it also if a multiple of 4 GiB is in the middle of it.
func TestNullLikeLeavesRoom(t *testing.T) {
	if ^uintptr(0)>>32 == 0 {
		t.Skip("addresses have 32 bits")
	}
	const multiple, size = 0x2345 << 32, 41 << 20
	for before := executor.Addr(4 << 20); before <= 64<<20; before += 2 << 20 {
		m, err := New(WithMapper(misplacing{SystemMapper(), multiple - before}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.placeIn(nil, 1, &demands{Code: {size: size, align: cellSize}}); err != nil {
			t.Errorf("%d bytes of code, the multiple %d behind the start: %v", size, before, err)
		}
		if err := m.Close(); err != nil { // the next one is in its place
			t.Fatal(err)
		}
	}
}
