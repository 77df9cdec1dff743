package runtimedyld

import (
	"bytes"
	"debug/elf"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A scatter is a layout: where sections and externals are, by a number that names it. Layout 0 has everything in one gigabyte; others move
// some sections, and the externals, far away.
type scatter int

func (l scatter) hash(parts ...any) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, l, parts)
	return h.Sum64()
}

// external is where a name is that no object defines. Every eighth is unknown, which weak references tolerate.
func (l scatter) external(name string) uint64 {
	switch h := l.hash("external", name); {
	case l == 0:
		return 0x2000_0000 + h&0xffff_fff0
	case h%3 == 0:
		return 0x1000 + h&0x3fff_fff0
	default:
		return 0x7000_0000_0000 + h&0xff_ffff_fff0
	}
}

// moved says whether a section is elsewhere than in layout 0, and where.
func (l scatter) moved(object string, section int) (executor.Addr, bool) {
	h := l.hash(object, section)
	if l == 0 || h%4 != 0 {
		return 0, false
	}
	if h%8 == 0 {
		return executor.Addr(0x3000_0000 + h>>8&0xff_f000), true
	}
	return executor.Addr(0x6000_0000_0000 + h>>8&0xff_ffff_f000), true
}

// A relinker links the same objects again and again.
type relinker struct {
	*bench
	layout scatter
	images []*objimage.Object
	list   []*Object
	mask   executor.Addr // of the bits that addresses have
}

func newRelinker(t testing.TB, images []*objimage.Object) *relinker {
	r := &relinker{images: images, mask: addressMask(images[0])}
	r.bench = newBenchResolving(t, nil, ResolverFunc(func(name string) (executor.Addr, bool) {
		return executor.Addr(r.layout.external(name)) & r.mask, true
	}))
	r.SetThreadStorage(newTestStorage())
	for _, img := range images {
		r.list = append(r.list, r.loadImage(img))
	}
	return r
}

