//go:build linux && amd64

package epc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/gdbjit"
	"github.com/gomcjit/gomcjit/hostlib"
	"golang.org/x/sys/unix"
)

// testHost is this process.
func testHost() Host {
	return Host{
		Open: func(path string) (Library, error) {
			if path == "" {
				return hostlib.Process(), nil
			}
			return hostlib.Open(path)
		},
		Debug: func(object []byte) (func() error, error) {
			e, err := gdbjit.RegisterObject(object)
			if err != nil {
				return nil, err
			}
			return e.Unregister, nil
		},
	}
}

// serveHere connects both ends within this process.
func serveHere(t testing.TB, host Host, opts ...Option) *Process {
	t.Helper()
	s, err := NewServer(host, opts...)
	if err != nil {
		t.Fatal(err)
	}
	here, there := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), there) }()
	p, err := Connect(context.Background(), here, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return p
}

// mappings counts the lines of this process's memory map that have no file.
func mappings(t *testing.T) int {
	b, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(b), "r-xp 00000000 00:00 0")
}

func TestServer(t *testing.T) {
	before := mappings(t)
	t.Run("ours", func(t *testing.T) { testExecutor(t, serveHere(t, testHost())) })
	t.Run("as LLVM's", func(t *testing.T) {
		p := serveHere(t, testHost())
		for name := range p.symbols {
			if strings.HasPrefix(name, "gomcjit") {
				delete(p.symbols, name)
			}
		}
		testExecutor(t, p)
	})
	if after := mappings(t); after > before+1 { // a C stack's bridge may be new
		t.Errorf("%d mappings of code before, %d after", before, after)
	}
}

// TestServerAccess makes sure that bad addresses are errors, not faults.
func TestServerAccess(t *testing.T) {
	p := serveHere(t, testHost())
	if err := p.WriteMemory(8, []byte("x")); err == nil {
		t.Error("wrote to address 8")
	}
	if _, err := p.ReadMemory(8, 10); err == nil {
		t.Error("read at address 8")
	}
	if _, err := p.ReadMemory(0, 1<<60); err == nil {
		t.Error("read more than there is")
	}
	if _, err := p.Reserve(1<<62, 0); err == nil {
		t.Error("reserved more than there is")
	}
	var said *RemoteError
	if _, err := p.CallWrapper(context.Background(), p.symbols[nameRunAsMain], []byte("?")); !errors.As(err, &said) {
		t.Errorf("arguments that are none: %v", err)
	}
	if _, err := p.CallWrapper(context.Background(), p.symbols[nameMemory], nil); !errors.As(err, &said) {
		t.Errorf("what is no function: %v", err)
	}
	base, err := p.Reserve(p.pageSize, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]executor.Segment{
		"beyond its end":        {Prot: 1, Addr: base, Size: 2 * p.pageSize},
		"more than its size":    {Prot: 1, Addr: base, Size: 1, Content: []byte("xx")},
		"writable code":         {Prot: 7, Addr: base, Size: 1},
		"an unknown protection": {Prot: 0x41, Addr: base, Size: 1},
		"around":                {Prot: 1, Addr: base, Size: 1 << 63},
	} {
		base, err := p.Reserve(p.pageSize, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.Addr += base - s.Addr
		if err := p.Install(base, []executor.Segment{s}); err == nil {
			t.Errorf("%s: installed", name)
		}
		if err := p.Release(base); err == nil {
			t.Errorf("%s: the reservation has survived", name)
		}
	}
	install := func() error {
		return p.Install(base, []executor.Segment{{Prot: executor.MemRead, Addr: base, Size: p.pageSize}})
	}
	if err := install(); err != nil {
		t.Error(err)
	}
	if err := install(); err == nil {
		t.Error("installed twice")
	}
}

// TestZeros installs a segment whose end is zero, over what was written there before: it is zero, and takes no memory where nobody writes.
func TestZeros(t *testing.T) {
	p := serveHere(t, testHost())
	const size = 64 << 20
	base, err := p.Reserve(size, 0)
	if err != nil {
		t.Fatal(err)
	}
	mem := hostMemory(base, size)
	dirty := []uint64{5, 100, p.pageSize - 1, p.pageSize, 9*p.pageSize + 17, size - 1}
	for _, at := range dirty {
		mem[at] = 0xaa
	}
	if err := p.Install(base, []executor.Segment{{Prot: executor.MemRead | executor.MemWrite, Addr: base, Size: size, Content: []byte("content")}}); err != nil {
		t.Fatal(err)
	}
	resident := make([]byte, size/p.pageSize)
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(base), size, uintptr(unsafe.Pointer(&resident[0]))); errno != 0 {
		t.Fatal(errno)
	}
	if n := bytes.Count(resident, []byte{1}); n > 1 {
		t.Errorf("%d of %d pages are in memory", n, len(resident))
	}
	if string(mem[:8]) != "content\x00" {
		t.Errorf("it begins with %q", mem[:8])
	}
	for _, at := range dirty[1:] {
		if mem[at] != 0 {
			t.Errorf("byte %d is %#x", at, mem[at])
		}
	}
}

