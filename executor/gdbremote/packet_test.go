package gdbremote

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// TestPacket decodes packets of GDB's manual, and what cannot be decoded.
func TestPacket(t *testing.T) {
	for _, c := range []struct {
		text, want string
		err        error // an example of its type
	}{
		{"$OK#9a", "OK", nil},
		{"+++$#00", "", nil},
		{"$0* #7a", "0000", nil}, // "Run-length encoding": "0* " is "0000"
		{"$}\x03}\x04}]}\n#62", "#$}*", nil},
		{"%Stop:T05#99", "Stop:T05", nil},
		{"$OK#9b", "", &badSum{}},
		{"$OK#x1", "", &ProtocolError{}},
		{"$*!#4b", "", &ProtocolError{}},
		{"$a*\x10#9b", "", &ProtocolError{}},
		{"$a}#7e", "", &ProtocolError{}},
		{"hello", "", &ProtocolError{}},
		{"$OK#9", "", io.EOF},
		{"$OK", "", io.EOF},
		{"$" + strings.Repeat("a", 101) + "#00", "", &ProtocolError{}},
		{"$a*~*~#00", "", &ProtocolError{}},
	} {
		_, data, err := readPacket(bufio.NewReader(strings.NewReader(c.text)), 100)
		if c.err == nil && (err != nil || string(data) != c.want) || c.err != nil && reflect.TypeOf(err) != reflect.TypeOf(c.err) {
			t.Errorf("%q: %q, %v; want %q, %T", c.text, data, err, c.want, c.err)
		}
	}
}

// FuzzPacket reads what a stub may send, and what this package itself does.
func FuzzPacket(f *testing.F) {
	f.Add([]byte("$OK#9a"))
	f.Add([]byte("+$0* }]#7a%x#78"))
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1 << 12
		r := bufio.NewReader(bytes.NewReader(b))
		for {
			_, data, err := readPacket(r, limit)
			if len(data) > limit {
				t.Fatalf("%d bytes", len(data))
			}
			if err != nil && !errors.As(err, new(*badSum)) {
				break
			}
		}
		_, data, err := readPacket(bufio.NewReader(bytes.NewReader(appendPacket(nil, b))), len(b))
		if err != nil || !bytes.Equal(data, b) {
			t.Fatalf("%q became %q, %v", b, data, err)
		}
	})
}