// to moves everything to a layout, and links. The error is returned as text: layouts may ask for the impossible.
func (r *relinker) to(l scatter) string {
	r.layout = l
	for i, o := range r.list {
		for n := 1; n < r.images[i].NumSections(); n++ {
			s := r.mm.module(o, n)
			if s == nil || o.tls.has(uint32(n)) {
				continue
			}
			addr, ok := l.moved(o.Name(), n)
			if !ok {
				addr = s.Addr
			}
			if err := r.MapSectionAddress(o, n, addr&r.mask); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	for _, name := range r.undefinedNames() {
		if err := r.DefineAbsolute(name, executor.Addr(l.external(name))&r.mask); err != nil {
			r.t.Fatal(err)
		}
	}
	return fmt.Sprint(r.ResolveRelocations())
}

// module returns what was asked for a section of the file; its address is the one at which it was allocated.
func (m *testMM) module(o *Object, section int) *memmgr.Section {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.live[o.alloc]
	for i := range a.secs {
		if s := &a.secs[i]; s.Index == section {
			return s
		}
	}
	return nil
}

// undefinedNames are those that no image defines.
func (r *relinker) undefinedNames() (names []string) {
	defined, seen := map[string]bool{}, map[string]bool{}
	for pass := range 2 {
		for _, img := range r.images {
			syms := make([]objimage.Symbol, img.NumSymbols())
			img.Symbols(0, syms)
			for i := img.FirstGlobal(); i < len(syms); i++ {
				name := string(img.SymbolName(&syms[i]))
				switch {
				case syms[i].Place != objimage.PlaceUndefined:
					defined[name] = true
				case pass == 1 && !defined[name] && !seen[name] && !isProvided([]byte(name)):
					seen[name] = true
					names = append(names, name)
				}
			}
		}
	}
	return names
}

// checkSame compares all that was linked with another linker of the same objects.
func (r *relinker) checkSame(what string, fresh *relinker) {
	r.t.Helper()
	for i, o := range r.list {
		a, b := r.mm.live[o.alloc], fresh.mm.live[fresh.list[i].alloc]
		for k := range a.secs {
			if x, y := a.secs[k].Mem, b.secs[k].Mem; !bytes.Equal(x, y) {
				at := 0
				for x[at] == y[at] {
					at++
				}
				r.t.Errorf("%s: %s:(%s+%#x) differs from a fresh link: % x, want % x", what, o.Name(), a.module.SectionName(&a.secs[k]), at, x[at:min(at+8, len(x))], y[at:min(at+8, len(y))])
			}
		}
	}
}

// checkRelinks moves objects through layouts, and compares each time with a link that did nothing before.
func checkRelinks(t *testing.T, images ...*objimage.Object) (failed, linked int) {
	t.Helper()
	r := newRelinker(t, images)
	for step, l := range []scatter{0, 1, 2, 0, 3, 1, 4, 5} {
		fresh := newRelinker(t, images)
		got, want := r.to(l), fresh.to(l)
		if got != want {
			t.Errorf("layout %d: %s\na fresh link says: %s", l, got, want)
		}
		if want == fmt.Sprint(error(nil)) {
			linked++
		} else {
			failed++
		}
		r.checkSame(fmt.Sprintf("step %d, layout %d", step, l), fresh)
		fresh.mm.check(t)
		fresh.Close()
	}
	return failed, linked
}

// TestRelinkTestdata moves each object of testdata, alone and together.
func TestRelinkTestdata(t *testing.T) {
	paths, err := filepath.Glob("../testdata/*.o")
	if err != nil || len(paths) < 15 {
		t.Fatal(paths, err)
	}
	var together []*objimage.Object
	failed, linked := 0, 0
	for _, p := range paths {
		name := filepath.Base(p)
		img := testdataObject(t, name)
		f, l := checkRelinks(t, img)
		failed, linked = failed+f, linked+l
		switch name {
		case "hello.o", "relocs.o", "relocs_target.o", "absolute.o", "model_large_pic.o", "model_helper.o", "common_small.o", "common_large.o", "weak.o", "strong.o":
			together = append(together, img)
		}
	}
	f, l := checkRelinks(t, together...)
	if failed, linked = failed+f, linked+l; linked < len(paths)*2 || failed == 0 {
		t.Errorf("%d links succeeded and %d failed: the layouts are not what the test needs", linked, failed)
	}
}

// TestRelinkRelaxed moves every access of the relaxation tests, in one section after the other without anything between, also with relocated data
// before and behind.
func TestRelinkRelaxed(t *testing.T) {
	w := newELF("accesses.o")
	text := w.section(".text", flagsText, nil)
	near := w.section(".near", flagsText, make([]byte, 16))
	syms := []uint32{w.undefined("one"), w.undefined("two"), w.local("three", near, 4), w.weak("nowhere", secUndef, 0)}
	code := []byte{}
	for i, a := range accesses() {
		code = append(code, 1, 2, 3, 4)
		w.reloc(text, uint64(len(code)-4), elf.R_X86_64_32S, syms[2], 0)
		code = append(code, a.code...)
		w.reloc(text, uint64(len(code)-4), a.typ(), syms[i%len(syms)], -4)
		if i%3 == 0 {
			code = append(code, 0xe8, 0, 0, 0, 0)
			w.reloc(text, uint64(len(code)-4), elf.R_X86_64_PLT32, syms[i%2], -4)
		}
	}
	w.sec(text).data = code
	checkRelinks(t, w.parse(t))
}

// TestRelinkOverlapping has relocations that change the opcodes of accesses: they are applied in the order of the file, from the file's bytes.
func TestRelinkOverlapping(t *testing.T) {
	for _, relaxFirst := range []bool{true, false} {
		w := newELF("overlap.o")
		text := w.section(".text", flagsText, []byte{0x48, 0x8b, 0x05, 0, 0, 0, 0, 0x48, 0x8b, 0x05, 0, 0, 0, 0, 0x90, 0x90})
		one, number := w.undefined("one"), w.symbol(elfSymbol{name: "number", bind: elf.STB_GLOBAL, sec: secAbs, value: 0x1234})
		relax := func() {
			w.reloc(text, 3, elf.R_X86_64_REX_GOTPCRELX, one, -4)
			w.reloc(text, 10, elf.R_X86_64_REX_GOTPCRELX, one, -4)
		}
		if relaxFirst {
			relax()
		}
		w.reloc(text, 1, elf.R_X86_64_8, number, -0x1234+0x03)
		w.reloc(text, 5, elf.R_X86_64_64, number, 0)
		if !relaxFirst {
			relax()
		}
		checkRelinks(t, w.parse(t))
	}
}

// TestStubThenNot calls a function that comes near, and goes away again.
func TestStubThenNot(t *testing.T) {
	w := newELF("calls.o")
	text := w.section(".text", flagsText, append([]byte{0xe8, 0, 0, 0, 0}, nops...))
	w.reloc(text, 1, elf.R_X86_64_PLT32, w.undefined("symbol"), -4)
	b := newBench(t, here)
	b.load(w)
	for _, symbol := range []uint64{far, near, 0x1234, near, far} {
		if err := b.DefineAbsolute("symbol", executor.Addr(symbol)); err != nil {
			t.Fatal(err)
		}
		b.resolve()
		if target, viaStub := branchTarget(t, b, hereText); target != symbol || viaStub != (symbol != near) {
			t.Errorf("call leads to %#x (through a stub: %v), want %#x", target, viaStub, symbol)
		}
	}
}

// TestResolveTwice does nothing the second time, and link errors do not stick.
func TestResolveTwice(t *testing.T) {
	w := newELF("twice.o")
	data := w.section(".data", flagsData, make([]byte, 8))
	other := w.section(".other", flagsData, make([]byte, 8))
	w.reloc(data, 0, elf.R_X86_64_PC32, w.local("there", other, 0), 0)
	b := newBench(t, map[string]uint64{".data": 0x1000, ".other": 1 << 40})
	o := b.load(w)
	for range 2 {
		if errs := relocationErrors(t, b.ResolveRelocations()); len(errs) != 1 || o.State() != Loaded {
			t.Errorf("%v, %v", errs, o.State())
		}
	}
	if err := b.MapSectionAddress(o, other, 0x2000); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b.resolve()
		if got := b.word32(0x1000); got != 0x1000 {
			t.Errorf("%#x", got)
		}
	}
}
