package objimage

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"encoding/binary"
	"fmt"
	"math"
)

// Mach-O, as compilers for Apple's systems emit it: one segment without a name with all sections, of which each says to which segment it goes; sections have addresses, from 0
// on, and what is stored at places that are to be relocated counts by them.
//
// "OS X ABI Mach-O File Format Reference"; <mach-o/loader.h>, <mach-o/nlist.h>, <mach-o/reloc.h> and the headers of the architectures beside the last.

// Section types and attributes: section.flags in <mach-o/loader.h>.
const (
	machoTypeMask             = 0xff
	machoZeroFill             = 0x1
	machoCStrings             = 0x2
	machoNonLazyPointers      = 0x6
	machoLazyPointers         = 0x7
	machoSymbolStubs          = 0x8
	machoInitPointers         = 0x9
	machoTermPointers         = 0xa
	machoGBZeroFill           = 0xc
	machoThreadRegular        = 0x11
	machoThreadZeroFill       = 0x12
	machoThreadVariables      = 0x13
	machoThreadPointers       = 0x14
	machoPureInstructions     = 0x80000000
	machoDebug                = 0x02000000
	machoSomeInstructions     = 0x400
	machoSubsectionsBySymbols = 0x2000 // in the header's flags: MH_SUBSECTIONS_VIA_SYMBOLS
)

// A machoReader is what parseMachO knows while it decodes a file.
type machoReader struct {
	o        *Object
	d        *decoded
	data     []byte
	word     int
	flags    uint32 // of the header
	names    []byte // of sections
	sections []machoSection
	symtab   machoSymtab
	dysymtab machoDysymtab
	numbers  []uint32 // by number in the file: the symbol's number here, or that of none
	own      []uint32 // by section: the number of its symbol
	frames   int      // section of the unwind table; 0 if there is none
	compact  int      // section of compact unwind; 0 if there is none

	byAddress map[uint64]uint32 // symbols by their addresses in the file; nil until somebody asks
	functions map[uint64]uint32 // functions so

	definitions map[string]uint32 // by name in the file: number in the file of what a section has; nil until somebody asks
	aliases     []machoAlias      // of what the object does not define
	aliasBytes  int               // how many more bytes of names are looked up there

	indirect uint64 // entries of the table of indirect symbols that sections have so far

	fileSections int        // how many of sections, the empty one included, are no atoms but what symbols and relocations count
	atoms        bool       // sections are to be taken apart
	ambiguous    bool       // that cannot be done
	pieces       [][]uint32 // by section of the file: its atoms, if it was taken apart
}

// A machoSection is what only the reader has to know of a section.
type machoSection struct {
	segment, name string
	reloff        uint32
	nreloc        uint32
	reserved1     uint32
	reserved2     uint32
	size          uint64 // of the whole section of the file, of an atom, too
	threads       bool   // of descriptors of thread-local variables
}

var (
	machoLayout64 = layout{order: binary.LittleEndian, word: 8}
	machoLayout32 = layout{order: binary.LittleEndian, word: 4}
)

// parseMachO is Parse for little-endian Mach-O, which all of its architectures but PowerPC are.
func parseMachO(b *Buffer) (*Object, error) {
	return newMachOReader(b).read()
}

func newMachOReader(b *Buffer) *machoReader {
	r := &machoReader{data: b.data, word: 4, d: &decoded{format: MachO}}
	layout := &machoLayout32
	if binary.LittleEndian.Uint32(b.data) == macho.Magic64 {
		r.word, layout = 8, &machoLayout64
	}
	r.o = &Object{buf: b, layout: layout, shnames: emptyStrings, strs: emptyStrings}
	return r
}

func (r *machoReader) read() (*Object, error) {
	if err := checkDecodable(r.o.buf); err != nil {
		return nil, err
	}
	for _, step := range []func() error{r.readHeader, r.split, r.readSymbols, r.readRelocs} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.o, nil
}

func (r *machoReader) u32(off uint64) uint32 { return binary.LittleEndian.Uint32(r.data[off:]) }

func (r *machoReader) uword(off uint64) uint64 { return r.o.layout.uword(r.data[off:]) }

func (r *machoReader) headerSize() uint64 { return uint64(24 + r.word) }

