package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/arch/x86/x86asm"
)

const (
	flagsThread = flagsData | elf.SHF_TLS

	testThreadOffset     = -0x1000 // of the first block of a testStorage
	testDescriptor       = 0xd000_0000
	testStaticDescriptor = 0xd000_1000
	testGetAddr          = 0xd000_2000
)

// A testStorage notes what it is asked for. Blocks are 0x1000 bytes one below the other.
type testStorage struct {
	indexed  bool
	noStatic bool
	moves    bool                               // modules of the process become static when asked
	full     bool                               // nothing is static any more
	host     map[string]executor.ThreadVariable // of the process
	modules  map[uint64]executor.ThreadTemplate
	wrong    []string
}

func newTestStorage() *testStorage {
	return &testStorage{modules: map[uint64]executor.ThreadTemplate{}}
}

// check is for the end of a test: everything has to be given back.

func (s *testStorage) check(t testing.TB) {
	t.Helper()
	if len(s.modules) > 0 || len(s.wrong) > 0 {
		t.Errorf("%d modules are left; %s", len(s.modules), strings.Join(s.wrong, "; "))
	}
}

func (s *testStorage) Indexed() bool { return s.indexed }

func (s *testStorage) Static() bool { return !s.noStatic && !s.indexed }

func (s *testStorage) AddThreadModule(t executor.ThreadTemplate) (executor.ThreadModule, error) {
	if uint64(len(t.Image)) > t.Size {
		s.wrong = append(s.wrong, fmt.Sprintf("%s: %d bytes of contents in a block of %d", t.Name, len(t.Image), t.Size))
	}
	if s.full && t.Static == executor.ThreadStatic {
		return executor.ThreadModule{}, errTestFull
	}
	id := uint64(1)
	for s.modules[id].Align != 0 {
		id++
	}
	s.modules[id] = t
	m := executor.ThreadModule{ID: id, Static: t.Static != executor.ThreadDynamic && !s.full}
	if m.Static {
		m.Offset = testThreadOffset * int64(id)
	}
	return m, nil
}

func (s *testStorage) RemoveThreadModule(m executor.ThreadModule) error {
	if _, ok := s.modules[m.ID]; !ok {
		s.wrong = append(s.wrong, fmt.Sprintf("module %d is removed and does not exist", m.ID))
	}
	delete(s.modules, m.ID)
	return nil
}

func (s *testStorage) ThreadVariable(name string, static bool) (executor.ThreadVariable, error) {

	v := s.host[name]
	if static && s.moves {
		v.Module.Static, v.Module.Offset = true, -0x100
	}
	return v, nil

}

func (s *testStorage) ThreadFunction(name string) executor.Addr {
	if name == "__tls_get_addr" {
		return testGetAddr
	}
	return 0
}

func (s *testStorage) DescriptorFunction(static bool) executor.Addr {
	if static {
		return testStaticDescriptor
	}
	return testDescriptor
}

func (s *testStorage) EndThreadObjects([]executor.AddrRange) error { return nil }
func (s *testStorage) ForgetThreadData([]executor.AddrRange) error { return nil }

// only returns the one module that there is.
func (s *testStorage) only(t testing.TB) (id uint64, template executor.ThreadTemplate) {
	t.Helper()
	if len(s.modules) != 1 {
		t.Fatalf("%d modules, want 1", len(s.modules))
	}
	for id, template = range s.modules {
	}
	return id, template
}

// newThreadBench is a linker with thread-local storage, all of which has to be given back.
func newThreadBench(t testing.TB) (*bench, *testStorage) {
	b, s := newBench(t, nil), newTestStorage()
	b.SetThreadStorage(s)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		s.check(t)
	})
	return b, s
}

// thread adds a thread-local symbol.
func (w *elfWriter) thread(name string, sec int, value uint64) uint32 {
	return w.symbol(elfSymbol{name: name, bind: elf.STB_GLOBAL, typ: elf.STT_TLS, sec: sec, value: value})
}

func (w *elfWriter) tbss(size, align uint64) int {
	n := w.bss(".tbss", size, align)
	w.sec(n).flags = flagsThread
	return n
}

// threadUser has one relocation of the type to a variable in a section of words.
func threadUser(name string, typ elf.R_X86_64, variable string) *elfWriter {
	w := newELF(name)
	w.reloc(w.section(".data", flagsData, make([]byte, 16)), 8, typ, w.thread(variable, secUndef, 0), 0)
	return w
}

