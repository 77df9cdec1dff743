package rtdyld

import (
	"math"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// Commons have one block an object in LLVM, allocated with the object's sections. The linker asks for them one by one, when all objects are known: a place is kept for them until then.

const (
	commonsName  = "<common symbols>"
	commonsIndex = math.MinInt // of the block that is kept
)

// survey fills in.commons: the block for those that no input before has, whose names are defined; nil if there are none. And it fills in.passed.
func (in *input) survey(defined map[string]bool) error {
	syms, err := symbolsOf(in.plain)
	b := block{name: commonsName, idle: true, section: memmgr.Section{Index: commonsIndex, Kind: memmgr.RWData}, commons: map[string]uint64{}}
	in.passed = make([]bool, len(syms))
	for i := range syms {
		y := &syms[i]
		name := string(in.plain.SymbolName(y))
		if s := &b.section; y.Place == objimage.PlaceCommon && !defined[name] {
			if len(b.commons) == 0 {
				s.Align = y.Value // LLVM asks for that of the first one
			}
			b.commons[name] = alignUp(s.Size, y.Value)
			s.Size = b.commons[name] + y.Size
		}
		if in.passed[i] = y.Binding == objimage.BindWeak && defined[name]; y.Binding != objimage.BindLocal && y.Place != objimage.PlaceUndefined {
			defined[name] = true
		}
	}
	if in.commons = nil; len(b.commons) > 0 {
		in.commons = &b
	}
	return err
}

// commonAt returns the address that is kept for a common; false if none is.
func (m *Memory) commonAt(name string) (uint64, bool) {
	for _, b := range m.blocks {
		if b.section.Index != commonsIndex {
			continue
		}
		if off, ok := b.commons[name]; ok {
			return uint64(b.section.Addr) + off, true
		}
	}
	return 0, false
}

// isCommons says whether sections are the storage of commons, which are of no file: those of files have numbers from 1 on.
func isCommons(secs []memmgr.Section) bool { return len(secs) > 0 && secs[0].Index == 0 }
