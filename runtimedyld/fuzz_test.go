package runtimedyld

import (
	"bytes"
	"debug/elf"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// maxFuzzBytes bounds what a fuzzed object is given. It is far more than any seed needs.
const maxFuzzBytes = 1 << 20

// fuzzLink loads an object, links it, moves it and links it again, finalizes and removes it. Errors are fine; everything else is looked at.
func fuzzLink(t *testing.T, data []byte) {
	img, err := objimage.Parse(objimage.NewBuffer("fuzz.o", data))
	if err != nil {
		return
	}
	original := bytes.Clone(data)
	var layout scatter
	mm := newTestMM()
	mm.maximum, mm.keepDead = maxFuzzBytes, true
	mask := addressMask(img)
	d := New(mm, ResolverFunc(func(name string) (executor.Addr, bool) {
		return executor.Addr(layout.external(name)) & mask, len(name)%8 != 7
	}))
	storage := newTestStorage()
	d.SetThreadStorage(storage)
	d.SetRelaxation(len(data)/8%2 == 0)
	helper, err := d.LoadObject(fuzzHelper)
	if err != nil {
		t.Fatal(err)
	}
	symbols := d.NumSymbols()
	if o, err := d.LoadObject(img); err != nil {
		_ = err.Error()
		if d.NumSymbols() != symbols || mm.count() != 1 {
			t.Errorf("a failed load leaves %d symbols and %d allocations", d.NumSymbols()-symbols, mm.count()-1)
		}
	} else {
		list := append(fuzzTwin(t, d, mm, data), o)
		fuzzLoaded(t, d, mm, o)
		if len(data)%2 == 0 {
			slices.Reverse(list)
		}
		for _, o := range list {
			if err := d.Remove(o); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := d.Finalize(); helper.State() != Finalized {
		t.Errorf("another object cannot be finalized any more: %v", err)
	}
	if err := d.Remove(helper); err != nil {
		t.Error(err)
	}
	if mm.count() != 0 || d.NumSymbols() != 0 || len(d.Objects()) != 0 {
		t.Errorf("%d allocations, %d symbols, %d objects are left", mm.count(), d.NumSymbols(), len(d.Objects()))
	}
	mm.check(t)
	storage.check(t)
	if !bytes.Equal(data, original) {
		t.Error("the object's file was written to")
	}
}

// addressMask returns the bits that addresses of an object have.
func addressMask(img *objimage.Object) executor.Addr {
	if a := archOf(img); a != nil && a.narrow {
		return math.MaxUint32
	}
	return math.MaxUint64
}

// fuzzTwin loads the object once more, so that its COMDAT groups are dropped. It returns what it has loaded: nothing if the object defines anything strongly.
func fuzzTwin(t *testing.T, d *RuntimeDyld, mm *testMM, data []byte) []*Object {
	img, err := objimage.Parse(objimage.NewBuffer("twin.o", data))
	if err != nil {
		t.Fatal(err)
	}
	symbols, allocations := d.NumSymbols(), mm.count()
	twin, err := d.LoadObject(img)
	if err == nil {
		return []*Object{twin}
	}
	_ = err.Error()
	if d.NumSymbols() != symbols || mm.count() != allocations {
		t.Errorf("a second load that fails leaves %d symbols and %d allocations", d.NumSymbols()-symbols, mm.count()-allocations)
	}
	return nil
}

// fuzzLoaded does to a loaded object what can be done to it.
func fuzzLoaded(t *testing.T, d *RuntimeDyld, mm *testMM, o *Object) {
	link := func() (string, [][]byte) {
		text := fmt.Sprint(d.ResolveRelocations())
		_, mem := mm.contents("fuzz.o")
		for i := range mem {
			mem[i] = bytes.Clone(mem[i])
		}
		return text, mem
	}
	home := map[int]executor.Addr{}
	for n := 1; n < o.Image().NumSections(); n++ {
		if a, ok := o.SectionLoadAddress(n); ok && !o.tls.has(uint32(n)) {
			home[n] = a
		}
	}
	move := func(l scatter) {
		for n, a := range home {
			if to, ok := l.moved("fuzz.o", n); ok {
				a = to & addressMask(o.Image())
			}
			if err := d.MapSectionAddress(o, n, a); err != nil {
				t.Error(err)
			}
		}
	}
	link()
	move(1)
	firstText, first := link()
	move(2)
	link()
	move(1)
	secondText, second := link()
	if firstText != secondText || len(first) != len(second) {
		t.Errorf("after moving there and back: %s, before: %s", secondText, firstText)
	}
	for i := range min(len(first), len(second)) {
		if !bytes.Equal(first[i], second[i]) {
			t.Errorf("section %d of the allocation differs after moving there and back", i)
		}
	}
	for _, name := range []string{"main", "target", "hello", "shared", "strong"} {
		d.SymbolLoadAddress(name)
		d.FinalizedAddress(name)
		d.SymbolLocalAddress(name)
	}
	d.Finalize()
}

// fuzzHelper is loaded before, and defines and needs some of the names that are in the seeds.
var fuzzHelper = func() *objimage.Object {
	w := newELF("helper.o")
	text := w.section(".text", flagsText, bytes.Repeat([]byte{0x90}, 16))
	data := w.section(".data", flagsData, make([]byte, 64))
	w.global("target", data, 8)
	w.weak("target_function", text, 0)
	w.weak("helper", text, 4)
	w.comdat(w.global("thunk", w.section(".text.thunk", flagsText|elf.SHF_GROUP, make([]byte, 16)), 4))
	w.thread("other", w.tbss(8, 8), 0)
	w.common("shared", 16, 8)
	w.reloc(data, 0, elf.R_X86_64_64, w.weak("main", secUndef, 0), 0)
	w.reloc(data, 8, elf.R_X86_64_64, w.weak("strong", secUndef, 0), 0)
	o, err := objimage.Parse(objimage.NewBuffer(w.name, w.bytes()))
	if err != nil {
		panic(err)
	}
	return o
}()

// fuzzGroups has what goes with COMDAT groups: several sections and names in one, sections that are ordered by them, unwind tables, bounds.
func fuzzGroups() *elfWriter {
	w := newELF("groups.o")
	text := w.section(".text", flagsText, append([]byte{0xe8, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0x48, 0x8b, 0x05, 0, 0, 0, 0}, nops...))
	eh := w.section(".eh_frame", elf.SHF_ALLOC, make([]byte, 32))
	for i, name := range []string{"thunk", "helper", "main"} {
		sec := w.section(".text."+name, flagsText|elf.SHF_GROUP, bytes.Repeat([]byte{0xe8, 0, 0, 0, 0}, 4))
		data := w.section("table", elf.SHF_ALLOC|elf.SHF_GROUP, make([]byte, 8))
		sym := w.weak(name, sec, uint64(i))
		w.weak(name+"_alias", sec, 5)
		w.comdat(sym, data)
		start := w.symbol(elfSymbol{typ: elf.STT_SECTION, sec: sec})
		w.reloc(sec, 1, elf.R_X86_64_PLT32, sym, -4)
		w.reloc(data, 0, elf.R_X86_64_64, start, 4)
		w.reloc(eh, uint64(i)*8, elf.R_X86_64_PC32, start, 0)
		notes := w.section("notes", elf.SHF_ALLOC|elf.SHF_LINK_ORDER, make([]byte, 8))
		w.sec(notes).link = uint32(sec)
		w.reloc(notes, 0, elf.R_X86_64_64, start, 0)
		w.reloc(text, []uint64{1, 6, 13}[i], []elf.R_X86_64{elf.R_X86_64_PLT32, elf.R_X86_64_PC32, elf.R_X86_64_REX_GOTPCRELX}[i], sym, -4)
	}
	bounds := w.section(".data.bounds", flagsData, make([]byte, 16))
	w.reloc(bounds, 0, elf.R_X86_64_64, w.undefined("__start_table"), 0)
	w.reloc(bounds, 8, elf.R_X86_64_64, w.weak("__stop_notes", secUndef, 0), 0)
	return w
}

// FuzzLoadAndLink: nothing that is called an object makes the linker panic, hang, write outside of its sections or leave something behind.
func FuzzLoadAndLink(f *testing.F) {
	paths, err := filepath.Glob("../testdata/*.o")
	if err != nil || len(paths) == 0 {
		f.Fatal(paths, err)
	}
	others, err := filepath.Glob("../testdata/rules/x86_64-macho/*.o") // of the helper's architecture
	if err != nil || len(others) == 0 {
		f.Fatal(others, err)
	}
	for _, p := range append(paths, others...) {
		data, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 10_000 {
			f.Add(data)
		}
	}
	threads := newELF("threads.o")
	text := threads.section(".text", flagsText, make([]byte, 64))
	tdata := threads.section(".tdata", flagsThread, make([]byte, 16))
	threads.reloc(tdata, 8, elf.R_X86_64_64, threads.local("here", text, 4), 0)
	own, other := threads.thread("own", tdata, 4), threads.thread("other", secUndef, 0)
	for i, typ := range []elf.R_X86_64{elf.R_X86_64_TLSGD, elf.R_X86_64_TLSLD, elf.R_X86_64_DTPOFF32, elf.R_X86_64_GOTTPOFF, elf.R_X86_64_TPOFF32, elf.R_X86_64_GOTPC32_TLSDESC} {
		threads.reloc(text, uint64(i)*4, typ, own, 0)
		threads.reloc(text, uint64(i)*4+32, typ, other, 0)
	}
	f.Add(threads.bytes())
	small := newELF("small.o")
	text = small.section(".text", flagsText, []byte{0xe8, 0, 0, 0, 0, 0x48, 0x8b, 0x05, 0, 0, 0, 0, 0xff, 0x25, 0, 0, 0, 0})
	small.reloc(text, 1, elf.R_X86_64_PLT32, small.undefined("main"), -4)
	small.reloc(text, 8, elf.R_X86_64_REX_GOTPCRELX, small.undefined("target"), -4)
	small.reloc(text, 14, elf.R_X86_64_GOTPCRELX, small.common("shared", 8, 8), -4)
	f.Add(small.bytes())
	for _, flags := range []byte{0, grpCOMDAT} {
		f.Add(grouped("group.o", flags).bytes())
	}
	f.Add(fuzzGroups().bytes())
	f.Fuzz(func(t *testing.T, data []byte) { fuzzLink(t, data) })
}
