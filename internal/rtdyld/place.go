package rtdyld

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/llvmcl"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// place gives all sections their addresses in the target: those of -map-section, and for the others the first room between -target-addr-start and
// -target-addr-end, code first. What the linker made for code of -map-section is near it; if near is set, everything else of the same input, too.
func (l *linked) place(o *Options, near bool) error {
	l.space = space{start: o.AddrStart, end: o.AddrEnd, gap: o.Separation}
	if l.space.end == 0 {
		l.space.end = math.MaxUint64
		if slices.ContainsFunc(l.inputs, func(in *input) bool { return in.img.Bits() == 32 }) {
			l.space.end = math.MaxUint32
		}
	}
	mapped := map[*block]bool{}
	for _, spec := range o.Sections {
		if err := l.mapSection(spec, mapped); err != nil {
			return err
		}
	}
	code := mappedCode(mapped)
	for _, b := range l.memory.blocks {
		if l.inputOf(b) == nil { // a common, if it is not the first time
			l.space.add(uint64(b.section.Addr), pages(b.section.Size))
		}
	}
	for _, b := range l.unmapped(mapped) {
		beside := code[b.module]
		if b.section.Index > 0 && !near {
			beside = nil
		}
		addr, err := l.space.takeNear(b.name, &b.section, beside)
		if err != nil {
			return err
		}
		if err := l.move(b, addr); err != nil {
			return err
		}
	}
	l.memory.space = &l.space
	return nil
}

// mappedCode returns where each input's first code is, by rank, that -map-section has placed.
func mappedCode(mapped map[*block]bool) map[uint64]*span {
	first, spans := map[uint64]*block{}, map[uint64]*span{}
	for b := range mapped {
		if f := first[b.module]; b.section.Kind == memmgr.Code && (f == nil || b.rank < f.rank) {
			first[b.module] = b
			spans[b.module] = &span{uint64(b.section.Addr), pages(b.section.Size)}
		}
	}
	return spans
}

// unmapped returns the sections that have no address yet in the order in which they get them: code, data, and what the linker made, which LLVM has elsewhere and
// must not move the others; each in the order of the inputs.
func (l *linked) unmapped(mapped map[*block]bool) []*block {
	var list []*block
	for _, b := range l.memory.blocks {
		if in := l.inputOf(b); in != nil && !mapped[b] && in.isPlaced(b.section.Index) {
			list = append(list, b)
		}
	}
	class := func(b *block) int {
		switch {
		case b.section.Index < 0 && b.section.Index != runtimedyld.SectionGOT:
			return 2
		case b.section.Kind == memmgr.Code:
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b *block) int {
		return cmp.Or(cmp.Compare(class(a), class(b)), cmp.Compare(a.module, b.module), cmp.Compare(a.rank, b.rank))
	})
	return list
}

// mapSection does what one -map-section says.
func (l *linked) mapSection(spec string, mapped map[*block]bool) error {
	place, value, ok := strings.Cut(spec, "=")
	file, section, ok2 := strings.Cut(place, ",")
	if !ok || !ok2 {
		return fmt.Errorf("Invalid section specification '%s'. Should be '<file name>,<section name>=<addr>'", spec)
	}
	addr, err := llvmcl.ParseNumber(value)
	if err != nil {
		return fmt.Errorf("Invalid section address in mapping '%s'.", spec)
	}
	b, err := l.find(file, section)
	if err != nil {
		return err
	}
	mapped[b] = true
	l.space.add(addr, pages(b.section.Size))
	return l.move(b, addr)
}

// move gives a section its address in the target.
func (l *linked) move(b *block, addr uint64) error {
	for _, o := range l.objects {
		if o.ID() == b.module {
			b.section.Addr = executor.Addr(addr)
			return l.dyld.MapSectionAddress(o, b.section.Index, b.section.Addr)
		}
	}
	return nil
}
