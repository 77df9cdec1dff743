package gdbremote

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// A fakeStub is a stub with a process of Linux on x86-64, of which it executes system calls, and functions that are written in Go.
type fakeStub struct {
	describes bool // it has a target description
	allocates bool // it knows _M
	singles   bool // p and P in place of g and G
	bare      bool // no Linux: memory is at fakeBoard
	nonStop   bool // it knows non-stop mode
	auxv      []uint64
	answer    func(n int, request string) (reply []byte, ok bool)
	functions map[uint64]func(s *fakeStub)

	keeps       uint64 // what its system does not unmap; 0 if it does so with everything
	ignores     bool   // interruptions
	hangs       bool   // in non-stop mode functions do not return, until it is false at a sign of life
	onInterrupt string // what it says to one

	mu       sync.Mutex
	regs     map[string][]byte
	list     []register
	memory   map[uint64][]byte // pages
	maps     map[uint64]uint64 // what was mapped: sizes
	prots    map[uint64]uint64
	breaks   map[uint64]bool
	next     uint64
	others   []string // threads that functions have begun
	requests []string
	detached bool
	free     bool // it is in non-stop mode
	running  bool // a function is, in that mode
}

const (
	fakeEntry = 0x401000
	fakeStack = 0x7000_0ff0
	fakeBoard = 0x10_0000
	fakePage  = 4096
)

func newFakeStub() *fakeStub {
	s := &fakeStub{
		functions: map[uint64]func(*fakeStub){}, regs: map[string][]byte{}, memory: map[uint64][]byte{}, maps: map[uint64]uint64{}, prots: map[uint64]uint64{},
		auxv: []uint64{auxPage, fakePage, auxEntry, fakeEntry, auxPHDR, fakeEntry + 64, auxPHNum, 0}, breaks: map[uint64]bool{}, next: 0x1000_0000, list: archNamed("x86_64").registers(),
	}
	for _, r := range s.list {
		s.regs[r.name] = make([]byte, r.size)
	}
	for _, page := range []uint64{fakeEntry, fakeStack, fakeStack - fakePage} {
		s.memory[page&^(fakePage-1)] = make([]byte, fakePage)
	}
	for page := uint64(fakeBoard); page < fakeBoard+4*fakePage; page += fakePage {
		s.memory[page] = make([]byte, fakePage)
	}
	s.set("rip", fakeEntry)
	s.set("rsp", fakeStack)
	return s
}

func (s *fakeStub) get(name string) uint64    { return littleEndian(s.regs[name]) }
func (s *fakeStub) set(name string, n uint64) { binary.LittleEndian.PutUint64(s.regs[name], n) }

// connect serves a connection, of which it returns the other end.
func (s *fakeStub) connect(t testing.TB) net.Conn {
	here, there := net.Pipe()
	served := make(chan struct{})
	go func() {
		defer close(served)
		s.serve(there)
	}()
	if t != nil {
		t.Cleanup(func() {
			here.Close()
			<-served
		})
	}
	return here
}

// raw is a reply that is sent as it is.
const raw = "\x00raw:"

func (s *fakeStub) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	quiet, runs := false, false
	for n := 0; ; {
		if first, err := r.Peek(1); err == nil && first[0] == 3 {
			_, _ = r.Discard(1)
			if !runs { // it has stopped by itself meanwhile; what stubs keep of it for the next time is nothing here
				continue
			}
			s.mu.Lock()
			reply, ignores := cmp.Or(s.onInterrupt, "T02thread:1a;"), s.ignores
			s.mu.Unlock()
			if ignores {
				continue
			}
			runs = false
			if _, err := c.Write(appendPacket(nil, reply)); err != nil {
				return
			}
		}
		_, data, err := readPacket(r, 1<<20)
		if err != nil {
			return
		}
		if !quiet {
			if _, err := c.Write([]byte{'+'}); err != nil {
				return
			}
		}
		request := string(data)
		s.mu.Lock()
		s.requests = append(s.requests, request)
		var reply []byte
		replaced := false
		if s.answer != nil {
			reply, replaced = s.answer(n, request)
		}
		n++
		if !replaced {
			reply = []byte(s.handle(request))
		}
		s.mu.Unlock()
		if replaced && reply == nil {
			return
		}
		packet := appendPacket(nil, reply)
		if text, ok := strings.CutPrefix(string(reply), raw); ok {
			packet = []byte(text)
			runs = text == "" && strings.HasPrefix(request, "vCont;")
		}
		if _, err := c.Write(packet); err != nil {
			return
		}
		quiet = quiet || request == "QStartNoAckMode" && string(reply) == "OK"
	}
}