// threadOwner defines a variable of 8 bytes at offset 8 of .tdata.
func threadOwner(name, variable string) *elfWriter {
	w := newELF(name)
	w.thread(variable, w.section(".tdata", flagsThread, []byte("................")), 8)
	return w
}

// The template has the sections with contents first, aligned each, and its pointers are relocated.
func TestThreadTemplate(t *testing.T) {
	b, s := newThreadBench(t)
	w := newELF("a.o")
	zero := w.tbss(24, 64)
	first := w.section(".tdata", flagsThread, []byte("abc"))
	second := w.section(".tdata.pointer", flagsThread, make([]byte, 8))
	w.sec(second).align = 8
	text := w.section(".text", flagsText, make([]byte, 16))
	w.reloc(second, 0, elf.R_X86_64_64, w.global("function", text, 4), 0)
	got := w.section(".data", flagsData, make([]byte, 32))
	for i, y := range []uint32{w.thread("zero", zero, 16), w.thread("first", first, 1), w.thread("second", second, 0)} {
		w.reloc(got, uint64(i)*8, elf.R_X86_64_DTPOFF64, y, 0)
	}
	o := b.load(w)
	b.finalize()
	_, m := s.only(t)
	want := append([]byte("abc\x00\x00\x00\x00\x00"), binary.LittleEndian.AppendUint64(nil, b.addr("function"))...)
	if m.Size != 64+24 || m.Align != 64 || !bytes.Equal(m.Image, bytes.TrimRight(want, "\x00")) || m.Name != "a.o" {
		t.Errorf("template %+v, image % x", m, m.Image)
	}
	data, _ := o.SectionLoadAddress(got)
	for i, want := range []uint64{64 + 16, 1, 8} {
		if off := b.word64(uint64(data) + uint64(i)*8); off != want {
			t.Errorf("variable %d is at %d, want %d", i, off, want)
		}
	}
	b.remove(o)
	if len(s.modules) != 0 {
		t.Error("the module is left")
	}
}

// What an object refers to is found in the objects that define it, with its module and offset, whatever is loaded first.
func TestThreadEntries(t *testing.T) {
	for name, c := range map[string]struct {
		typ    elf.R_X86_64
		static bool
		words  []uint64 // of the entry; 0xee.. is the address of the third
	}{
		"general dynamic": {elf.R_X86_64_TLSGD, false, []uint64{1, 8}},
		"initial exec":    {elf.R_X86_64_GOTTPOFF, true, []uint64{testThreadOffset&(1<<64-1) + 8}},
		"descriptor":      {elf.R_X86_64_GOTPC32_TLSDESC, false, []uint64{testDescriptor, 0xee, 1, 8}},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := newThreadBench(t)
			user := b.load(threadUser("user.o", c.typ, "x"))
			owner := b.load(threadOwner("owner.o", "x"))
			if !c.static { // so that it is not preferred
				b.load(func() *elfWriter { return threadUser("other.o", elf.R_X86_64_TLSGD, "x") }())
			}
			owner.tls.dynamic = !c.static
			b.finalize()
			_, m := s.only(t)
			if (m.Static == executor.ThreadStatic) != c.static {
				t.Errorf("model %d", m.Static)
			}
			entry := b.mm.section("user.o", ".got.tls")
			for i, want := range c.words {
				if want == 0xee {
					want = uint64(entry.Addr) + 16
				}
				if got := b.word64(uint64(entry.Addr) + uint64(i)*8); got != want {
					t.Errorf("word %d is %#x, want %#x", i, got, want)
				}
			}
			place := b.mm.section("user.o", ".data").Addr + 8
			if got := uint64(place) + uint64(int64(int32(b.word32(uint64(place))))); got != uint64(entry.Addr) {
				t.Errorf("the place refers to %#x, want %v", got, entry.Addr)
			}
			b.remove(owner) // stays while it is used
			if len(s.modules) != 1 {
				t.Error("the module of a retired object is gone")
			}
			b.remove(user)
		})
	}
}

