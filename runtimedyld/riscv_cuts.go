package runtimedyld

import (
	"encoding/binary"
	"math/bits"

	"github.com/gomcjit/gomcjit/objimage"
)

// What RISC-V sections shrink by: padding, which psABI 8.8 demands, and of what it allows calls within a section, which become jal, or c.j and c.jal. Other relaxations depend on
// where other sections, gp or the thread's block are, which may change until the object is finalized, and would make nothing shorter that could be moved together then.

// riscvPlan notes that the sections of the object may shrink.
func riscvPlan(p *plan, _ *howto, r *objimage.Reloc, target int) {
	if !p.shrinks && r.Type != riscvAlign {
		_, p.shrinks = p.localTarget(r, uint32(target))
		return
	}
	p.shrinks = true
}

func riscvElastic(p *plan, r *objimage.Reloc, section uint32, e *elastic) (ok bool) {
	if r.Type == riscvAlign { // by as many bytes as may be needed: the alignment but for the smallest instruction
		e.size = uint64(r.Addend)
		e.align = 1 << bits.Len64(e.size+1)
		return true
	}
	e.size = 8
	e.target, ok = p.localTarget(r, section)
	return ok
}

// riscvShorter knows auipc with jalr: with the same link register, jal and its compressed forms do the same. The register that auipc sets is free afterwards (psABI 8.8.3).
func riscvShorter(p *plan, e *elastic, file []byte, distance uint64) (typ uint32, size uint64) {
	auipc, jalr := binary.LittleEndian.Uint32(file), binary.LittleEndian.Uint32(file[4:])
	if auipc&riscvOpMask != riscvOpAuipc || jalr&riscvOpMask != riscvOpJalr {
		return e.typ, e.keep
	}
	link := jalr >> 7 & 31
	compressed := p.img.ELFFlags()&riscvFlagRVC != 0 && (link == riscvZero || link == riscvRA && p.arch.narrow)
	switch {
	case compressed && riscvJumpFieldRVC.fits(distance):
		return riscvRVCJump, 2
	case riscvJal.fits(distance):
		return riscvJAL, 4
	}
	return e.typ, e.keep
}

// riscvMend writes the instruction that is left of a call, or the nops that are left of padding.
func riscvMend(b, file []byte, c *cut) {
	le := binary.LittleEndian
	switch c.typ {
	case riscvJAL:
		le.PutUint32(b, riscvOpJal|le.Uint32(file[4:])&(31<<7))
	case riscvRVCJump:
		op := uint16(riscvJumpRVC)
		if le.Uint32(file[4:])>>7&31 == riscvRA {
			op = riscvCallRVC
		}
		le.PutUint16(b, op)
	default:
		for ; len(b) >= 4; b = b[4:] {
			le.PutUint32(b, riscvNop)
		}
		if len(b) >= 2 {
			le.PutUint16(b, riscvNopRVC)
		}
	}
}
