package objimage

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

const (
	archiveMagic     = "!<arch>\n"
	thinArchiveMagic = "!<thin>\n"
	bigArchiveMagic  = "<bigaf>\n" // AIX
)

// magics are files that people pass by mistake, by what they start with.
var magics = []struct{ start, what string }{
	{elf.ELFMAG, "an ELF file"},
	{archiveMagic, "an archive"},
	{thinArchiveMagic, "a thin archive"},
	{bigArchiveMagic, "an AIX archive"},
	{"BC\xc0\xde", "LLVM bitcode"},
	{"\xde\xc0\x17\x0b", "LLVM bitcode"},
	{"\xfe\xed\xfa\xce", "a Mach-O file of PowerPC"},
	{"\xfe\xed\xfa\xcf", "a Mach-O file of PowerPC"},
	{"\xca\xfe\xba\xbe", "a universal Mach-O file (take a slice: SliceOf; engines do) or a Java class"},
	{"\xca\xfe\xba\xbf", "a universal Mach-O file (take a slice: SliceOf; engines do)"},
	{"\x00asm", "a WebAssembly module"},
	{"MZ", "a PE executable"},
}

// Parse makes an Object of a relocatable file, whose format it finds out by itself: ELF of either class and byte order, Mach-O, or COFF.
//
// The section headers are checked here, all of them: contents and names within the file, alignments powers of two, the shapes of the symbol table
// and of relocation sections. A file of another kind is an error that is ErrUnsupportedFormat and says what the file is. The Object does not own
// b, which has to stay open while it is used. Errors are *FormatError.
func Parse(b *Buffer) (o *Object, err error) {
	if !b.Mapped() {
		return parse(b)
	}
	err = Guard(func() (err error) {
		o, err = parse(b)
		return err
	})
	return o, err
}

func parse(b *Buffer) (*Object, error) {
	switch identify(b.data) {
	case ELF:
		return parseELF(b)
	case MachO:
		return parseMachO(b)
	case COFF:
		return parseCOFF(b)
	}
	return nil, unsupported(b, describe(b.data))
}

// identify returns the format of a file that begins so, or 0 for what is not read.
func identify(data []byte) Format {
	if len(data) < 4 {
		return 0
	}
	switch binary.LittleEndian.Uint32(data) {
	case elfMagic:
		return ELF
	case macho.Magic32, macho.Magic64:
		return MachO
	}
	if isCOFF(data) {
		return COFF
	}
	return 0
}

// elfMagic is elf.ELFMAG as a number.
const elfMagic = 0x7f | 'E'<<8 | 'L'<<16 | 'F'<<24

// describe says what a file is, by what it starts with.
func describe(data []byte) string {
	if len(data) == 0 {
		return "an empty file"
	}
	for _, m := range magics {
		if bytes.HasPrefix(data, []byte(m.start)) {
			return m.what
		}
	}
	if isText(data[:min(len(data), 512)]) {
		return "text"
	}
	return "data of an unknown format"
}

// isText reports whether there are no control characters, and nothing but UTF-8 but for a character cut off at the end.
func isText(data []byte) bool {
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n <= 1 && len(data) >= utf8.UTFMax || r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		data = data[n:]
	}
	return true
}

// describeELFType names a value of e_type that is not ET_REL.
func describeELFType(t uint16) string {
	switch elf.Type(t) {
	case elf.ET_NONE:
		return "an ELF file without a type"
	case elf.ET_EXEC:
		return "an ELF executable"
	case elf.ET_DYN:
		return "an ELF shared object or position-independent executable"
	case elf.ET_CORE:
		return "an ELF core dump"
	}
	return fmt.Sprintf("an ELF file of type %#x", t)
}

// identifyELF returns the layout of an ELF relocatable object whose header is complete, and refuses everything else.
func identifyELF(b *Buffer) (*layout, error) {
	data := b.data
	if len(data) < elf.EI_NIDENT {
		return nil, &FormatError{Object: b.name, Msg: "ELF header is cut off"}
	}
	var l *layout
	switch [2]byte{data[elf.EI_CLASS], data[elf.EI_DATA]} {
	case [2]byte{byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)}:
		l = &elf64le
	case [2]byte{byte(elf.ELFCLASS64), byte(elf.ELFDATA2MSB)}:
		l = &elf64be
	case [2]byte{byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB)}:
		l = &elf32le
	case [2]byte{byte(elf.ELFCLASS32), byte(elf.ELFDATA2MSB)}:
		l = &elf32be
	default:
		return nil, unsupported(b, fmt.Sprintf("ELF of class %d and byte order %d", data[elf.EI_CLASS], data[elf.EI_DATA]))
	}
	if len(data) < l.ehdrSize() {
		return nil, &FormatError{Object: b.name, Msg: "ELF header is cut off"}
	}
	if t := l.u16(data[16:]); t != uint16(elf.ET_REL) {
		return nil, unsupported(b, describeELFType(t))
	}
	if v := data[elf.EI_VERSION]; v != byte(elf.EV_CURRENT) {
		return nil, unsupported(b, fmt.Sprintf("ELF of version %d", v))
	}
	return l, nil
}

func unsupported(b *Buffer, what string) error {
	return &FormatError{Object: b.name, Msg: "this is " + what + ", not a relocatable object", Err: ErrUnsupportedFormat}
}
