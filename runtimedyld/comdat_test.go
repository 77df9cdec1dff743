package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// Sections of the objects that grouped makes.
const (
	groupedFunc = iota + 1 // in the group: 16 bytes, `thunk` at 4 and the local `inner` at 8
	groupedData            // not in the group: the addresses of thunk, of the section's start, and of inner
	groupedGroup
	groupedFrames
)

// grouped returns an object that defines thunk in a COMDAT group, and refers to the group's section from outside by all that it has.
func grouped(name string, flags byte) *elfWriter {
	w := newELF(name)
	w.section(".text.thunk", elf.SHF_ALLOC|elf.SHF_EXECINSTR|elf.SHF_GROUP, make([]byte, 16))
	data := w.section(".data."+name, flagsData, make([]byte, 24))
	g := w.section(".group", 0, []byte{flags, 0, 0, 0, groupedFunc, 0, 0, 0})
	eh := w.section(".eh_frame", elf.SHF_ALLOC, []byte{1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3})
	start := w.symbol(elfSymbol{typ: elf.STT_SECTION, sec: groupedFunc})
	inner := w.local("inner", groupedFunc, 8)
	thunk := w.symbol(elfSymbol{name: "thunk", bind: elf.STB_GLOBAL, sec: groupedFunc, value: 4, size: thunkSize})
	s := w.sec(g)
	s.typ, s.align, s.info = elf.SHT_GROUP, 4, thunk
	w.reloc(data, 0, elf.R_X86_64_64, thunk, 0)
	w.reloc(data, 8, elf.R_X86_64_64, start, 0)
	w.reloc(data, 16, elf.R_X86_64_64, inner, 1)
	w.reloc(eh, 4, elf.R_X86_64_PC32, start, 0)
	return w
}

const (
	grpCOMDAT = 1
	thunkSize = 9
)

func (b *bench) hasSection(o *Object, section int) bool {
	_, ok := o.SectionLoadAddress(section)
	return ok
}

// pointsTo checks where the data of an object points.
func (b *bench) pointsTo(o *Object, thunk uint64) {
	b.t.Helper()
	at, _ := o.SectionLoadAddress(groupedData)
	for i, want := range []uint64{thunk, thunk - 4, thunk + 5} {
		if got := b.word64(uint64(at) + 8*uint64(i)); got != want {
			b.t.Errorf("%s: word %d is %#x, want %#x", o.Name(), i, got, want)
		}
	}
}

// TestCOMDAT: of a group one copy is loaded, the first; references to the others, of whatever kind, go there, and unwind tables forget what was dropped.
func TestCOMDAT(t *testing.T) {
	b := newBench(t, nil)
	first, second := b.load(grouped("a.o", grpCOMDAT)), b.load(grouped("b.o", grpCOMDAT))
	b.finalize()
	if got := b.winner("thunk"); got != "a.o" {
		t.Errorf("thunk is in %s", got)
	}
	if !b.hasSection(first, groupedFunc) || b.hasSection(second, groupedFunc) || !b.hasSection(second, groupedData) {
		t.Error("not the second copy, the whole of it and nothing else, was dropped")
	}
	b.pointsTo(first, b.addr("thunk"))
	b.pointsTo(second, b.addr("thunk"))
	if got, ok := second.DebugImage().SectionAddr(groupedFunc); ok {
		t.Errorf("debuggers are told that the dropped section is at %#x", got)
	}
	for _, o := range []*Object{first, second} {
		at, _ := o.SectionLoadAddress(groupedFrames)
		want := uint32(0)
		if o == first {
			want = uint32(b.addr("thunk") - 4 - uint64(at) - 4)
		}
		if got := b.word32(uint64(at) + 4); got != want {
			t.Errorf("%s: the unwind table has %#x, want %#x", o.Name(), got, want)
		}
	}
}

// TestGroupNotCOMDAT: groups without GRP_COMDAT are kept, and their symbols are like others.
func TestGroupNotCOMDAT(t *testing.T) {
	b := newBench(t, nil)
	b.load(grouped("a.o", 0))
	var duplicate *DuplicateError
	if _, err := b.LoadObject(grouped("b.o", 0).parse(t)); !errors.As(err, &duplicate) {
		t.Errorf("a second strong definition: %v", err)
	}
}

