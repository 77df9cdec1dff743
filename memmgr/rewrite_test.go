package memmgr

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

// TestRewriteRunning changes functions, and what lies between them, while they and others run. No memory is ever writable and executable.
func TestRewriteRunning(t *testing.T) {
	if !replaces {
		t.Skip("this system does not replace running pages")
	}
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		code := make([][]Section, 100)
		for i := range code {
			code[i] = []Section{{Kind: Code, Size: 6000, Align: 64}, {Kind: ROData, Size: 100, Align: 8}, {Kind: RWData, Size: 100, Align: 8}}
			mustAllocate(t, m, 1, code[i])
			copy(code[i][0].Mem, returning(t, uint16(2*i)))
		}
		mustFinalize(t, m, 1)
		var stop atomic.Bool
		var wg sync.WaitGroup
		for k := range 2 {
			wg.Go(func() {
				for i := 0; !stop.Load(); i++ {
					n := i % len(code)
					if n%2 != k {
						continue
					}
					if got := call(code[n][0].Addr); got != 2*n && (n%2 == 0 || got != 2*n+1) {
						t.Errorf("function %d returned %d", n, got)
						return
					}
				}
			})
		}
		for round := range 20 {
			for n := 1; n < len(code); n += 2 {
				want := returning(t, uint16(2*n+round%2))
				tail := bytes.Repeat([]byte{byte(round)}, 100)
				patches := []Patch{{At: code[n][0].Mem[:len(want)], New: want}, {At: code[n][0].Mem[5900:], New: tail}, {At: code[n][1].Mem, New: tail}}
				if m.dual && n%20 != 1 {
					patches = patches[1:] // instructions of more than a word are not to run there meanwhile
				}
				if err := m.Rewrite(patches); err != nil {
					t.Fatal(err)
				}
				if got := bytesAt(m, code[n][1].Addr, 100); !bytes.Equal(got, tail) || !bytes.Equal(bytesAt(m, code[n][0].Addr+5900, 100), tail) {
					t.Errorf("function %d, round %d: % x", n, round, got)
				}
			}
			arenaMaps(t, m)
		}
		stop.Store(true)
		wg.Wait()
	})
}

// TestRewriteData leaves what the program has written.
func TestRewriteData(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		secs := []Section{{Kind: RWData, Size: 64, Align: 8}}
		mustAllocate(t, m, 1, secs)
		data := secs[0].Mem
		old := []byte("abcdefgh")
		for _, at := range []int{0, 8, 21, 40} {
			copy(data[at:], old)
		}
		mustFinalize(t, m, 1)
		data[9] = 'X'
		data[23] = 'X'
		var patches []Patch
		for _, at := range []int{0, 8, 21} {
			patches = append(patches, Patch{At: data[at : at+8], Old: old, New: []byte("ABCDEFGH")})
		}
		patches = append(patches, Patch{At: data[41:44], Old: old[1:4], New: []byte("BCD")})
		if err := m.Rewrite(patches); err != nil {
			t.Fatal(err)
		}
		if got, want := string(data[:48]), "ABCDEFGHaXcdefgh\x00\x00\x00\x00\x00abXdefgh"+"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"+"aBCDefgh"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// TestRewriteErrors: a rewrite that fails has changed nothing, and what is not finalized is refused.
func TestRewriteErrors(t *testing.T) {
	if !replaces {
		t.Skip("this system does not replace running pages")
	}
	f := &faultyMapper{Mapper: SystemMapper()}
	m := newManager(t, WithMapper(f))
	secs := []Section{{Kind: Code, Size: 5 * 4096, Align: 64}, {Kind: ROData, Size: 100, Align: 8}, {Kind: RWData, Size: 8, Align: 8}}
	id := mustAllocate(t, m, 1, secs)
	patch := func(b []byte) Patch { return Patch{At: b, New: bytes.Repeat([]byte{0x5a}, len(b))} }
	if err := m.Rewrite([]Patch{patch(secs[0].Mem[:8])}); !errors.Is(err, ErrUnknownAlloc) {
		t.Errorf("an allocation that is not finalized: %v", err)
	}
	if err := m.Rewrite([]Patch{patch(make([]byte, 8))}); !errors.Is(err, ErrUnknownAlloc) {
		t.Errorf("memory of somebody else: %v", err)
	}
	mustFinalize(t, m, 1)
	patches := []Patch{patch(secs[0].Mem[:8]), patch(secs[0].Mem[4*4096:][:8]), patch(secs[1].Mem[:8]), patch(secs[2].Mem)}
	for n := 1; ; n++ {
		f.left = n
		err := m.Rewrite(patches)
		if err == nil {
			if n < 4 {
				t.Error("nothing was failed")
			}
			break
		}
		if !errors.Is(err, errInjected) {
			t.Fatal(err)
		}
		for i, p := range patches {
			if bytes.Contains(p.At, []byte{0x5a}) {
				t.Errorf("call %d (%s) failed, and patch %d is there", n, f.what, i)
			}
		}
	}
	for i, p := range patches {
		if !bytes.Equal(p.At, p.New) {
			t.Errorf("patch %d is not there", i)
		}
	}
	f.left = 0
	mustDeallocate(t, m, id)
	if err := m.Rewrite(patches); !errors.Is(err, ErrUnknownAlloc) {
		t.Errorf("what was given back: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.Rewrite(patches); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// TestRewriteWithoutCode changes read-only data where there is no code at all.
func TestRewriteWithoutCode(t *testing.T) {
	if !replaces {
		t.Skip("this system does not replace running pages")
	}
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		secs := []Section{{Kind: ROData, Size: 100, Align: 8}}
		mustAllocate(t, m, 1, secs)
		mustFinalize(t, m, 1)
		if err := m.Rewrite([]Patch{{At: secs[0].Mem[8:16], New: []byte("GOTentry")}}); err != nil || string(secs[0].Mem[8:16]) != "GOTentry" {
			t.Errorf("%v: %q", err, secs[0].Mem[8:16])
		}
	})
}
