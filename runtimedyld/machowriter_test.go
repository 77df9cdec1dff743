package runtimedyld

import (
	"debug/macho"
	"encoding/binary"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// A machoWriter writes a relocatable Mach-O object: one segment, symbols, raw relocations.
type machoWriter struct {
	name     string
	arch     objimage.Arch
	sections []machoWritten
	symbols  []machoSymbol
}

type machoWritten struct {
	segment, name string
	flags         uint32
	data          []byte
	addr          uint64 // as the file says
	relocs        [][2]uint32
}

type machoSymbol struct {
	name      string
	typ, sect byte
	desc      uint16
	value     uint64
}

var machoCPUs = map[objimage.Arch]macho.Cpu{
	objimage.ArchX86_64: macho.CpuAmd64, objimage.ArchAArch64: macho.CpuArm64, objimage.ArchI386: macho.Cpu386, objimage.ArchARM: macho.CpuArm,
}

// machoReloc returns a relocation that is not scattered: of a symbol, or of a section by its number.
func machoReloc(off, sym, typ uint32, extern bool) [2]uint32 {
	w := sym | typ&15<<28 | typ>>4&3<<25 | typ>>6&1<<24
	if extern {
		w |= 1 << 27
	}
	return [2]uint32{off, w}
}

// scattered returns a scattered relocation.
func scattered(off, value, typ uint32) [2]uint32 {
	return [2]uint32{off | typ&15<<24 | typ>>4&3<<28 | typ>>6&1<<30 | 1<<31, value}
}

func (w *machoWriter) bytes() []byte {
	le := binary.LittleEndian
	word := 4
	if machoCPUs[w.arch]&0x1000000 != 0 {
		word = 8
	}
	u32 := func(b []byte, v ...uint32) []byte {
		for _, x := range v {
			b = le.AppendUint32(b, x)
		}
		return b
	}
	uword := func(b []byte, v ...uint64) []byte {
		for _, x := range v {
			if b = le.AppendUint32(b, uint32(x)); word == 8 {
				b = le.AppendUint32(b, uint32(x>>32))
			}
		}
		return b
	}
	fixed := func(b []byte, s string) []byte { return append(append(b, s...), make([]byte, 16-len(s))...) }
	header, segment, section := 24+word, 40+4*word, 48+4*word
	if word == 4 {
		section = 68
	}
	magic, cmd := macho.Magic32, uint32(macho.LoadCmdSegment)
	if word == 8 {
		magic, cmd = macho.Magic64, uint32(macho.LoadCmdSegment64)
	}
	commands := segment + len(w.sections)*section + 24
	off := header + commands
	var contents, relocs []byte
	b := u32(nil, magic, uint32(machoCPUs[w.arch]), 0, uint32(macho.TypeObj), 2, uint32(commands), 0)
	if word == 8 {
		b = u32(b, 0)
	}
	b = u32(b, cmd, uint32(segment+len(w.sections)*section))
	b = fixed(b, "")
	b = uword(b, 0, 1<<20, uint64(off), 1<<20)
	b = u32(b, 7, 7, uint32(len(w.sections)), 0)
	size := 0
	for _, s := range w.sections {
		size += len(s.data)
	}
	for _, s := range w.sections {
		b = uword(fixed(fixed(b, s.name), s.segment), s.addr, uint64(len(s.data)))
		b = u32(b, uint32(off+len(contents)), 0, uint32(off+size+len(relocs)), uint32(len(s.relocs)), s.flags, 0, 0)
		if word == 8 {
			b = u32(b, 0)
		}
		contents = append(contents, s.data...)
		for _, r := range s.relocs {
			relocs = u32(relocs, r[0], r[1])
		}
	}
	symoff := off + len(contents) + len(relocs)
	stroff := symoff + len(w.symbols)*(8+word)
	strs := []byte{0}
	var syms []byte
	for _, y := range w.symbols {
		syms = append(u32(syms, uint32(len(strs))), y.typ, y.sect, byte(y.desc), byte(y.desc>>8))
		syms = uword(syms, y.value)
		strs = append(append(strs, y.name...), 0)
	}
	b = u32(b, uint32(macho.LoadCmdSymtab), 24, uint32(symoff), uint32(len(w.symbols)), uint32(stroff), uint32(len(strs)))
	return append(append(append(append(b, contents...), relocs...), syms...), strs...)
}

func (w *machoWriter) parse(t testing.TB) *objimage.Object { return parseObject(t, w.name, w.bytes()) }