// TestCOMDATOwnerRemoved: what others rely on stays, named and in memory, until the last of them is removed.
func TestCOMDATOwnerRemoved(t *testing.T) {
	for _, linked := range []bool{true, false} {
		b := newBench(t, nil)
		first := b.load(grouped("a.o", grpCOMDAT))
		second, third := b.load(grouped("b.o", grpCOMDAT)), b.load(grouped("c.o", grpCOMDAT))
		if linked {
			b.finalize()
		}
		thunk := b.addr("thunk")
		b.remove(first)
		if first.State() != Retired {
			t.Errorf("linked %v: the owner is %v", linked, first.State())
		}
		b.finalize()
		b.pointsTo(second, thunk)
		b.remove(second)
		fourth := b.load(grouped("d.o", grpCOMDAT))
		b.finalize()
		if got := b.addr("thunk"); got != thunk {
			t.Errorf("linked %v: thunk is at %#x, was at %#x", linked, got, thunk)
		}
		b.pointsTo(third, thunk)
		b.pointsTo(fourth, thunk)
		b.remove(third)
		if _, ok := b.SymbolLoadAddress("thunk"); !ok || first.State() != Retired {
			t.Errorf("linked %v: with one that relies on it left, thunk is known: %v, and its owner %v", linked, ok, first.State())
		}
		b.remove(fourth)
		if _, ok := b.SymbolLoadAddress("thunk"); ok || first.State() != Removed || b.NumSymbols() != 0 {
			t.Errorf("linked %v: thunk is known: %v, its owner %v, %d names are left", linked, ok, first.State(), b.NumSymbols())
		}
		b.mm.check(t)
		if n := len(b.mm.live); n != 0 {
			t.Errorf("linked %v: %d allocations are left", linked, n)
		}
	}
}

// TestCOMDATRemovedTogether: an owner and those who rely on it, in one call or in either order, leave nothing.
func TestCOMDATRemovedTogether(t *testing.T) {
	for _, linked := range []bool{true, false} {
		for _, order := range [][]int{{0, 1}, {1, 0}} {
			for _, once := range []bool{true, false} {
				b := newBench(t, nil)
				list := []*Object{b.load(grouped("a.o", grpCOMDAT)), b.load(grouped("b.o", grpCOMDAT))}
				if linked {
					b.finalize()
				}
				if once {
					b.remove(list[order[0]], list[order[1]])
				} else {
					b.remove(list[order[0]])
					b.remove(list[order[1]])
				}
				if n := len(b.mm.live); n != 0 || b.NumSymbols() != 0 {
					t.Errorf("linked %v, order %v, once %v: %d allocations and %d names are left", linked, order, once, n, b.NumSymbols())
				}
			}
		}
	}
}

// TestCOMDATOwnerFile: what relies on an object that was removed needs its file even after its owner has closed it: to link it, and for the sizes of symbols.
func TestCOMDATOwnerFile(t *testing.T) {
	for _, linked := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "a.o")
		if err := os.WriteFile(path, grouped("a.o", grpCOMDAT).bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		buffer, err := objimage.OpenBuffer(path)
		if err != nil {
			t.Fatal(err)
		}
		img, err := objimage.Parse(buffer)
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, nil)
		first, second := b.loadImage(img), b.load(grouped("b.o", grpCOMDAT))
		if linked {
			b.finalize()
		}
		thunk := b.addr("thunk")
		b.remove(first)
		buffer.Close()
		w := newELF("size.o")
		w.reloc(w.section(".data", flagsData, make([]byte, 8)), 0, elf.R_X86_64_SIZE64, w.undefined("thunk"), 0)
		size := b.load(w)
		b.finalize()
		b.pointsTo(second, thunk)
		if a, ok := b.FinalizedAddress("thunk"); !ok || uint64(a) != thunk {
			t.Errorf("linked %v: thunk is finalized: %v, at %v", linked, ok, a)
		}
		if at, _ := size.SectionLoadAddress(1); b.word64(uint64(at)) != thunkSize {
			t.Errorf("linked %v: thunk's size is %d", linked, b.word64(uint64(at)))
		}
		if len(b.SymbolLocalAddress("thunk")) != 12 {
			t.Errorf("linked %v: thunk is % x", linked, b.SymbolLocalAddress("thunk"))
		}
		b.remove(second, size)
		if buffer.Bytes() != nil || first.State() != Removed {
			t.Errorf("linked %v: the file is still open, or its object %v", linked, first.State())
		}
	}
}

