package rtdyld

import (
	"slices"

	"github.com/gomcjit/gomcjit/internal/rtdyld/llvmstubs"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
	"github.com/gomcjit/gomcjit/runtimedyld/checker"
)

// addStubs gives the inputs the stubs that LLVM's RuntimeDyld would make for them.
func (l *linked) addStubs() error {
	defined := map[string]bool{}
	for _, in := range l.inputs {
		result, err := llvmstubs.Add(in.bare, func(name string) bool { return defined[name] })
		if err != nil {
			return err
		}
		in.img, in.requests, in.noGOT, in.pages = result.Object, llvmstubs.Requests(in.plain), result.NoGOT, result.Pages
		l.stubs = append(l.stubs, result.Stubs)
		l.strange = l.strange || result.Requests == nil
		syms, err := symbolsOf(in.img)
		if err != nil {
			return err
		}
		for _, y := range syms[in.img.FirstGlobal():] {
			if y.Place != objimage.PlaceUndefined {
				defined[string(in.img.SymbolName(&y))] = true
			}
		}
	}
	return nil
}

// finishStubs writes what stubs have for instructions, and GOT entries for pages, now that addresses are known.
func (l *linked) finishStubs() {
	for i, in := range l.inputs {
		l.finishPages(i, in.pages)
	}
	for i, stubs := range l.stubs {
		for k := range stubs {
			if b := l.blockOf(i, stubs[k].Section); b != nil {
				stubs[k].Finish(b.section.Mem)
			}
		}
	}
}

// finishPages makes the addresses of symbols in an input's GOT those of pages.
func (l *linked) finishPages(input int, pages []llvmstubs.Page) {
	b := l.blockOf(input, runtimedyld.SectionGOT)
	if b == nil || len(pages) == 0 {
		return
	}
	img := l.inputs[input].img
	of := make(map[int]*llvmstubs.Page, len(pages)) // by symbol, each of which has one
	for i := range pages {
		of[int(pages[i].Symbol)] = &pages[i]
	}
	for _, e := range l.objects[input].GOTEntries() {
		p := of[e.Symbol]
		if p == nil || e.Behind != 0 {
			continue
		}
		if entry := b.section.Mem[e.Offset:]; img.Bits() == 64 {
			img.ByteOrder().PutUint64(entry, p.Of(img.ByteOrder().Uint64(entry)))
		} else {
			img.ByteOrder().PutUint32(entry, uint32(p.Of(uint64(img.ByteOrder().Uint32(entry)))))
		}
	}
}

// stub returns the stub that was added to a section for a symbol; false if there is none.
func (f *facts) stub(b *block, input int, syms []objimage.Symbol, symbol string) (place checker.Place, ok bool) {
	if f.stubs == nil {
		return place, false
	}
	img := f.inputs[input].img
	at, known := f.places[symbol]
	exact := false
	for _, s := range f.stubs[input] {
		if s.Section != b.section.Index {
			continue
		}
		y := &syms[s.Symbol]
		named := s.Behind == 0 && fileName(img, y) == symbol
		start, here := f.placeOf(input, y)
		if named || !exact && known && here && start.Addr+uint64(s.Behind) == at.Addr {
			place, ok, exact = f.placeIn(b, s.Offset), true, named
		}
	}
	return place, ok
}

// hasStubs says whether any were added to a section.
func (f *facts) hasStubs(input int, b *block) bool {
	return f.stubs != nil && slices.ContainsFunc(f.stubs[input], func(s llvmstubs.Stub) bool { return s.Section == b.section.Index })
}
