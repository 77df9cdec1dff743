package runtimedyld

import (
	"bytes"
	"encoding/binary"

	"github.com/gomcjit/gomcjit/objimage"
)

// Landing pads. Processors can be told to take indirect branches to certain instructions only: BTI on AArch64, ENDBR on x86. A stub is the target of one where
// its address is taken, as that of an indirect function is. Objects whose code has such instructions everywhere say so in .note.gnu.property ("Linux Extensions
// to gABI", 2.1.7 "Program Property"; aaelf64, 6.2; x86-64 psABI, 4.3.2).

const (
	propertyName = ".note.gnu.property"
	noteProperty = 5 // NT_GNU_PROPERTY_TYPE_0
)

// asksLanding says whether a section of notes has the property that asks for landing pads.
func asksLanding(img *objimage.Object, a *arch, s *objimage.Section) bool {
	if a.landing == "" || string(img.NameOf(s)) != propertyName {
		return false
	}
	order, word := img.ByteOrder(), img.Bits()/8
	for b := img.SectionData(s.Index); len(b) >= 16; {
		size := uint64(order.Uint32(b[4:]))
		if order.Uint32(b) != 4 || order.Uint32(b[8:]) != noteProperty || !bytes.Equal(b[12:16], []byte("GNU\x00")) || size > uint64(len(b)-16) {
			return false
		}
		if hasProperty(b[16:16+size], order, word, a.landingProperty) {
			return true
		}
		b = b[min(alignUp(16+size, uint64(word)), uint64(len(b))):]
	}
	return false
}

// hasProperty says whether a list of properties has one whose first bit is set.
func hasProperty(b []byte, order binary.ByteOrder, word int, property uint32) bool {
	for len(b) >= 8 {
		size := uint64(order.Uint32(b[4:]))
		if size > uint64(len(b)-8) {
			return false
		}
		if order.Uint32(b) == property && size >= 4 {
			return order.Uint32(b[8:])&1 != 0
		}
		b = b[min(alignUp(8+size, uint64(word)), uint64(len(b))):]
	}
	return false
}

// stubStep returns how many bytes a stub takes, with a landing pad or without.
func (a *arch) stubStep(landing bool) uint64 {
	if landing {
		return a.stubSize + uint64(len(a.landing))
	}
	return a.stubSize
}

func (o *Object) stubStep() uint64 { return o.arch.stubStep(o.landing) }

// writeStub writes a stub, and reports whether what it needs is in reach.
func (f *fixer) writeStub(b []byte, at, slot, target uint64) bool {
	n := 0
	if f.o.landing {
		n = copy(b, f.o.arch.landing)
	}
	return f.o.arch.stub(f, b[n:], at+uint64(n), slot, target)
}