// TestCOMDATOwnerAndReliantRemoved: an owner that was never linked is removed together with one that relies on it, while another one does.
func TestCOMDATOwnerAndReliantRemoved(t *testing.T) {
	b := newBench(t, nil)
	first, second, third := b.load(grouped("a.o", grpCOMDAT)), b.load(grouped("b.o", grpCOMDAT)), b.load(grouped("c.o", grpCOMDAT))
	thunk := b.addr("thunk")
	data, _ := first.SectionLoadAddress(groupedData)
	b.remove(second, first)
	b.finalize()
	b.pointsTo(third, thunk)
	if got := b.word64(uint64(data)); got != thunk {
		t.Errorf("the object that is relied on has not been linked: %#x", got)
	}
}

// TestCOMDATOwnerErrors: an object was removed because it cannot be linked; that others rely on its group does not make its errors theirs, unless they are in the group.
func TestCOMDATOwnerErrors(t *testing.T) {
	for _, inGroup := range []bool{false, true} {
		b := newBench(t, nil)
		w := grouped("a.o", grpCOMDAT)
		section := groupedData
		if inGroup {
			section = groupedFunc
		}
		w.reloc(section, 0, elf.R_X86_64_16, w.symbol(elfSymbol{name: "large", bind: elf.STB_LOCAL, sec: secAbs, value: far}), 0)
		first, second := b.load(w), b.load(grouped("b.o", grpCOMDAT))
		if err := b.ResolveRelocations(); !errors.Is(err, ErrRelocationOverflow) {
			t.Fatal(err)
		}
		b.remove(first)
		_, err := b.Finalize()
		if inGroup != errors.Is(err, ErrRelocationOverflow) || !inGroup && err != nil {
			t.Errorf("in the group: %v: %v", inGroup, err)
		}
		b.remove(second)
	}
}

// TestCOMDATOwnerNotReliedAnyMore: an object that cannot be linked was removed, and then the one that relied on it; what had been linked to it is not kept from
// being linked anew.
func TestCOMDATOwnerNotReliedAnyMore(t *testing.T) {
	b := newBench(t, nil)
	w := grouped("a.o", grpCOMDAT)
	w.reloc(groupedFunc, 0, elf.R_X86_64_PC32, w.local("", groupedData, 0), 0)
	user, first, second := b.load(undefining("user.o", "thunk", true)), b.load(w), b.load(grouped("b.o", grpCOMDAT))
	b.resolve()
	if err := b.MapSectionAddress(first, groupedData, far); err != nil {
		t.Fatal(err)
	}
	b.remove(first)
	if _, err := b.Finalize(); !errors.Is(err, ErrRelocationOverflow) {
		t.Errorf("what is relied on is linked: %v", err)
	}
	b.remove(second)
	b.finalize()
	if user.State() != Finalized || first.State() != Removed || b.NumSymbols() != 1 {
		t.Errorf("user.o is %v, a.o %v, %d names are known", user.State(), first.State(), b.NumSymbols())
	}
}

// TestCOMDATLaterOwner: who has dropped his copy for the first owner's does not keep one that takes the name over later.
func TestCOMDATLaterOwner(t *testing.T) {
	b := newBench(t, nil)
	first := b.load(grouped("a.o", grpCOMDAT))
	w := grouped("more.o", grpCOMDAT) // the group is kept for what only it defines
	w.global("more", groupedFunc, 12)
	more := b.load(w)
	second := b.load(grouped("b.o", grpCOMDAT))
	b.finalize()
	b.remove(first)
	if got := b.winner("thunk"); got != "more.o" {
		t.Errorf("thunk is in %s", got)
	}
	third := b.load(grouped("c.o", grpCOMDAT))
	b.finalize()
	b.remove(more)
	if got := b.addr("thunk"); b.mm.read(got, 1) == nil {
		t.Errorf("thunk is at %#x, where nothing is", got)
	}
	b.remove(third)
	if a, ok := b.SymbolLoadAddress("thunk"); ok {
		t.Errorf("thunk is at %v, which is nobody's: its object is %v", a, more.State())
	}
	b.remove(second)
}