// FuzzReplies gives everything to all that understands replies.
func FuzzReplies(f *testing.F) {
	for _, seed := range []string{
		"T05thread:p1.2;swbreak:;", "S0b", "W00", "X09;process:1", "E01", "E.words", "PacketSize=1000;qXfer:auxv:read+", fakeDescription, "F-1,2", "F3;abc", "0123xx", "N",
		`<target><feature name="org.gnu.gdb.riscv.cpu"><reg name="pc" bitsize="64" regnum="3"/><reg name="ra" bitsize="99999"/></feature></target>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parseStop(b); err == nil && !isThread(s.thread) {
			t.Errorf("thread %q", s.thread)
		}
		if code, ok := refusal(b); ok && len(code) > len(b) {
			t.Error(code)
		}
		parseSupported(string(b))
		archNamed("ppc").parseAuxv(b)
		archNamed("x86_64").parseAuxv(b)
		if bytes, _, ok := unhex(b); ok && 2*len(bytes) != len(b) {
			t.Errorf("%q is %x", b, bytes)
		}
		d, err := readDescription(func(string) ([]byte, error) { return b, nil })
		if err == nil {
			size := 0
			for _, r := range d.registers {
				if r.size <= 0 || r.size > maxRegisterBytes || r.offset < size {
					t.Errorf("%+v", r)
				}
				size = r.offset + r.size
			}
			if a := archOf(d); a != nil {
				new(registerFile).use(a, d.registers) // may refuse
			}
		}
	})
}

// FuzzMemory has a stub whose process has any bytes where the dynamic linker's list and libraries' tables should be.
func FuzzMemory(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1, 0, 0, 0, 0, 0, 0x40, 0}, 100))
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	f.Add(linkMapSeed())
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newFakeStub()
		s.write(fakeEntry, b[:min(len(b), fakePage)])
		s.auxv = []uint64{auxPage, fakePage, auxEntry, fakeEntry, auxPHDR, fakeEntry, auxPHNum, 2, auxBase, fakeEntry}
		p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"))
		if err != nil {
			return
		}
		p.Lookup("puts", "main")
		p.findCall()
	})
}

// linkMapSeed is a page with a program header of a dynamic section, whose list has a library with a symbol.
func linkMapSeed() []byte {
	page := make([]byte, 0x400)
	word := func(at int, values ...uint64) {
		for i, v := range values {
			binary.LittleEndian.PutUint64(page[at+8*i:], v)
		}
	}
	word(0, 2|4<<32, 0, fakeEntry+0x80)                                                                               // PT_DYNAMIC
	word(0x80, 21, fakeEntry+0x100)                                                                                   // DT_DEBUG
	word(0x100, 1, fakeEntry+0x120)                                                                                   // struct r_debug
	word(0x120, 0x10, 0, fakeEntry+0x180, 0)                                                                          // struct link_map
	word(0x180, 4, fakeEntry+0x200, 5, fakeEntry+0x220, 6, fakeEntry+0x240, 10, 8, 0x6ffffff0, fakeEntry+0x3a0, 0, 0) // DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_VERSYM
	word(0x200, 3<<32|1)
	copy(page[0x220:], "\x00puts\x00")
	word(0x240+24, 1|0x12<<32|7<<48, 0x1234, 8, 1|0x12<<32|7<<48, 0x99, 8)
	copy(page[0x3a0:], "\x00\x00\x02\x00\x02\x80") // the second one is of an older version
	return page
}

// TestLinkMap finds a symbol by the dynamic linker's list.
func TestLinkMap(t *testing.T) {
	s := newFakeStub()
	s.write(fakeEntry, linkMapSeed())
	s.auxv = []uint64{auxPage, fakePage, auxEntry, fakeEntry, auxPHDR, fakeEntry, auxPHNum, 1}
	p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"))
	if err != nil {
		t.Fatal(err)
	}
	if found, err := p.Lookup("puts", "main"); err != nil || found[0] != 0x1244 || found[1] != 0 {
		t.Errorf("%v, %v", found, err)
	}
	n := len(s.requests)
	if _, err := p.Lookup("puts"); err != nil {
		t.Fatal(err)
	}
	if n = len(s.requests) - n; n > 6 {
		t.Errorf("a second look-up takes %d requests", n)
	}
}

// TestFrame places arguments as the ABIs' documents have it.
func TestFrame(t *testing.T) {
	i, d, f := executor.IntValue, executor.DoubleValue, executor.FloatValue
	for _, c := range []struct {
		arch  string
		soft  bool
		args  []executor.Value
		regs  map[string]uint64
		stack []uint64 // words
	}{
		{arch: "x86_64", args: []executor.Value{i(-1), d(1), i(2), f(2), i(3), i(4), i(5), i(6), i(7)},
			regs: map[string]uint64{"rdi": math.MaxUint64, "rsi": 2, "r9": 6, "xmm0": math.Float64bits(1), "xmm1": uint64(math.Float32bits(2)), "rax": 2}, stack: []uint64{7}},
		{arch: "i386", args: []executor.Value{i(-1), d(1), f(2)}, stack: []uint64{math.MaxUint32, 0, 0x3ff00000, 0x40000000}},
		{arch: "aarch64", args: []executor.Value{d(1), i(1), d(2), d(3), d(4), d(5), d(6), d(7), d(8), d(9)},
			regs: map[string]uint64{"x0": 1, "v0": math.Float64bits(1), "v7": math.Float64bits(8)}, stack: []uint64{math.Float64bits(9)}},
		// AAPCS32, 7.1: a float takes the half that a double has left; behind the first one on the stack all are there.
		{arch: "arm", args: []executor.Value{f(1), d(2), f(3), i(5)}, regs: map[string]uint64{"d0": 0x40400000_3f800000, "d1": math.Float64bits(2), "r0": 5}},
		{arch: "arm", args: []executor.Value{d(1), d(2), d(3), d(4), d(5), d(6), d(7), f(1), d(9), f(2)},
			regs: map[string]uint64{"d7": uint64(math.Float32bits(1))}, stack: []uint64{0, 0x40220000, 0x40000000}},
		{arch: "arm", soft: true, args: []executor.Value{i(1), d(2), i(3)}, regs: map[string]uint64{"r0": 1, "r2": 0, "r3": 0x40000000}, stack: []uint64{3}},
		{arch: "arm", soft: true, args: []executor.Value{i(1), i(2), i(3), d(2), i(4)}, regs: map[string]uint64{"r0": 1, "r1": 2, "r2": 3}, stack: []uint64{0, 0x40000000, 4}},
		{arch: "riscv64", args: []executor.Value{f(1), d(1), d(2), d(3), d(4), d(5), d(6), d(7), d(8), i(3)},
			regs: map[string]uint64{"fa0": 0xffffffff_3f800000, "fa7": math.Float64bits(7), "a0": math.Float64bits(8), "a1": 3}},
		{arch: "riscv64", soft: true, args: []executor.Value{d(1), i(3)}, regs: map[string]uint64{"a0": math.Float64bits(1), "a1": 3}},
	} {
		a := archNamed(c.arch)
		frame, err := newFrame(a, c.soft, c.args)
		if err != nil {
			t.Fatal(c.arch, err)
		}
		for name, want := range c.regs {
			if got := littleEndian(frame.regs[name]); got != want {
				t.Errorf("%s %v: %s is %#x, want %#x", c.arch, c.args, name, got, want)
			}
		}
		var want []byte
		for _, word := range c.stack {
			want = appendLittleEndian(want, word, a.word)
		}
		if !bytes.Equal(frame.stack, want) {
			t.Errorf("%s %v: the stack is %x, want %x", c.arch, c.args, frame.stack, want)
		}
	}
	if _, err := newFrame(archNamed("arm"), false, []executor.Value{i(1 << 40)}); err == nil {
		t.Error("an integer of 41 bits went into a register of 32")
	}
	if _, err := newFrame(archNamed("x86_64"), false, make([]executor.Value, 5000)); err == nil {
		t.Error("5000 arguments were placed")
	}
}

// TestFloat80 converts what the x87 has.
func TestFloat80(t *testing.T) {
	for want, text := range map[float64]string{
		1:                    "\x00\x00\x00\x00\x00\x00\x00\x80\xff\x3f",
		-2.5:                 "\x00\x00\x00\x00\x00\x00\x00\xa0\x00\xc0",
		0:                    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		math.Inf(-1):         "\x00\x00\x00\x00\x00\x00\x00\x80\xff\xff",
		math.MaxFloat64:      "\x00\xf8\xff\xff\xff\xff\xff\xff\xfe\x43",
		4.9406564584125e-324: "\x00\x00\x00\x00\x00\x00\x00\x80\xcd\x3b",
	} {
		if got := float64Of80([]byte(text)); got != want {
			t.Errorf("%x is %v, want %v", text, got, want)
		}
	}
	if got := float64Of80([]byte("\x00\x00\x00\x00\x00\x00\x00\xc0\xff\x7f")); !math.IsNaN(got) {
		t.Errorf("%v is a number", got)
	}
}

// TestLayouts holds the registers of stubs without a description to what GDB's manual and sources say of some.
func TestLayouts(t *testing.T) {
	for arch, want := range map[string]map[string]int{
		"x86_64": {"rip": 128, "eflags": 136, "st0": 164, "xmm0": 276, "mxcsr": 532}, "i386": {"eip": 32, "gs": 60, "xmm7": 288}, "aarch64": {"sp": 248, "cpsr": 264, "v31": 764},
		"arm": {"pc": 60, "fps": 160, "cpsr": 164}, "riscv64": {"pc": 256, "ra": 8, "a0": 80, "t6": 248, "fa0": 344}, "riscv32": {"pc": 128},
	} {
		for name, offset := range want {
			found := false
			for _, r := range archNamed(arch).registers() {
				if r.name == name {
					found = true
					if r.offset != offset {
						t.Errorf("%s: %s is at %d, want %d", arch, name, r.offset, offset)
					}
				}
			}
			if !found {
				t.Errorf("%s has no %s", arch, name)
			}
		}
	}
}