const fakeDescription = `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target><architecture>i386:x86-64</architecture>` +
	`<xi:include href="core.xml"/></target>`

func (s *fakeStub) document(name string) string {
	if name == "target.xml" {
		return fakeDescription
	}
	var b strings.Builder
	b.WriteString(`<feature name="org.gnu.gdb.i386.core">`)
	for _, r := range s.list {
		fmt.Fprintf(&b, `<reg name="%s" bitsize="%d"/>`, r.name, 8*r.size)
	}
	return b.String() + "</feature>"
}

// handle answers a request.
func (s *fakeStub) handle(request string) string {
	name, rest, _ := strings.Cut(request, ":")
	switch {
	case name == "qSupported":
		text := "PacketSize=200;QStartNoAckMode+;swbreak+"
		if !s.bare {
			text += ";qXfer:auxv:read+"
		}
		if s.nonStop {
			text += ";QNonStop+"
		}
		if s.describes {
			text += ";qXfer:features:read+"
		}
		return text
	case request == "QStartNoAckMode":
		return "OK"
	case request == "?":
		return "T05thread:1a;"
	case request == "vCont?":
		return "vCont;c;C;s;S;t"
	case s.nonStop && strings.HasPrefix(request, "QNonStop:"):
		s.free, s.running = request == "QNonStop:1", false
		return "OK"
	case s.nonStop && request == "vStopped":
		return s.runNonStop(request)
	case s.free && (request[0] == 'T' || strings.HasPrefix(request, "vCont;")):
		return s.runNonStop(request)
	case request == "qfThreadInfo":
		return "m" + strings.Join(append([]string{"1a", "9"}, s.others...), ",")
	case request == "qsThreadInfo":
		return "l"
	case strings.HasPrefix(request, "H"), request == "D":
		s.detached = request == "D"
		return "OK"
	case name == "qXfer":
		return s.transfer(rest)
	case strings.HasPrefix(request, "vCont;"):
		return s.run()
	case strings.HasPrefix(request, "_M") && s.allocates:
		var size uint64
		fmt.Sscanf(request, "_M%x", &size)
		return fmt.Sprintf("%x", s.mmap(size))
	case strings.HasPrefix(request, "_m") && s.allocates:
		var at uint64
		fmt.Sscanf(request, "_m%x", &at)
		delete(s.maps, at)
		return "OK"
	}
	return s.access(request)
}

// access reads and writes memory and registers.
func (s *fakeStub) access(request string) string {
	var at, n uint64
	rest := request[min(1, len(request)):]
	head, data, _ := strings.Cut(rest, ":")
	switch request[:min(1, len(request))] {
	case "m":
		fmt.Sscanf(rest, "%x,%x", &at, &n)
		b, ok := s.read(at, n)
		if !ok {
			return "E0e"
		}
		return hex.EncodeToString(b)
	case "M", "X":
		fmt.Sscanf(head, "%x,%x", &at, &n)
		b := []byte(data)
		if request[0] == 'M' {
			b, _ = hex.DecodeString(data)
		}
		if n != uint64(len(b)) || !s.write(at, b) {
			return "E0e"
		}
		return "OK"
	case "Z", "z":
		fmt.Sscanf(rest, "0,%x", &at)
		s.breaks[at] = request[0] == 'Z'
		return "OK"
	case "g":
		if s.singles {
			return ""
		}
		var all []byte
		for _, r := range s.list {
			all = append(all, s.regs[r.name]...)
		}
		return hex.EncodeToString(all)
	case "G":
		all, err := hex.DecodeString(rest)
		if s.singles || err != nil {
			return ""
		}
		for _, r := range s.list {
			copy(s.regs[r.name], all[min(r.offset, len(all)):])
		}
		return "OK"
	case "p", "P":
		if !s.singles {
			return ""
		}
		number, value, isSet := strings.Cut(rest, "=")
		fmt.Sscanf(number, "%x", &n)
		if !isSet {
			return hex.EncodeToString(s.regs[s.list[n].name])
		}
		s.regs[s.list[n].name], _ = hex.DecodeString(value)
		return "OK"
	}
	return ""
}

func (s *fakeStub) transfer(rest string) string {
	parts := strings.Split(rest, ":")
	var text string
	if parts[0] == "features" {
		text = s.document(parts[2])
	} else {
		var b []byte
		for _, n := range append(s.auxv, 0, 0) {
			b = binary.LittleEndian.AppendUint64(b, n)
		}
		text = string(b)
	}
	var from, n int
	fmt.Sscanf(parts[3], "%x,%x", &from, &n)
	text = text[min(from, len(text)):]
	if len(text) > n {
		return "m" + text[:n]
	}
	return "l" + text
}

func (s *fakeStub) page(at uint64) []byte { return s.memory[at&^(fakePage-1)] }