// Hidden variables of another object are reached as the object's own: both have one block.
func TestThreadLocalDynamicAcrossObjects(t *testing.T) {
	b, s := newThreadBench(t)
	w := newELF("user.o")
	own := w.thread("own", w.tbss(8, 8), 0)
	data := w.section(".data", flagsData, make([]byte, 16))
	x := w.thread("x", secUndef, 0)
	w.reloc(data, 0, elf.R_X86_64_TLSLD, own, 0)
	w.reloc(data, 8, elf.R_X86_64_DTPOFF32, x, 0)
	w.reloc(data, 12, elf.R_X86_64_DTPOFF32, own, 0)
	user, owner := b.load(w), b.load(threadOwner("owner.o", "x"))
	b.finalize()
	id, m := s.only(t)
	at := uint64(b.mm.section("user.o", ".data").Addr)
	entry := uint64(b.mm.section("user.o", ".got.tls").Addr)
	if b.word64(entry) != id || b.word64(entry+8) != 0 {
		t.Error("the entry is not the module's")
	}
	if x, own := b.word32(at+8), b.word32(at+12); x != 8 || own != 16 || m.Size != 24 || string(m.Image) != "................" {
		t.Errorf("x at %d, own at %d, template %+v", x, own, m)
	}
	b.remove(owner)
	b.remove(user)
	if len(s.modules) != 0 {
		t.Error("the module is left")
	}
}

func TestThreadHostVariable(t *testing.T) {
	b, s := newThreadBench(t)
	s.host = map[string]executor.ThreadVariable{
		"near": {Module: executor.ThreadModule{ID: 77, Static: true, Offset: -64}, Offset: 4},
		"far":  {Module: executor.ThreadModule{ID: 78}, Offset: 12},
	}
	b.load(threadUser("a.o", elf.R_X86_64_TLSGD, "far"))
	b.load(threadUser("b.o", elf.R_X86_64_TPOFF32, "near"))
	b.finalize()
	entry := uint64(b.mm.section("a.o", ".got.tls").Addr)
	if b.word64(entry) != 78 || b.word64(entry+8) != 12 {
		t.Errorf("pair %d %d", b.word64(entry), b.word64(entry+8))
	}
	if got := int32(b.word32(uint64(b.mm.section("b.o", ".data").Addr) + 8)); got != -60 {
		t.Errorf("distance %d", got)
	}
	if _, ok := b.SymbolLoadAddress("near"); ok || !b.IsThreadLocal("near") {
		t.Error("a variable of the process has an address")
	}
	c := b.load(threadUser("c.o", elf.R_X86_64_TPOFF32, "far"))
	if _, err := b.Finalize(); !errors.Is(err, ErrThreadModel) || !strings.Contains(err.Error(), `"far"`) {
		t.Errorf("initial exec of a variable that is not static: %v", err)
	}
	s.moves = true
	b.finalize()
	if got := int32(b.word32(uint64(b.mm.section("c.o", ".data").Addr) + 8)); got != -0x100+12 {
		t.Errorf("distance %d", got)
	}
	b.remove(c)
}

