package runtimedyld

import (
	"encoding/binary"
	"math/bits"

	"github.com/gomcjit/gomcjit/objimage"
)

// What LoongArch sections shrink by: padding, and calls of the medium model within a section, which become bl or b. Other relaxations depend on where other sections
// are: see riscv_cuts.go.

// loongarchPlan notes that the sections of the object may shrink.
func loongarchPlan(p *plan, _ *howto, r *objimage.Reloc, target int) {
	if !p.shrinks && r.Type != loongarchAlign {
		_, p.shrinks = p.localTarget(r, uint32(target))
		return
	}
	p.shrinks = true
}

func loongarchElastic(p *plan, r *objimage.Reloc, section uint32, e *elastic) (ok bool) {
	switch {
	case r.Type != loongarchAlign:
		e.size = 8
		e.target, ok = p.localTarget(r, section)
		return ok
	case r.Sym == 0: // by as many bytes as may be needed: the alignment but for an instruction
		e.size = uint64(r.Addend)
		e.align = 1 << bits.Len64(e.size+3)
	default: // log2 of the alignment, and above it the bytes that may be needed at most
		e.align = 1 << min(uint64(r.Addend)&0xff, 40)
		e.size, e.most = max(e.align, 4)-4, uint64(r.Addend)>>8
	}
	return true
}

func loongarchShorter(_ *plan, e *elastic, file []byte, distance uint64) (typ uint32, size uint64) {
	if loongarchB26.fits(distance) && isLoongarchCall36(binary.LittleEndian.Uint32(file), binary.LittleEndian.Uint32(file[4:])) {
		return loongarchB26Type, 4
	}
	return e.typ, e.keep
}

// loongarchMend writes the instruction that is left of a call. What is left of padding are nops, as it was.
func loongarchMend(b, file []byte, c *cut) {
	if c.typ != loongarchB26Type {
		return
	}
	op := uint32(loongarchB)
	if binary.LittleEndian.Uint32(file[4:])&31 == loongarchRA {
		op = loongarchBl
	}
	binary.LittleEndian.PutUint32(b, op)
}