// TestCOMDATReliedAgain: an owner that was overridden for a while is relied on as before.
func TestCOMDATReliedAgain(t *testing.T) {
	b := newBench(t, nil)
	first, second := b.load(grouped("a.o", grpCOMDAT)), b.load(grouped("b.o", grpCOMDAT))
	thunk := b.addr("thunk")
	b.remove(b.load(defining("strong.o", "thunk", elf.STB_GLOBAL)))
	b.remove(first)
	b.finalize()
	b.pointsTo(second, thunk)
	if got := b.addr("thunk"); got != thunk {
		t.Errorf("thunk is at %#x, was at %#x", got, thunk)
	}
}

// TestCOMDATInside: what refers to the inside of a dropped section is led into the other copy only if that is the same.
func TestCOMDATInside(t *testing.T) {
	for name, change := range map[string]func(w *elfWriter){
		"content": func(w *elfWriter) { w.sec(groupedFunc).data[15] = 1 },
		"size":    func(w *elfWriter) { w.sec(groupedFunc).data = make([]byte, 20) },
		"offset":  func(w *elfWriter) { w.syms[2].value = 5 },
	} {
		b := newBench(t, nil)
		first := b.load(grouped("a.o", grpCOMDAT))
		w := grouped("b.o", grpCOMDAT)
		change(w)
		var object *ObjectError
		if _, err := b.LoadObject(w.parse(t)); !errors.As(err, &object) || !errors.Is(err, ErrUnsupportedSymbol) || !strings.Contains(err.Error(), ".text.thunk") {
			t.Errorf("%s: %v", name, err)
		}
		w.sec(groupedData).relocs = w.sec(groupedData).relocs[:1] // by the name, all is well
		b.remove(b.load(w))
		b.remove(first)
		if n := b.mm.count(); n != 0 || b.NumSymbols() != 0 {
			t.Errorf("%s: %d allocations and %d names are left", name, n, b.NumSymbols())
		}
	}
}

// TestCOMDATInsideOverridden: when another definition takes the place of the copy that it was led into, that is an error, too.
func TestCOMDATInsideOverridden(t *testing.T) {
	b := newBench(t, nil)
	b.load(grouped("a.o", grpCOMDAT))
	second := b.load(grouped("b.o", grpCOMDAT))
	strong := b.load(defining("strong.o", "thunk", elf.STB_GLOBAL))
	var object *ObjectError
	if err := b.ResolveRelocations(); !errors.As(err, &object) || object.Object != "b.o" {
		t.Errorf("%v", err)
	}
	b.remove(strong)
	b.finalize()
	b.pointsTo(second, b.addr("thunk"))
}