// What does not go together is an error that says so, and leaves nothing behind.
func TestThreadErrors(t *testing.T) {
	plain := func(name string) *elfWriter {
		w := newELF("plain.o")
		w.global(name, w.section(".data", flagsData, make([]byte, 8)), 0)
		return w
	}
	addressOf := func(typ elf.SymType) *elfWriter {
		w := newELF("address.o")
		y := w.symbol(elfSymbol{name: "x", bind: elf.STB_GLOBAL, typ: typ})
		w.reloc(w.section(".data", flagsData, make([]byte, 8)), 0, elf.R_X86_64_64, y, 0)
		return w
	}
	inContents := newELF("contents.o")
	tdata := inContents.section(".tdata", flagsThread, make([]byte, 8))
	inContents.reloc(tdata, 0, elf.R_X86_64_TPOFF64, inContents.thread("x", tdata, 0), 0)
	common := newELF("common.o")
	common.symbol(elfSymbol{name: "x", bind: elf.STB_GLOBAL, typ: elf.STT_TLS, sec: secCommon, value: 4, size: 4})
	outside := newELF("outside.o")
	outside.thread("x", outside.section(".data", flagsData, make([]byte, 8)), 0)
	gaps, aligned := newELF("gaps.o"), newELF("aligned.o")
	for range 8 {
		gaps.sec(gaps.section(".tdata", flagsThread, []byte{1})).align = 1 << 16
	}
	aligned.sec(aligned.section(".tdata", flagsThread, []byte{1})).align = 1 << 62
	large := newELF("large.o")
	large.tbss(1<<46, 1)
	for name, c := range map[string]struct {
		objects  []*elfWriter
		noStatic bool
		err      error
		text     string
	}{
		"defined as something else": {[]*elfWriter{threadUser("a.o", elf.R_X86_64_TLSGD, "x"), plain("x")}, false, ErrThreadLocal, `R_X86_64_TLSGD against "x"`},
		"address of a variable":     {[]*elfWriter{addressOf(elf.STT_OBJECT), threadOwner("o.o", "x")}, false, ErrThreadLocal, `symbol "x" is a thread-local variable`},
		"address in one object":     {[]*elfWriter{addressOf(elf.STT_TLS)}, false, ErrThreadLocal, `R_X86_64_64 against "x"`},
		"no storage near":           {[]*elfWriter{threadUser("a.o", elf.R_X86_64_GOTTPOFF, "x")}, true, ErrThreadModel, "-ftls-model=global-dynamic"},
		"in contents":               {[]*elfWriter{inContents}, false, ErrUnsupportedRelocation, "initial contents"},
		"common":                    {[]*elfWriter{common}, false, ErrUnsupportedSymbol, "-fno-common"},
		"outside":                   {[]*elfWriter{outside}, false, ErrUnsupportedSymbol, "outside of thread-local sections"},
		"gaps":                      {[]*elfWriter{gaps}, false, ErrTooLarge, "gaps"},
		"alignment":                 {[]*elfWriter{aligned}, false, ErrTooLarge, "aligned to"},
		"size":                      {[]*elfWriter{large}, false, ErrTooLarge, "70368744177664 bytes"},
		"undefined":                 {[]*elfWriter{threadUser("a.o", elf.R_X86_64_TLSGD, "nobody")}, false, ErrUndefinedSymbol, "nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := newThreadBench(t)
			s.noStatic = c.noStatic
			var err error
			for _, w := range c.objects {
				if _, err = b.LoadObject(w.parse(t)); err != nil {
					break
				}
			}
			if err == nil {
				_, err = b.Finalize()
			}
			if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %v, want %v with %q", err, c.err, c.text)
			}
		})
	}
}

// A weak variable is what somebody defines, or has no block.
func TestThreadWeak(t *testing.T) {
	for name, c := range map[string]struct {
		typ  elf.R_X86_64
		some []uint64 // words of the entry, if somebody defines the variable
		none []uint64
	}{
		"general dynamic": {elf.R_X86_64_TLSGD, []uint64{1, 8}, []uint64{0, 0}},
		"initial exec":    {elf.R_X86_64_GOTTPOFF, []uint64{testThreadOffset&(1<<64-1) + 8}, []uint64{0}},
	} {
		for _, defined := range []bool{false, true} {
			t.Run(fmt.Sprint(name, defined), func(t *testing.T) {
				b, _ := newThreadBench(t)
				user := newELF("user.o")
				data := user.section(".data", flagsData, make([]byte, 16))
				user.reloc(data, 8, c.typ, user.symbol(elfSymbol{name: "x", bind: elf.STB_WEAK, typ: elf.STT_TLS}), 0)
				o, want := b.load(user), c.none
				if defined {
					b.load(threadOwner("owner.o", "x"))
					want = c.some
				}
				b.finalize()
				at, _ := o.SectionLoadAddress(data)
				field := uint64(at) + 8
				entry := field + uint64(int64(int32(b.word64(field))))
				for i, w := range want {
					if got := b.word64(entry + 8*uint64(i)); got != w {
						t.Errorf("word %d is %#x, want %#x", i, got, w)
					}
				}
			})
		}
	}
}