// TestDebugObject registers what is in memory of the session, and nothing else.
func TestDebugObject(t *testing.T) {
	p := serveHere(t, testHost())
	at, err := p.Reserve(p.pageSize, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Install(at, []executor.Segment{{Prot: executor.MemRead, Addr: at, Size: p.pageSize, Content: []byte("\x7fELF")}}); err != nil {
		t.Fatal(err)
	}
	if err := p.RegisterDebugObject(at, 64); err != nil {
		t.Error(err)
	}
	if err := p.RegisterDebugObject(at, 1<<30); err == nil {
		t.Error("registered an object that is larger than its memory")
	}
	if err := p.DeregisterDebugObject(at, 64); err != nil {
		t.Error(err)
	}
	if err := p.DeregisterDebugObject(at, 64); err == nil {
		t.Error("deregistered twice")
	}
}

func TestToken(t *testing.T) {
	token := []byte("0123456789abcdef")
	testExecutor(t, serveHere(t, testHost(), WithToken(token)))
	s, err := NewServer(testHost(), WithToken(token))
	if err != nil {
		t.Fatal(err)
	}
	for _, short := range []string{"", "0123456789abcde"} {
		if _, err := NewServer(testHost(), WithToken([]byte(short))); !errors.Is(err, ErrShortToken) {
			t.Errorf("a server with the token %q: %v", short, err)
		}
	}
	for _, opts := range [][]Option{{WithToken([]byte("0123456789abcdeF"))}, {WithTimeout(100 * time.Millisecond)}} {
		here, there := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- s.Serve(context.Background(), there) }()
		if p, err := Connect(context.Background(), here, opts...); err == nil {
			p.Close()
			t.Error("connected without the token")
		}
		if err := <-served; !errors.Is(err, ErrToken) {
			t.Errorf("Serve: %v", err)
		}
	}
}