// machoTypes name the file types.
var machoTypes = map[uint32]string{2: "a Mach-O executable", 4: "a Mach-O core dump", 6: "a Mach-O dynamic library", 8: "a Mach-O bundle", 10: "Mach-O debug symbols (dSYM)"}

// readHeader reads header, load commands and sections.
func (r *machoReader) readHeader() error {
	if uint64(len(r.data)) < r.headerSize() {
		return &FormatError{Object: r.o.buf.name, Msg: "Mach-O header is cut off"}
	}
	if typ := r.u32(12); typ != uint32(macho.TypeObj) {
		what := machoTypes[typ]
		if what == "" {
			what = fmt.Sprintf("a Mach-O file of type %d", typ)
		}
		return unsupported(r.o.buf, what)
	}
	r.o.machine = r.u32(4)
	r.o.arch = machoArch(r.o.machine, r.word)
	r.flags = r.u32(24)
	off, end := r.headerSize(), r.headerSize()+uint64(r.u32(20))
	if end > uint64(len(r.data)) {
		return r.o.errorf(0, "load commands of %#x bytes are outside the file of %#x bytes", end-off, len(r.data))
	}
	r.d.sections, r.d.headers = []Section{{Align: 1}}, []uint32{0}
	r.sections = make([]machoSection, 1)
	r.names = []byte{0}
	for range r.u32(16) {
		if end-off < 8 {
			return r.o.errorf(off, "load commands are cut off")
		}
		cmd, size := r.u32(off), uint64(r.u32(off+4))
		if size < 8 || size > end-off || size%4 != 0 {
			return r.o.errorf(off, "load command %#x has a size of %d bytes", cmd, size)
		}
		if err := r.readCommand(cmd, off, size); err != nil {
			return err
		}
		off += size
	}
	r.findFrames()
	r.fileSections = len(r.sections)
	if len(r.names) > 1 {
		r.o.shnames = r.names
	}
	return nil
}

// findFrames finds the unwind tables. If there is only a compact one, a section is made for what is made of it.
func (r *machoReader) findFrames() {
	r.frames, r.compact = r.sectionNamed("__TEXT", "__eh_frame"), r.sectionNamed("__LD", "__compact_unwind")
	if r.compact == 0 || r.frames != 0 || r.o.arch != ArchX86_64 && r.o.arch != ArchAArch64 {
		return
	}
	r.frames = len(r.sections)
	r.d.sections = append(r.d.sections, Section{
		Index: r.frames, Name: uint32(len(r.names)), Type: uint32(elf.SHT_PROGBITS), Flags: SectionAlloc, Offset: uint64(len(r.data)), Align: 8,
	})
	r.names = append(append(r.names, "__eh_frame"...), 0)
	r.sections, r.d.headers = append(r.sections, machoSection{segment: "__TEXT", name: "__eh_frame"}), append(r.d.headers, 0)
}

// machoArch returns what cputype means. arm64_32, which has addresses of 32 bits, is none of them.
func machoArch(cpu uint32, word int) Arch {
	switch {
	case macho.Cpu(cpu) == macho.CpuAmd64 && word == 8:
		return ArchX86_64
	case macho.Cpu(cpu) == macho.Cpu386 && word == 4:
		return ArchI386
	case macho.Cpu(cpu) == macho.CpuArm64 && word == 8:
		return ArchAArch64
	case macho.Cpu(cpu) == macho.CpuArm && word == 4:
		return ArchARM
	}
	return ArchUnknown
}

const machoDysymtabCmd = 0xb

func (r *machoReader) readCommand(cmd uint32, off, size uint64) error {
	switch {
	case macho.LoadCmd(cmd) == macho.LoadCmdSegment64 && r.word == 8, macho.LoadCmd(cmd) == macho.LoadCmdSegment && r.word == 4:
		return r.readSegment(off, size)
	case macho.LoadCmd(cmd) == macho.LoadCmdSymtab && size >= 24:
		return r.noteSymtab(off)
	case cmd == machoDysymtabCmd && size >= 80:
		r.dysymtab = machoDysymtab{indirect: r.u32(off + 56), num: r.u32(off + 60)}
	}
	return nil
}

