package rtdyld

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/llvmcl"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A nearness says which sections are behind code of the same input that -map-section places, instead of where there is room.
type nearness int

const (
	nothingNear nearness = iota
	madeNear             // what the linker made
	allNear
)

// place gives all sections their addresses in the target: those of -map-section, and for the others the first room from -target-addr-start on, code first.
func (l *linked) place(o *Options, near nearness) error {
	l.space = space{start: o.AddrStart, gap: o.Separation}
	mapped := map[*block]bool{}
	for _, spec := range o.Sections {
		if err := l.mapSection(spec, mapped); err != nil {
			return err
		}
	}
	for _, in := range l.inputs {
		if b := in.commons; b != nil && b.section.Addr != 0 { // where it is, since this is not the first time
			mapped[b] = true
		}
	}
	for _, b := range l.inOrder(func(b *block) bool { return mapped[b] }) {
		l.space.add(uint64(b.section.Addr), b.request.Size)
	}
	code := mappedCode(mapped)
	isLeft := func(b *block) bool {
		return !mapped[b] && (!b.idle || b.commons != nil || b.section.Index == runtimedyld.SectionGOT) && l.inputOf(b).isPlaced(b.section.Index)
	}
	for _, b := range l.inOrder(isLeft) {
		addr := uint64(0)
		if beside := code[b.module]; beside != nil && (near == allNear || near == madeNear && b.section.Index < 0) {
			addr = l.space.takeBehind(uint64(beside.section.Addr)+pages(beside.request.Size), b.request.Size, b.section.Align)
		} else {
			addr = l.space.take(b.request.Size)
		}
		if err := l.move(b, addr); err != nil {
			return err
		}
	}
	return nil
}

// mappedCode returns each input's first code, by rank, that -map-section has placed.
func mappedCode(mapped map[*block]bool) map[uint64]*block {
	first := map[uint64]*block{}
	for b := range mapped {
		if f := first[b.module]; b.section.Kind == memmgr.Code && (f == nil || b.rank < f.rank) {
			first[b.module] = b
		}
	}
	return first
}

// inOrder returns some sections of inputs in the order in which they get addresses: code, data, and what the linker made, which LLVM has elsewhere and must not move the others; each in the order of the inputs.
func (l *linked) inOrder(want func(b *block) bool) []*block {
	var list []*block
	for _, b := range l.memory.blocks {
		if l.inputOf(b) != nil && want(b) {
			list = append(list, b)
		}
	}
	class := func(b *block) int {
		switch {
		case l.isOurs(b):
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

// isOurs says whether a section is one that the linker made, and that LLVM has not.
func (l *linked) isOurs(b *block) bool {
	if b.section.Index > 0 {
		return l.inputOf(b).isMade(b.section.Index)
	}
	return b.section.Index < 0 && b.commons == nil && (b.section.Index != runtimedyld.SectionGOT || l.inputOf(b).noGOT)
}

// mapSection does what one -map-section says.
func (l *linked) mapSection(spec string, mapped map[*block]bool) error {
	place, value, _ := strings.Cut(spec, "=")
	file, section, ok := strings.Cut(place, ",")
	if !ok {
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
	return l.move(b, addr)
}

// move gives a section its address in the target.
func (l *linked) move(b *block, addr uint64) error {
	for _, o := range l.objects {
		if o.ID() == b.module {
			if b.section.Addr = executor.Addr(addr); b.idle {
				return nil
			}
			return l.dyld.MapSectionAddress(o, b.section.Index, b.section.Addr)
		}
	}
	return nil
}