// TestServeOne connects by TCP and by a unix socket.
func TestServeOne(t *testing.T) {
	s, err := NewServer(testHost(), WithoutToken())
	if err != nil {
		t.Fatal(err)
	}
	for network, address := range map[string]string{"tcp": ":0", "unix": filepath.Join(t.TempDir(), "socket")} {
		at, served := make(chan net.Addr, 1), make(chan error, 1)
		go func() { served <- s.ServeOne(context.Background(), network, address, func(a net.Addr) { at <- a }) }()
		where := <-at
		if tcp, ok := where.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
			t.Errorf("listens at %v", where)
		}
		p, err := Dial(context.Background(), network, where.String())
		if err != nil {
			t.Fatal(err)
		}
		testExecutor(t, p)
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Errorf("%s: %v", network, err)
		}
	}
	for _, everybody := range [][2]string{{"tcp", "0.0.0.0:0"}, {"tcp4", "0.0.0.0:0"}, {"tcp6", "[::]:0"}, {"tcp6", "[::ffff:0.0.0.0]:0"}} {
		ctx, cancel := context.WithCancel(context.Background())
		err = s.ServeOne(ctx, everybody[0], everybody[1], func(net.Addr) { cancel() })
		if cancel(); !errors.Is(err, ErrExposed) {
			t.Errorf("listening for everybody at %v: %v", everybody, err)
		}
	}
	strict, err := NewServer(testHost())
	if err != nil {
		t.Fatal(err)
	}
	for _, here := range []string{":0", "localhost:0", "127.0.0.1:0"} {
		if err := strict.ServeOne(context.Background(), "tcp", here, func(net.Addr) { t.Error("it listens without a token") }); !errors.Is(err, ErrExposed) {
			t.Errorf("listening at %s without a token: %v", here, err)
		}
	}
	if err := s.ServeOne(context.Background(), "unixgram", "socket", func(net.Addr) {}); !errors.As(err, new(net.UnknownNetworkError)) {
		t.Errorf("unixgram: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = s.ServeOne(ctx, "tcp", ":0", func(net.Addr) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// TestServeOneSilent has a controller connect that says nothing: it keeps nobody else waiting.
func TestServeOneSilent(t *testing.T) {
	token := WithToken([]byte("0123456789abcdef"))
	s, err := NewServer(testHost(), token)
	if err != nil {
		t.Fatal(err)
	}
	at, served := make(chan net.Addr, 1), make(chan error, 1)
	go func() { served <- s.ServeOne(context.Background(), "tcp", ":0", func(a net.Addr) { at <- a }) }()
	where := (<-at).String()
	silent, err := net.Dial("tcp", where)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	p, err := Dial(context.Background(), "tcp", where, token, WithTimeout(3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := silent.Read(make([]byte, 1)); err == nil {
		t.Error("the silent one was told something")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestStalledController has a controller begin a message and not go on: the server ends. One that is slow, and goes on, is served.
func TestStalledController(t *testing.T) {
	const timeout = 200 * time.Millisecond
	s, err := NewServer(testHost(), WithTimeout(timeout))
	if err != nil {
		t.Fatal(err)
	}
	here, there := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), there) }()
	if _, err := readMessage(here, 1<<20); err != nil {
		t.Fatal(err)
	}
	time.Sleep(timeout * 3 / 2) // between messages there is time
	call := encode(message{op: opCall, seq: 1, tag: 8 << 40})
	call[8] = byte(opResult) // of no call, which is an error: it was read
	for i := range call {
		if _, err := here.Write(call[i : i+1]); err != nil {
			t.Fatal(err)
		}
		time.Sleep(timeout / 100)
	}
	if err := <-served; !errors.As(err, new(*ProtocolError)) {
		t.Errorf("a slow controller: %v", err)
	}
	here.Close()
	here, there = net.Pipe()
	go func() { served <- s.Serve(context.Background(), there) }()
	if _, err := readMessage(here, 1<<20); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for _, b := range append(header(headerSize+1000, 3, 1, 1), make([]byte, 1000)...) {
		if _, err := here.Write([]byte{b}); err != nil {
			break
		}
		time.Sleep(timeout / 10)
	}
	if err := <-served; !errors.Is(err, ErrTimeout) || time.Since(start) > timeout+time.Second {
		t.Errorf("one that goes on for ever: %v after %v", err, time.Since(start))
	}
	here.Close()
	for _, n := range []int{1, headerSize, headerSize + 5} {
		here, there := net.Pipe()
		go func() { served <- s.Serve(context.Background(), there) }()
		if _, err := readMessage(here, 1<<20); err != nil {
			t.Fatal(err)
		}
		if _, err := here.Write(append(header(headerSize+10, 3, 1, 1), make([]byte, 10)...)[:n]); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := <-served; !errors.Is(err, ErrTimeout) || time.Since(start) > timeout+time.Second {
			t.Errorf("%d bytes: %v after %v", n, err, time.Since(start))
		}
		here.Close()
	}
}

// TestEmptyTransientSegment finalizes a segment without bytes that is not needed afterwards.
func TestEmptyTransientSegment(t *testing.T) {
	p := serveHere(t, testHost())
	base, err := p.Reserve(p.pageSize, 0)
	if err != nil {
		t.Fatal(err)
	}
	var args packer
	args.addr(p.symbols[nameMemory])
	args.u64(1)
	args.segment(&executor.Segment{Prot: executor.MemRead | finalizeBit, Addr: base})
	args.u64(0)
	if err := p.succeed("finalizing", nameFinalize, args); err != nil {
		t.Fatal(err)
	}
	if err := p.Release(base); err != nil {
		t.Error(err)
	}
}

// TestLeastLimit asks for more than a message can have, of a server that accepts next to nothing.
func TestLeastLimit(t *testing.T) {
	n := &session{Server: &Server{opts: newOptions([]Option{WithMessageLimit(1)})}}
	var args packer
	args.addr(0)
	args.u64(1 << 40)
	if _, err := n.read(&unpacker{rest: args}); err == nil || !strings.Contains(err.Error(), "more than a message") {
		t.Error(err)
	}
}

// TestTruncated gives every service all beginnings of arguments: none may be taken for the whole.
func TestTruncated(t *testing.T) {
	s, err := NewServer(Host{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.newSession()
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	full := map[string]func(p *packer){
		nameOpenLibrary: func(p *packer) { p.addr(1); p.string("x"); p.u64(0) },
		nameLookUp:      func(p *packer) { p.addr(1); p.u64(0); p.u64(1); p.string("x"); p.bool(true) },
		nameReserve:     func(p *packer) { p.addr(1); p.u64(1) },
		nameFinalize: func(p *packer) {
			p.addr(1)
			p.u64(1)
			p.segment(&executor.Segment{})
			p.u64(1)
			p.addr(1)
			p.bytes(nil)
			p.addr(2)
			p.bytes(nil)
		},
		nameDeallocate:    func(p *packer) { p.addr(1); p.addrs([]executor.Addr{1, 2}) },
		nameWriteUint8s:   func(p *packer) { p.u64(1); p.addr(1); p.u8(1) },
		nameWriteUint64s:  func(p *packer) { p.u64(2); p.addr(1); p.u64(1); p.addr(1); p.u64(1) },
		nameWriteBuffers:  func(p *packer) { p.u64(1); p.addr(1); p.bytes([]byte("x")) },
		nameRunAsMain:     func(p *packer) { p.addr(1); p.strings([]string{"a", "b"}) },
		nameRunAsVoid:     func(p *packer) { p.addr(1) },
		nameRunAsInt:      func(p *packer) { p.addr(1); *p = append(*p, 1, 2, 3, 4) },
		nameRegisterEH2:   func(p *packer) { p.addr(1); p.addr(2) },
		nameDeregisterEH2: func(p *packer) { p.addr(1); p.addr(2) },
		nameRegisterGDB:   func(p *packer) { p.addr(1); p.addr(2) },
		nameCall:          func(p *packer) { *p = packCall(1, 0, []executor.Value{{}, {}}) },
		nameRead:          func(p *packer) { p.addr(1); p.u64(1) },
		nameWrite:         func(p *packer) { p.addr(1); p.bytes([]byte("x")) },
		namePatch:         func(p *packer) { p.addr(1); p.bytes([]byte("x")) },
		nameReserveNear:   func(p *packer) { p.u64(1); p.addr(1) },
		nameDeregisterGDB: func(p *packer) { p.addr(1); p.addr(2) },
	}
	for i := range newerServices {
		service := &newerServices[i]
		fill := full[service.name]
		if fill == nil {
			continue
		}
		var p packer
		fill(&p)
		for cut := range len(p) {
			if _, err := service.run(n, &unpacker{rest: p[:cut:cut]}); !errors.Is(err, errArguments) {
				t.Errorf("%s with %d of %d bytes: %v", service.name, cut, len(p), err)
			}
		}
		if _, err := service.run(n, &unpacker{rest: append(p, 0, 0)}); !errors.Is(err, errArguments) {
			t.Errorf("%s with more bytes than it takes: %v", service.name, err)
		}
	}
}

// TestSetupVersions reads our Setup message as each version of controllers does.
func TestSetupVersions(t *testing.T) {
	older := []symbol{{"a", 0x7f0000001000}, {"b", 0x7f0000001010}, {"c", 0x7f0000001020}}
	newer := []symbol{{"a", 0x7f0000002000}, {"d", 0x7f0000002010}}
	payload := setupPayload("x86_64", 4096, older, newer)
	u := unpacker{rest: payload}
	if u.string() != "x86_64" || u.u64() != 4096 {
		t.Fatal("triple and page size")
	}
	list := unpackSymbols(&u) // up to 16
	if u.bad || len(list) != 4 || list["b"] != 0x7f0000001010 {
		t.Errorf("an older controller reads %v", list)
	}
	s, err := parseSetup(&message{payload: payload})
	if err != nil || len(s.symbols) != 2 || s.symbols["a"] != 0x7f0000002000 {
		t.Errorf("a newer controller reads %v, %v", s, err)
	}
}

var _ io.Closer = (*Process)(nil)