// readSegment reads the section headers of a segment.
func (r *machoReader) readSegment(off, size uint64) error {
	head, each := uint64(40+4*r.word), uint64(48+4*r.word)
	if r.word == 4 {
		each = 68
	}
	if size < head {
		return r.o.errorf(off, "segment command has a size of %d bytes", size)
	}
	num := uint64(r.u32(off + head - 8))
	if num > (size-head)/each {
		return r.o.errorf(off, "%d section headers do not fit in a segment command of %d bytes", num, size)
	}
	for i := range num {
		if err := r.readSection(off + head + i*each); err != nil {
			return err
		}
	}
	return nil
}

// readSection reads a section header.
func (r *machoReader) readSection(at uint64) error {
	if len(r.sections) > maxMachOSections {
		return r.o.errorf(at, "more than %d sections", maxMachOSections)
	}
	m := machoSection{name: fixedString(r.data[at : at+16]), segment: fixedString(r.data[at+16 : at+32])}
	addr, size := r.uword(at+32), r.uword(at+32+uint64(r.word))
	rest := at + 32 + 2*uint64(r.word)
	offset, align, flags := r.u32(rest), r.u32(rest+4), r.u32(rest+16)
	m.reloff, m.nreloc, m.reserved1, m.reserved2 = r.u32(rest+8), r.u32(rest+12), r.u32(rest+20), r.u32(rest+24)
	m.threads, m.size = flags&machoTypeMask == machoThreadVariables, size
	s := Section{Index: len(r.d.sections), Name: uint32(len(r.names)), RawFlags: uint64(flags), Addr: addr, Offset: uint64(offset), Size: size}
	r.names = append(append(r.names, m.name...), 0)
	r.d.sections, r.sections, r.d.headers = append(r.d.sections, s), append(r.sections, m), append(r.d.headers, uint32(at))
	p := &r.d.sections[s.Index]
	p.Type, p.Flags = uint32(elf.SHT_PROGBITS), m.flags(flags)
	if flags&machoNoDeadStrip != 0 || r.flags&machoSubsectionsBySymbols == 0 {
		p.Flags |= SectionRetain
	}
	if align >= maxMachOAlign {
		return r.sectionError(s.Index, "alignment 2^%d", align)
	}
	p.Align = 1 << align
	if p.Flags&SectionZeroFill != 0 {
		p.Type, p.Offset = uint32(elf.SHT_NOBITS), 0
	} else if !r.o.inFile(p.Offset, size) {
		return r.sectionError(s.Index, "%#x bytes at %#x are outside the file of %#x bytes", size, offset, len(r.data))
	}
	if addr > math.MaxUint64-size {
		return r.sectionError(s.Index, "%#x bytes at address %#x do not fit an address space", size, addr)
	}
	return nil
}

const (
	maxMachOAlign    = 32
	maxMachOSections = 255 // MAX_SECT in <mach-o/nlist.h>: symbols have one byte for it
)

// fixedString returns a name from a field that ends in NULs if it is not full.
func fixedString(field []byte) string {
	name, _, _ := bytes.Cut(field, []byte{0})
	return string(name)
}

// flags says what a section is.
func (m *machoSection) flags(raw uint32) (f SectionFlags) {
	if raw&machoDebug != 0 || m.segment == "__DWARF" || m.segment == "__LD" || m.segment == "__LLVM" {
		return 0
	}
	f = SectionAlloc
	if raw&(machoPureInstructions|machoSomeInstructions) != 0 {
		f |= SectionExec
	} else if m.segment != "__TEXT" {
		f |= SectionWrite
	}
	switch raw & machoTypeMask {
	case machoZeroFill, machoGBZeroFill:
		f |= SectionZeroFill
	case machoThreadRegular:
		f |= SectionTLS
	case machoThreadZeroFill:
		f |= SectionTLS | SectionZeroFill
	case machoCStrings:
		f |= SectionStrings
	}
	return f
}

func (r *machoReader) sectionError(i int, format string, args ...any) *FormatError {
	return &FormatError{
		Object:  r.o.buf.name,
		Offset:  uint64(r.d.headers[i]),
		Section: fmt.Sprintf("[%d] %s,%s", i, r.sections[i].segment, r.sections[i].name),
		Msg:     fmt.Sprintf(format, args...),
	}
}