func (s *fakeStub) read(at, n uint64) (b []byte, ok bool) {
	for ; n > 0; at, n = at+1, n-1 {
		page := s.page(at)
		if page == nil {
			return nil, false
		}
		b = append(b, page[at%fakePage])
	}
	return b, true
}

func (s *fakeStub) write(at uint64, b []byte) bool {
	for i, c := range b {
		page := s.page(at + uint64(i))
		if page == nil {
			return false
		}
		page[(at+uint64(i))%fakePage] = c
	}
	return true
}

func (s *fakeStub) mmap(size uint64) uint64 {
	at := s.next
	for page := at; page < at+size; page += fakePage {
		s.memory[page] = make([]byte, fakePage)
	}
	s.next += size + fakePage
	s.maps[at] = size
	return at
}

// run executes until a breakpoint, or what cannot be executed.
func (s *fakeStub) run() string {
	for {
		pc := s.get("rip")
		if s.breaks[pc] {
			return "T05thread:1a;10:" + hex.EncodeToString(s.regs["rip"]) + ";swbreak:;"
		}
		if f := s.functions[pc]; f != nil {
			f(s)
			back, ok := s.read(s.get("rsp"), 8)
			if !ok {
				return "T0bthread:1a;"
			}
			s.set("rsp", s.get("rsp")+8)
			s.set("rip", littleEndian(back))
			continue
		}
		if many := archNamed("x86_64").syscall.many; s.holds(pc, many) {
			s.runMany()
			continue
		}
		if code, _ := s.read(pc, 2); string(code) != "\x0f\x05" {
			return "T0bthread:1a;"
		}
		s.set("rip", pc+2)
		s.set("rax", s.system(s.get("rax"), s.get("rdi"), s.get("rsi"), s.get("rdx")))
	}
}

// runNonStop does in non-stop mode what lets functions run, and answers while they do.
func (s *fakeStub) runNonStop(request string) string {
	switch {
	case strings.HasPrefix(request, "vCont;t") && s.running && !s.ignores:
		s.running = false
		return okAnd(cmp.Or(s.onInterrupt, "T00thread:1a;"))
	case strings.HasPrefix(request, "vCont;c"), strings.HasPrefix(request, "vCont;C"):
		s.running = true
	}
	if s.running && !s.hangs && request != "vStopped" {
		s.running = false
		return okAnd(s.run())
	}
	return "OK"
}

// okAnd is OK, and a notification of each stop.
func okAnd(stops ...string) string {
	packets := appendPacket(nil, "OK")
	for _, stop := range stops {
		packets = append(packets, notification("Stop:"+stop)...)
	}
	return raw + string(packets)
}

func notification(text string) []byte {
	packet := appendPacket(nil, text)
	packet[0] = '%'
	return packet
}

func (s *fakeStub) holds(at uint64, code string) bool {
	b, ok := s.read(at, uint64(len(code)))
	return ok && string(b) == code
}

// runMany executes the code for lists of system calls.
func (s *fakeStub) runMany() {
	for result := uint64(0); s.get("r13") > 0 && result == 0; {
		var words [4]uint64
		for i := range words {
			b, _ := s.read(s.get("r12")+8*uint64(i), 8)
			words[i] = littleEndian(b)
		}
		result = s.system(words[0], words[1], words[2], words[3])
		s.set("rax", result)
		if result == 0 {
			s.set("r12", s.get("r12")+32)
			s.set("r13", s.get("r13")-1)
		}
	}
	s.set("rip", s.get("rip")-6)
}

// munmap unmaps a part of a mapping, which may be its beginning, its end or between.
func (s *fakeStub) munmap(at, size uint64) uint64 {
	if s.keeps != 0 && at <= s.keeps && s.keeps < at+size {
		return ^uint64(12) + 1
	}
	for base, n := range s.maps {
		if base > at || at+size > base+n {
			continue
		}
		delete(s.maps, base)
		if base < at {
			s.maps[base] = at - base
		}
		if rest := base + n - at - size; rest > 0 {
			s.maps[at+size] = rest
		}
		return 0
	}
	return ^uint64(22) + 1
}

func (s *fakeStub) system(number, a, b, c uint64) uint64 {
	switch number {
	case 9:
		return s.mmap(b)
	case 10:
		s.prots[a] = c
		return 0
	case 11:
		return s.munmap(a, b)
	}
	return ^uint64(38) + 1
}

// adder is a function that adds its first two arguments.
func (s *fakeStub) adder(at uint64) executor.Addr {
	s.functions[at] = func(s *fakeStub) { s.set("rax", s.get("rdi")+s.get("rsi")) }
	return executor.Addr(at)
}
