package epc

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// FuzzSetup makes sure that no Setup message is more than it can be, and that what is made is understood.
func FuzzSetup(f *testing.F) {
	symbols := []symbol{{"a", 0x7f0000001000}, {"b", 0x7f0000001010}}
	f.Add(setupPayload("x86_64-pc-linux-gnu", 4096, symbols, symbols))
	f.Add([]byte(setupPayload("", 1<<14, nil, symbols)))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseSetup(&message{payload: b})
		if err != nil {
			return
		}
		if len(s.triple)+16*len(s.symbols) > len(b) {
			t.Errorf("%d symbols in %d bytes", len(s.symbols), len(b))
		}
		var list []symbol
		for name, addr := range s.symbols {
			list = append(list, symbol{name, addr})
		}
		again, err := parseSetup(&message{payload: setupPayload(s.triple, s.pageSize, nil, list)})
		if err != nil || again.triple != s.triple || len(again.symbols) != len(s.symbols) {
			t.Errorf("%+v was made of %+v: %v", again, s, err)
		}
	})
}

// FuzzToken makes sure that nothing but the token is taken for it.
func FuzzToken(f *testing.F) {
	token := []byte("0123456789abcdef")
	f.Add(tokenMessage(token))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := checkToken(bytes.NewReader(b), token); (err == nil) != bytes.HasPrefix(b, tokenMessage(token)) {
			t.Errorf("%q: %v", b, err)
		}
	})
}

// A parrot is a connection to an executor that has one answer to everything.
type parrot struct {
	says   []byte
	heard  chan uint64 // sequence numbers
	rest   []byte
	closed chan struct{}
}

func newParrot(says []byte) *parrot {
	return &parrot{says: says, heard: make(chan uint64, 1024), rest: goodSetup(), closed: make(chan struct{})}
}

func (p *parrot) Write(b []byte) (int, error) {
	if len(b) >= headerSize && opcode(binary.LittleEndian.Uint64(b[8:])) == opCall {
		p.heard <- binary.LittleEndian.Uint64(b[16:])
	}
	return len(b), nil
}

func (p *parrot) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		select {
		case seq := <-p.heard:
			p.rest = encode(message{op: opResult, seq: seq, payload: p.says})
		case <-p.closed:
			return 0, io.EOF
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *parrot) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

// FuzzResults has an executor answer anything to every operation.
func FuzzResults(f *testing.F) {
	f.Add([]byte{1, 2, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0}) // of a look-up
	f.Add([]byte{1, 0, 16, 0, 0, 0, 0, 0, 0})                                                // of a reservation
	f.Add([]byte{0})
	f.Add(append([]byte{1, 10, 0, 0, 0, 0, 0, 0, 0}, "0123456789"...)) // of a read
	f.Fuzz(func(t *testing.T, says []byte) {
		for _, ours := range []bool{false, true} {
			for _, do := range []func(p *Process) error{
				func(p *Process) error { _, err := p.Reserve(4096, 0); return err },
				func(p *Process) error { return p.Install(4096, []executor.Segment{{Addr: 4096, Size: 1}}) },
				func(p *Process) error { return p.Release(4096) },
				func(p *Process) error { _, err := p.LookupIn(0, "a", "b"); return err },
				func(p *Process) error { _, err := p.OpenLibrary("x"); return err },
				func(p *Process) error { _, err := p.Call(4096, 1, 2); return err },
				func(p *Process) error { _, err := p.RunMain(context.Background(), 4096, "x"); return err },
				func(p *Process) error { return p.WriteMemory(4096, []byte("x")) },
				func(p *Process) error { return p.RegisterDebugObject(4096, 1) },
				func(p *Process) error { return p.DeregisterDebugObject(4096, 1) },
				func(p *Process) error {
					b, err := p.ReadMemory(4096, 10)
					if err == nil && len(b) != 10 {
						t.Errorf("ReadMemory of 10 bytes: %d bytes", len(b))
					}
					return err
				},
			} {
				p, err := Connect(context.Background(), newParrot(says), WithTimeout(10*time.Second), WithHeartbeat(0))
				if err != nil {
					t.Fatal(err)
				}
				if ours {
					for i := range newerServices {
						p.symbols[newerServices[i].name] = executor.Addr(0x30000 + 16*i)
					}
				}
				_ = do(p) // it ends, and without a panic
				p.link.end(ErrClosed)
				<-p.gone
			}
		}
	})
}
