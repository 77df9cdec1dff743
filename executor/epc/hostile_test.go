package epc

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// goodSetup is a Setup message with all that a controller wants.
func goodSetup() []byte {
	var symbols []symbol
	for i, s := range commonServices {
		symbols = append(symbols, symbol{s.name, executor.Addr(0x10000 + 16*i)})
	}
	symbols = append(symbols, symbol{nameLookUp, 0x20000})
	return encode(message{op: opSetup, payload: setupPayload("x86_64-pc-linux-gnu", 4096, symbols, symbols)})
}

func encode(m message) []byte { return append(m.appendHeader(nil), m.payload...) }

// header is a header, which may be wrong.
func header(size, op, seq, tag uint64) []byte {
	var b []byte
	for _, w := range []uint64{size, op, seq, tag} {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

const hostileTimeout = 200 * time.Millisecond

// withHostile has a Process work with an executor that says what answer returns to each call; it is the test's own, and gets the connection for more.
func withHostile(t *testing.T, first []byte, answer func(m message) []byte, use func(p *Process)) {
	t.Helper()
	here, there := net.Pipe()
	var wait sync.WaitGroup
	wait.Add(1)
	go func() {
		defer wait.Done()
		defer there.Close()
		if _, err := there.Write(first); err != nil {
			return
		}
		for {
			m, err := readMessage(there, 1<<20)
			if err != nil || m.op == opHangup {
				return
			}
			reply := answer(m)
			if reply == nil {
				return
			}
			if _, err := there.Write(reply); err != nil {
				return
			}
		}
	}()
	p, err := Connect(context.Background(), here, WithTimeout(hostileTimeout), WithMessageLimit(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	use(p)
	p.Close()
	wait.Wait()
}

// within fails the test if something takes a second longer than its deadline.
func within(t *testing.T, what string, do func() error) error {
	t.Helper()
	start := time.Now()
	err := do()
	if d := time.Since(start); d > hostileTimeout+time.Second {
		t.Errorf("%s took %v", what, d)
	}
	return err
}

// TestHostileSetup connects to executors that begin badly.
func TestHostileSetup(t *testing.T) {
	good := goodSetup()
	var bad *ProtocolError
	for name, c := range map[string]struct {
		says  []byte
		close bool
		want  func(error) bool
	}{
		"nothing":            {nil, false, func(err error) bool { return errors.Is(err, ErrTimeout) }},
		"good-bye":           {nil, true, func(err error) bool { return errors.Is(err, ErrDisconnected) }},
		"half a header":      {good[:20], true, func(err error) bool { return errors.As(err, &bad) }},
		"half a message":     {good[:60], true, func(err error) bool { return errors.As(err, &bad) }},
		"and waits":          {good[:60], false, func(err error) bool { return errors.Is(err, ErrTimeout) }},
		"a huge message":     {header(1<<62, 0, 0, 0), false, func(err error) bool { return errors.As(err, &bad) }},
		"a negative message": {header(1<<64-1, 0, 0, 0), false, func(err error) bool { return errors.As(err, &bad) }},
		"a tiny message":     {header(31, 0, 0, 0), false, func(err error) bool { return errors.As(err, &bad) }},
		"another opcode":     {header(32, 9, 0, 0), false, func(err error) bool { return errors.As(err, &bad) }},
		"a result":           {header(32, 2, 0, 0), false, func(err error) bool { return errors.As(err, &bad) }},
		"a sequence number":  {header(32, 0, 1, 0), false, func(err error) bool { return errors.As(err, &bad) }},
		"a tag":              {header(32, 0, 0, 1), false, func(err error) bool { return errors.As(err, &bad) }},
		"nothing in it":      {header(32, 0, 0, 0), false, func(err error) bool { return errors.As(err, &bad) }},
		"pages of a byte":    {encode(message{payload: setupPayload("x", 1, nil, nil)}), false, func(err error) bool { return errors.As(err, &bad) }},
		"text":               {bytes.Repeat([]byte("HTTP/1.1 200 OK\r\n"), 10), false, func(err error) bool { return errors.As(err, &bad) }},
	} {
		t.Run(name, func(t *testing.T) {
			here, there := net.Pipe()
			defer there.Close()
			go func() {
				there.Write(c.says)
				if c.close {
					there.Close()
				} else {
					io.Copy(io.Discard, there)
				}
			}()
			err := within(t, "Connect", func() error {
				_, err := Connect(context.Background(), here, WithTimeout(hostileTimeout))
				return err
			})
			if err == nil || !c.want(err) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestHostileAnswers makes every operation with executors that answer badly: each is an error, in time.
func TestHostileAnswers(t *testing.T) {
	reply := func(payload ...byte) func(message) []byte {
		return func(m message) []byte { return encode(message{op: opResult, seq: m.seq, payload: payload}) }
	}
	for name, answer := range map[string]func(m message) []byte{
		"empty":          reply(),
		"a byte":         reply(1),
		"another byte":   reply(7),
		"no text":        reply(0, 5, 0, 0, 0, 0, 0, 0, 0),
		"long text":      reply(0, 255, 255, 255, 255, 255, 255, 255, 255, 'x'),
		"ones":           reply(bytes.Repeat([]byte{1}, 100)...),
		"all ones":       reply(bytes.Repeat([]byte{255}, 100)...),
		"zeros":          reply(make([]byte, 100)...),
		"closes":         func(message) []byte { return nil },
		"says nothing":   func(message) []byte { return []byte{} },
		"another number": func(m message) []byte { return encode(message{op: opResult, seq: m.seq + 1}) },
		"half a header":  func(message) []byte { return header(32, 2, 1, 0)[:7] },
		"too long":       func(m message) []byte { return header(1<<21, 2, m.seq, 0) },
		"half a result":  func(m message) []byte { return header(1<<20, 2, m.seq, 0) },
		"an error": func(m message) []byte {
			return encode(message{op: opResult, seq: m.seq, tag: 1, payload: []byte("no")})
		},
		"another set-up": func(message) []byte { return goodSetup() },
		"hangs up":       func(message) []byte { return header(32, 1, 0, 0) },
		"calls us": func(m message) []byte {
			return append(header(32, 3, 1, 5), encode(message{op: opResult, seq: m.seq})...)
		},
		"answers twice": func(m message) []byte {
			r := encode(message{op: opResult, seq: m.seq, payload: []byte{2}})
			return append(r, r...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for op, do := range map[string]func(p *Process) error{
				"Reserve":     func(p *Process) error { _, err := p.Reserve(4096, 0); return err },
				"Install":     func(p *Process) error { return p.Install(4096, []executor.Segment{{Addr: 4096, Size: 1}}) },
				"Release":     func(p *Process) error { return p.Release(4096) },
				"Lookup":      func(p *Process) error { _, err := p.Lookup("a", "b"); return err },
				"Call":        func(p *Process) error { _, err := p.Call(4096, 1, 2); return err },
				"ReadMemory":  func(p *Process) error { _, err := p.ReadMemory(4096, 10); return err },
				"OpenLibrary": func(p *Process) error { _, err := p.OpenLibrary("x"); return err },
				"Register":    func(p *Process) error { return p.RegisterDebugObject(4096, 1) },
				"RunMain": func(p *Process) error {
					ctx, cancel := context.WithTimeout(context.Background(), hostileTimeout)
					defer cancel()
					_, err := p.RunMain(ctx, 4096, "x")
					return err
				},
			} {
				withHostile(t, goodSetup(), answer, func(p *Process) {
					err := within(t, op, func() error { return do(p) })
					// What could be an answer may be taken for one.
					if err == nil && name != "zeros" && name != "ones" {
						t.Errorf("%s: no error", op)
					}
				})
			}
		})
	}
}

// TestHeartbeat calls a function in an executor that answers nothing any more.
func TestHeartbeat(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	go func() {
		there.Write(goodSetup())
		io.Copy(io.Discard, there)
	}()
	p, err := Connect(context.Background(), here, WithTimeout(hostileTimeout), WithHeartbeat(hostileTimeout/4))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	err = within(t, "RunMain", func() error { _, err := p.RunMain(context.Background(), 4096); return err })
	if !errors.Is(err, ErrTimeout) {
		t.Errorf("RunMain: %v", err)
	}
}

// TestStuckWriter has a peer that takes no bytes: calls end with their deadlines all the same.
func TestStuckWriter(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	go there.Write(goodSetup())
	p, err := Connect(context.Background(), here, WithTimeout(hostileTimeout))
	if err != nil {
		t.Fatal(err)
	}
	if err := within(t, "Reserve", func() error { _, err := p.Reserve(4096, 0); return err }); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
	if err := within(t, "Close", p.Close); err != nil {
		t.Error(err)
	}
}

// TestEndlessDebugList has an executor without the service to forget objects, whose list for debuggers has no end.
func TestEndlessDebugList(t *testing.T) {
	const entry = 0x5000
	walks := 0
	read := func(m message) []byte {
		args := unpacker{rest: m.payload}
		args.addr()
		n := args.u64()
		content := make([]byte, n)
		binary.LittleEndian.PutUint64(content, entry)
		walks++
		var p packer
		p.bool(true)
		p.bytes(content)
		return p
	}
	const readAt, lookUpAt = 0x1000, 0x1100
	hello := message{op: opSetup, payload: setupPayload("x86_64-pc-linux-gnu", 4096, nil, []symbol{{nameLibraries, 0x1300}, {nameRead, readAt}, {nameLookUp, lookUpAt}, {nameOpenLibrary, 0x1200}})}
	withHostile(t, encode(hello), func(m message) []byte {
		var p packer
		switch m.tag {
		case readAt:
			p = read(m)
		case lookUpAt:
			p.bool(true)
			p.u64(3)
			for i := range 3 {
				p.addr(executor.Addr(0x3000 + 0x100*i))
			}
		default:
			p.bool(true)
			p.addr(7)
		}
		return encode(message{op: opResult, seq: m.seq, payload: p})
	}, func(p *Process) {
		err := within(t, "DeregisterDebugObject", func() error { return p.DeregisterDebugObject(0x1234, 1) })
		if !errors.Is(err, errDebugList) {
			t.Errorf("%v after %d entries", err, walks)
		}
	})
}

// A stream plays bytes to one end of a connection, and swallows what it says.
type stream struct{ io.Reader }

func (stream) Write(b []byte) (int, error) { return len(b), nil }
func (stream) Close() error                { return nil }

// FuzzProcess is an executor that says anything.
func FuzzProcess(f *testing.F) {
	good := goodSetup()
	f.Add(good)
	f.Add(append(good, encode(message{op: opResult, seq: 1, payload: []byte{1, 0, 16, 0, 0, 0, 0, 0, 0}})...))
	f.Add(append(good, encode(message{op: opResult, seq: 1, payload: failure(true, errors.New("no"))})...))
	f.Add(append(good, header(32, 3, 1, 5)...))
	f.Add(encode(message{payload: append(packer{1, 0, 0, 0, 0, 0, 0, 0, 'x', 0, 16, 0, 0, 0, 0, 0, 0}, make([]byte, 16)...)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Connect(context.Background(), stream{bytes.NewReader(b)}, WithTimeout(time.Second), WithMessageLimit(1<<16))
		if err != nil {
			return
		}
		p.Reserve(4096, 0)
		p.Lookup("a", "b")
		p.Release(4096)
		p.Close()
	})
}

// FuzzServer is a controller that says anything, but calls services only, and of those none that is there to run or to write what it says.
func FuzzServer(f *testing.F) {
	services := map[uint8]*service{}
	for i := range newerServices {
		switch s := &newerServices[i]; s.name {
		case nameCall, nameRunAsMain, nameRunAsInt, nameRunAsVoid, nameFinalize,
			nameWrite, nameWriteBuffers, nameWriteUint8s, nameWriteUint16s, nameWriteUint32s, nameWriteUint64s:
		default:
			services[uint8(i)] = s
		}
	}
	for i := range services {
		f.Add(i, make([]byte, 40))
		f.Add(i, bytes.Repeat([]byte{1, 0, 0, 0, 0, 0, 0, 0}, 5))
	}
	f.Fuzz(func(t *testing.T, which uint8, args []byte) {
		s, err := NewServer(Host{}, WithMessageLimit(1<<16))
		if err != nil {
			t.Skip(err)
		}
		n, err := s.newSession()
		if err != nil {
			t.Fatal(err)
		}
		if service := services[which]; service != nil {
			service.run(n, &unpacker{rest: args})
		}
		unpackFinalize(&unpacker{rest: args})
		if err := n.close(); err != nil {
			t.Error(err)
		}
	})
}

// FuzzMessage makes sure that messages are read as they were written, and never more than is there.
func FuzzMessage(f *testing.F) {
	f.Add(encode(message{op: opCall, seq: 7, tag: 8, payload: []byte("arguments")}))
	f.Add(header(1<<40, 2, 1, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := readMessage(bytes.NewReader(b), 1<<30)
		if err == nil && !bytes.Equal(encode(m), b[:headerSize+len(m.payload)]) {
			t.Errorf("%v is not what was read", m)
		}
	})
}