// TestCOMDATConcurrently: objects with one group between them are loaded, linked and removed by several goroutines at a time. All are linked right, and nothing is left.
func TestCOMDATConcurrently(t *testing.T) {
	b := newBench(t, nil)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 100 {
				o, err := b.LoadObject(grouped(fmt.Sprintf("%d.%d.o", g, i), grpCOMDAT).parse(t))
				if err != nil {
					t.Error(err)
					return
				}
				if i%3 > 0 {
					if _, err := b.Finalize(); err != nil {
						t.Error(err)
					}
					at, _ := o.SectionLoadAddress(groupedData)
					thunk, start := b.word64(uint64(at)), b.word64(uint64(at)+8)
					own, kept := o.SectionLoadAddress(groupedFunc)
					if kept && start != uint64(own) || !kept && start != thunk-4 || b.mm.read(thunk, 12) == nil || b.mm.read(start, 16) == nil {
						t.Errorf("thunk is linked as %#x, its section as %#x, and was kept: %v", thunk, start, kept)
					}
				}
				if err := b.Remove(o); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.finalize()
	if n := b.mm.count(); n != 0 || b.NumSymbols() != 0 {
		t.Errorf("%d allocations and %d names are left", n, b.NumSymbols())
	}
}

// TestCOMDATOverridden: a strong definition outside of groups is in force from when it is loaded on, and groups that come later are not dropped for it.
func TestCOMDATOverridden(t *testing.T) {
	b := newBench(t, nil)
	first := b.load(grouped("a.o", grpCOMDAT))
	strong := b.load(defining("strong.o", "thunk", elf.STB_GLOBAL))
	later := b.load(grouped("b.o", grpCOMDAT))
	b.finalize()
	if got := b.winner("thunk"); got != "strong.o" {
		t.Errorf("thunk is in %s", got)
	}
	if !b.hasSection(first, groupedFunc) || !b.hasSection(later, groupedFunc) {
		t.Error("a group was dropped for a definition that is in none")
	}
	b.remove(strong)
	if got := b.winner("thunk"); got != "a.o" {
		t.Errorf("then thunk is in %s, want the oldest copy", got)
	}
}

// TestCOMDATFailedLoad: a load that fails lets go of what its groups were dropped for.
func TestCOMDATFailedLoad(t *testing.T) {
	b := newBench(t, nil)
	first := b.load(grouped("a.o", grpCOMDAT))
	b.finalize()
	b.mm.fail = func(step string) error { return errInjected }
	if _, err := b.LoadObject(grouped("b.o", grpCOMDAT).parse(t)); !errors.Is(err, errInjected) {
		t.Error(err)
	}
	b.mm.fail = nil
	b.remove(first)
	if n := len(b.mm.live); n != 0 || b.NumSymbols() != 0 {
		t.Errorf("%d allocations and %d names are left", n, b.NumSymbols())
	}
}

// TestMalformedGroup: groups that are none are errors of the object.
func TestMalformedGroup(t *testing.T) {
	for name, content := range map[string][]byte{
		"empty":         {},
		"odd":           {1, 0, 0, 0, 1},
		"outside":       {1, 0, 0, 0, 99, 0, 0, 0},
		"twice":         {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0},
		"too many, all": make([]byte, 4096),
	} {
		w := grouped(name, grpCOMDAT)
		w.sec(groupedGroup).data = content
		b := newBench(t, nil)
		var format *objimage.FormatError
		if _, err := b.LoadObject(w.parse(t)); !errors.As(err, &format) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLinkOrderFollows: a section that is ordered by a dropped one (SHF_LINK_ORDER) is dropped with it.
func TestLinkOrderFollows(t *testing.T) {
	b := newBench(t, nil)
	var list []*Object
	for _, name := range []string{"a.o", "b.o"} {
		w := grouped(name, grpCOMDAT)
		n := w.section("__notes", elf.SHF_ALLOC|elf.SHF_LINK_ORDER, make([]byte, 8))
		w.sec(n).link = groupedFunc
		list = append(list, b.load(w))
		if b.hasSection(list[len(list)-1], n) != (len(list) == 1) {
			t.Errorf("%s: the notes of its function are wrong", name)
		}
	}
}

// TestCOMDATFrames: every unwind table forgets what was dropped, if an object has several.
func TestCOMDATFrames(t *testing.T) {
	b := newBench(t, nil)
	b.load(grouped("a.o", grpCOMDAT))
	w := grouped("b.o", grpCOMDAT)
	more := w.section(".eh_frame", elf.SHF_ALLOC, []byte{1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3})
	w.reloc(more, 4, elf.R_X86_64_PC32, 1, 0)
	second := b.load(w)
	b.finalize()
	for _, section := range []int{groupedFrames, more} {
		at, _ := second.SectionLoadAddress(section)
		if got := b.word32(uint64(at) + 4); got != 0 {
			t.Errorf("table %d has %#x for what was dropped", section, got)
		}
	}
}

// TestCOMDATIndirect: where a dropped section is can be told from an indirect function in it, whose address is that of a stub somewhere else.
func TestCOMDATIndirect(t *testing.T) {
	b := newBench(t, nil)
	b.SetHooks(Hooks{Finalizing: func(_ []*Object, protect func() error) error { return protect() }})
	var list []*Object
	for _, name := range []string{"a.o", "b.o"} {
		w := grouped(name, grpCOMDAT)
		w.syms[2].typ = elf.STT_GNU_IFUNC
		list = append(list, b.load(w))
	}
	b.finalize()
	start, _ := list[0].SectionLoadAddress(groupedFunc)
	at, _ := list[1].SectionLoadAddress(groupedData)
	if got := b.word64(uint64(at)); got != b.addr("thunk") {
		t.Errorf("thunk is taken to be at %#x, and is at %#x", got, b.addr("thunk"))
	}
	if got := b.word64(uint64(at) + 8); got != uint64(start) {
		t.Errorf("the section is taken to be at %#x, and is at %#x", got, start)
	}
}

// TestCOMDATOwnerUndefined: what the group of a removed object needs, others need who rely on the group, even if nothing of their own refers to it. What
// else the removed object needed nobody does.
func TestCOMDATOwnerUndefined(t *testing.T) {
	for _, inGroup := range []bool{false, true} {
		b := newBench(t, nil)
		callee := b.load(defining("callee.o", "callee", elf.STB_GLOBAL))
		w := grouped("a.o", grpCOMDAT)
		section := groupedData
		if inGroup {
			section = groupedFunc
		}
		w.reloc(section, 8, elf.R_X86_64_64, w.undefined("callee"), 0)
		first, second := b.load(w), b.load(grouped("b.o", grpCOMDAT))
		b.remove(callee, first)
		_, err := b.Finalize()
		undefined := new(UndefinedError)
		if inGroup != errors.As(err, &undefined) || !inGroup && err != nil {
			t.Errorf("in the group: %v: %v", inGroup, err)
		}
		if inGroup && (len(undefined.Symbols) != 1 || undefined.Symbols[0].Name != "callee" || !strings.HasPrefix(undefined.Symbols[0].Refs[0], "a.o:(.text.thunk")) {
			t.Errorf("%v", err)
		}
		callee = b.load(defining("callee.o", "callee", elf.STB_GLOBAL))
		b.finalize()
		if inGroup {
			at, _ := first.SectionLoadAddress(groupedFunc)
			if got := b.word64(uint64(at) + 8); got != b.addr("callee") {
				t.Errorf("callee is taken to be at %#x, and is at %#x", got, b.addr("callee"))
			}
		}
		b.remove(second, callee)
		if n := b.mm.count(); n != 0 || b.NumSymbols() != 0 {
			t.Errorf("%d allocations and %d names are left", n, b.NumSymbols())
		}
	}
}

// TestCOMDATComesBack: a strong definition outside of groups takes the name from a group's on which others rely, while it is there. Then that has the name again, whether its
// object was removed before, or meanwhile, or is there still; but not if nobody relies on it any more.
func TestCOMDATComesBack(t *testing.T) {
	for _, removed := range []string{"before", "meanwhile", "never", "with its user"} {
		b := newBench(t, nil)
		first, second := b.load(grouped("a.o", grpCOMDAT)), b.load(grouped("b.o", grpCOMDAT))
		b.finalize()
		thunk := b.addr("thunk")
		if removed == "before" {
			b.remove(first)
		}
		strong := b.load(defining("strong.o", "thunk", elf.STB_GLOBAL))
		if got := b.winner("thunk"); got != "strong.o" {
			t.Errorf("thunk is in %s", got)
		}
		switch removed {
		case "meanwhile":
			b.remove(first)
		case "with its user":
			b.remove(first, second)
		}
		b.remove(strong)
		got, ok := b.FinalizedAddress("thunk")
		if removed == "with its user" {
			if ok || b.mm.count() != 0 || b.NumSymbols() != 0 || len(b.ceded) != 0 {
				t.Errorf("thunk is at %#x, %v; %d allocations, %d symbols and %d ceded definitions are left", got, ok, b.mm.count(), b.NumSymbols(), len(b.ceded))
			}
			continue
		}
		if !ok || uint64(got) != thunk {
			t.Errorf("removed %s: thunk is at %#x, %v, want %#x", removed, got, ok, thunk)
		}
		third := b.load(grouped("c.o", grpCOMDAT))
		b.finalize()
		b.pointsTo(third, thunk)
		if b.hasSection(third, groupedFunc) {
			t.Errorf("removed %s: a third copy is kept", removed)
		}
		b.remove(b.Objects()...)
		if b.mm.count() != 0 || b.NumSymbols() != 0 || len(b.ceded) != 0 {
			t.Errorf("removed %s: %d allocations, %d symbols and %d ceded definitions are left", removed, b.mm.count(), b.NumSymbols(), len(b.ceded))
		}
	}
}

// TestCOMDATComesBackMoved: a definition that has the name again is where its section has been moved meanwhile.
func TestCOMDATComesBackMoved(t *testing.T) {
	b := newBench(t, nil)
	first := b.load(grouped("a.o", grpCOMDAT))
	b.load(grouped("b.o", grpCOMDAT)) // which relies on it
	b.finalize()
	strong := b.load(defining("strong.o", "thunk", elf.STB_GLOBAL))
	if err := b.Reopen(first); err != nil {
		t.Fatal(err)
	}
	if err := b.MapSectionAddress(first, groupedFunc, 0x40_0000); err != nil {
		t.Fatal(err)
	}
	b.addr("thunk") // whatever has moved is settled
	b.remove(strong)
	if got := b.addr("thunk"); got != 0x40_0004 {
		t.Errorf("thunk is at %#x", got)
	}
}
