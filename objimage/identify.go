package objimage

import (
	"bytes"
	"debug/elf"
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
	{"\xfe\xed\xfa\xce", "a Mach-O file"},
	{"\xfe\xed\xfa\xcf", "a Mach-O file"},
	{"\xce\xfa\xed\xfe", "a Mach-O file"},
	{"\xcf\xfa\xed\xfe", "a Mach-O file"},
	{"\xca\xfe\xba\xbe", "a universal Mach-O file or a Java class"},
	{"\x00asm", "a WebAssembly module"},
	{"MZ", "a PE executable"},
	{"\x64\x86", "a COFF object (x86_64)"},
	{"\x64\xaa", "a COFF object (aarch64)"},
	{"\x4c\x01", "a COFF object (i386)"},
}

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

// identify returns the layout of an ELF relocatable object whose header is complete, and refuses everything else.
func identify(b *Buffer) (*layout, error) {
	data := b.data
	if !bytes.HasPrefix(data, []byte(elf.ELFMAG)) {
		return nil, unsupported(b, describe(data))
	}
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
	return &FormatError{Object: b.name, Msg: "this is " + what + ", not an ELF relocatable object", Err: ErrUnsupportedFormat}
}