// A block that was made for code that finds it anywhere cannot be moved near the thread pointer afterwards; one that nobody had a say about is there
// from the start, while there is room.
func TestThreadModelAcrossLinks(t *testing.T) {
	for _, c := range []struct {
		name          string
		full, dynamic bool
		ok            bool
	}{{"preferred", false, false, true}, {"no room", true, false, false}, {"dynamic", false, true, false}} {
		t.Run(c.name, func(t *testing.T) {
			b, s := newThreadBench(t)
			s.full = c.full
			w := threadOwner("owner.o", "x")
			if c.dynamic {
				w.reloc(w.section(".data", flagsData, make([]byte, 8)), 0, elf.R_X86_64_TLSGD, 1, 0)
			}
			b.load(w)
			b.finalize()
			b.load(threadUser("user.o", elf.R_X86_64_TPOFF32, "x"))
			_, err := b.Finalize()
			if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrThreadModel) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Look-ups do not give out what is no address, before or after finalization, and sections without an address cannot be mapped.
func TestThreadNoAddress(t *testing.T) {
	b, _ := newThreadBench(t)
	w := threadOwner("a.o", "x")
	w.global("f", w.section(".text", flagsText, make([]byte, 8)), 4)
	o := b.load(w)
	for range 2 {
		if a, ok := b.SymbolLoadAddress("x"); ok {
			t.Errorf("x has address %v", a)
		}
		if a, ok := b.FinalizedAddress("x"); ok {
			t.Errorf("x has address %v", a)
		}
		if b.SymbolLocalAddress("x") != nil || !b.IsThreadLocal("x") || b.IsThreadLocal("f") || b.addr("f") == 0 {
			t.Error("look-ups")
		}
		if err := b.MapSectionAddress(o, 1, 0x1000); o.State() == Loaded && !errors.Is(err, ErrThreadLocal) {
			t.Errorf("MapSectionAddress: %v", err)
		}
		b.finalize()
	}
}

// Linking again, in another order and with more objects, is linking anew.
func TestThreadRelink(t *testing.T) {
	b, s := newThreadBench(t)
	b.load(threadOwner("owner.o", "x"))
	b.resolve()
	b.load(threadUser("a.o", elf.R_X86_64_TPOFF32, "x"))
	b.resolve()
	b.load(threadUser("b.o", elf.R_X86_64_TLSGD, "x"))
	b.finalize()
	id, _ := s.only(t)
	if got := int32(b.word32(uint64(b.mm.section("a.o", ".data").Addr) + 8)); int64(got) != testThreadOffset*int64(id)+8 {
		t.Errorf("distance %d of module %d", got, id)
	}
	if got := b.word64(uint64(b.mm.section("b.o", ".got.tls").Addr)); got != id {
		t.Errorf("module %d, want %d", got, id)
	}
}

// The padded call of the general dynamic sequence stays one of 64 bits, even where __tls_get_addr is near.
func TestThreadPaddedCall(t *testing.T) {
	b := newBenchResolving(t, map[string]uint64{".text": 0x1000_0000}, knows(map[string]uint64{"__tls_get_addr": 0x1000_1000}))
	w := newELF("a.o")
	text := w.section(".text", flagsText, []byte{0x66, 0x48, 0xff, 0x15, 0, 0, 0, 0, 0xc3})
	w.reloc(text, 4, elf.R_X86_64_GOTPCRELX, w.undefined("__tls_get_addr"), -4)
	b.load(w)
	b.finalize()
	inst, err := x86asm.Decode(b.bytesAt(0x1000_0000, 9), 64)
	if err != nil {
		t.Fatal(err)
	}
	mem, ok := inst.Args[0].(x86asm.Mem)
	if inst.Op != x86asm.CALL || inst.Len != 8 || !ok || mem.Base != x86asm.RIP || b.word64(0x1000_0008+uint64(int32(mem.Disp))) != 0x1000_1000 {
		t.Errorf("%v", inst)
	}
}

// TestThreadOwnerGone: a removed object whose group others rely on refers to a variable that has been removed, too, elsewhere than in the group.
func TestThreadOwnerGone(t *testing.T) {
	for _, typ := range []elf.R_X86_64{elf.R_X86_64_TPOFF64, elf.R_X86_64_DTPOFF64, elf.R_X86_64_TLSGD} {
		b, _ := newThreadBench(t)
		w := newELF("owner.o")
		data := w.section(".tdata", flagsThread, make([]byte, 16))
		w.thread("other", data, 0)
		w.thread("variable", data, 8)
		owner := b.load(w)
		w = grouped("a.o", grpCOMDAT)
		w.reloc(groupedData, 0, typ, w.thread("variable", secUndef, 0), 0)
		first := b.load(w)
		b.load(grouped("b.o", grpCOMDAT))
		b.remove(owner, first)
		b.finalize()
	}
}
