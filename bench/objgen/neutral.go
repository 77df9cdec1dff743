package objgen

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
)

// plainOf maps thread-local relocations to the plain ones that have the same field.
var plainOf = map[elf.R_X86_64]elf.R_X86_64{
	elf.R_X86_64_TLSGD:    elf.R_X86_64_GOTPCREL,
	elf.R_X86_64_TLSLD:    elf.R_X86_64_GOTPCREL,
	elf.R_X86_64_GOTTPOFF: elf.R_X86_64_GOTPCREL,
	elf.R_X86_64_DTPOFF32: elf.R_X86_64_PC32,
	elf.R_X86_64_TPOFF32:  elf.R_X86_64_PC32,
}

// Offsets in ELF64 structures (System V ABI, chapters 4 and 5).
const (
	ehShoff, ehShnum, ehShstrndx                       = 40, 60, 62
	shType, shFlags, shOffset, shSize, shLink, shEntry = 4, 8, 24, 32, 40, 64
	entrySize, symInfo, relaInfo                       = 24, 4, 8 // symbols and relocations with addend have the same size
)

// neutral returns the ELF64 object with its thread-local relocations, sections and symbols turned into plain ones and its arrays of
// constructors into plain data, so that every engine can load it and no constructor runs.
func neutral(object []byte) ([]byte, error) {
	b := slices.Clone(object)
	le := binary.LittleEndian
	shoff := le.Uint64(b[ehShoff:])
	if shoff > uint64(len(b)) || uint64(len(b))-shoff < shEntry {
		return nil, fmt.Errorf("section headers at %d are not in the file", shoff)
	}
	headers := b[shoff:]
	number, names := uint64(le.Uint16(b[ehShnum:])), uint64(le.Uint16(b[ehShstrndx:]))
	if number == 0 {
		number = le.Uint64(headers[shSize:])
	}
	if names == uint64(elf.SHN_XINDEX) {
		names = uint64(le.Uint32(headers[shLink:]))
	}
	if number > uint64(len(headers))/shEntry || names >= number {
		return nil, fmt.Errorf("%d section headers do not fit the file", number)
	}
	strings, err := content(b, headers[names*shEntry:])
	if err != nil {
		return nil, err
	}
	for i := range number {
		if err := neutralSection(b, headers[i*shEntry:][:shEntry], strings); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// content returns the bytes of the section that has this header.
func content(b, header []byte) ([]byte, error) {
	offset, size := binary.LittleEndian.Uint64(header[shOffset:]), binary.LittleEndian.Uint64(header[shSize:])
	if offset > uint64(len(b)) || size > uint64(len(b))-offset {
		return nil, fmt.Errorf("section at %d of %d bytes is not in the file", offset, size)
	}
	return b[offset : offset+size], nil
}

func neutralSection(b, header, names []byte) error {
	le := binary.LittleEndian
	at := le.Uint32(header)
	if uint64(at) >= uint64(len(names)) {
		return fmt.Errorf("section name at %d is not in the string table", at)
	}
	name, _, _ := bytes.Cut(names[at:], []byte{0}) // part of the file: what is changed here is seen by names that share it

	typ, flags := elf.SectionType(le.Uint32(header[shType:])), elf.SectionFlag(le.Uint64(header[shFlags:]))
	if typ == elf.SHT_INIT_ARRAY || typ == elf.SHT_FINI_ARRAY {
		le.PutUint32(header[shType:], uint32(elf.SHT_PROGBITS))
	}
	if !spoil(name, ".init_array") {
		spoil(name, ".fini_array")
	}
	if flags&elf.SHF_TLS != 0 {
		le.PutUint64(header[shFlags:], uint64(flags&^elf.SHF_TLS))
		spoil(name, ".t")
	}
	if typ != elf.SHT_SYMTAB && typ != elf.SHT_RELA {
		return nil
	}
	entries, err := content(b, header)
	if err != nil {
		return err
	}
	for entry := range slices.Chunk(entries, entrySize) {
		if len(entry) < entrySize {
			return fmt.Errorf("section %s has a part of an entry", name)
		}
		if typ == elf.SHT_SYMTAB {
			neutralSymbol(entry)
		} else {
			neutralRelocation(entry)
		}
	}
	return nil
}

// spoil changes the letter after the point of part, if name has that part, so that no engine knows the name.
func spoil(name []byte, part string) bool {
	at := bytes.Index(name, []byte(part))
	if at < 0 {
		return false
	}
	name[at+1] = 'X'
	return true
}

func neutralSymbol(entry []byte) {
	if elf.ST_TYPE(entry[symInfo]) == elf.STT_TLS {
		entry[symInfo] = elf.ST_INFO(elf.ST_BIND(entry[symInfo]), elf.STT_OBJECT)
	}
}

func neutralRelocation(entry []byte) {
	info := binary.LittleEndian.Uint64(entry[relaInfo:])
	if plain, ok := plainOf[elf.R_X86_64(elf.R_TYPE64(info))]; ok {
		binary.LittleEndian.PutUint64(entry[relaInfo:], elf.R_INFO(elf.R_SYM64(info), uint32(plain)))
	}
}
