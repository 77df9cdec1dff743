package hostlib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// threadWords is a symbol of the libraries: words that the dynamic linker relocates to a module's number, a variable's offset in its block, and its
// distance from the thread pointer.
const threadWords = "gomcjit_thread_words"

// A threadFile is the start of a shared library that has no code: one segment that is loaded, the dynamic section, two symbols, and the words with their
// relocations. Strings follow, and the image.
type threadFile struct {
	Header   elf.Header64
	Segments [4]elf.Prog64
	Dynamic  [11]elf.Dyn64
	Symbols  [3]elf.Sym64
	Relocs   [3]elf.Rela64
	Words    [3]uint64
	Hash     [6]uint32 // DT_HASH: one bucket, a chain for each symbol
}

// Places in the file.
var (
	threadDynamic = uint64(unsafe.Offsetof(threadFile{}.Dynamic))
	threadSymbols = uint64(unsafe.Offsetof(threadFile{}.Symbols))
	threadRelocs  = uint64(unsafe.Offsetof(threadFile{}.Relocs))
	threadValues  = uint64(unsafe.Offsetof(threadFile{}.Words))
	threadHash    = uint64(unsafe.Offsetof(threadFile{}.Hash))
	threadStrings = uint64(unsafe.Sizeof(threadFile{}))
)

// moduleImage returns a library with the template. A relocation to the distance makes the dynamic linker keep it constant.
func moduleImage(t executor.ThreadTemplate, static bool) []byte {
	f := newThreadFile(0, static)
	strings := "\x00" + threadWords + "\x00"
	image := roundUp(threadStrings+uint64(len(strings)), max(t.Align, 1))
	f.Segments[3] = elf.Prog64{
		Type: uint32(elf.PT_TLS), Flags: uint32(elf.PF_R), Off: image, Vaddr: image, Paddr: image, Filesz: uint64(len(t.Image)), Memsz: t.Size, Align: max(t.Align, 1),
	}
	return f.bytes(strings, image, t.Image)
}

// alignmentImage returns a library with a thread-local variable that is aligned so.
func alignmentImage(align uint64) []byte {
	return moduleImage(executor.ThreadTemplate{Size: 1, Align: align}, true)
}

// probeImage returns a library whose words are about a variable of a library that it needs, or of the process if that is "". They are 0 if there is none.
func probeImage(library, variable string, static bool) []byte {
	const wanted = 2
	f := newThreadFile(wanted, static)
	strings := "\x00" + threadWords + "\x00" + variable + "\x00"
	f.Symbols[wanted] = elf.Sym64{Name: uint32(len(threadWords) + 2), Info: elf.ST_INFO(elf.STB_WEAK, elf.STT_TLS)}
	if library != "" {
		f.Dynamic[9] = elf.Dyn64{Tag: int64(elf.DT_NEEDED), Val: uint64(len(strings))}
		strings += library + "\x00"
	}
	return f.bytes(strings, threadStrings+uint64(len(strings)), nil)
}

// newThreadFile returns a library whose words are about one of its symbols.
func newThreadFile(symbol uint32, static bool) *threadFile {
	f := new(threadFile)
	copy(f.Header.Ident[:], elf.ELFMAG)
	f.Header.Ident[elf.EI_CLASS], f.Header.Ident[elf.EI_DATA], f.Header.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	f.Header.Type, f.Header.Machine, f.Header.Version = uint16(elf.ET_DYN), uint16(elf.EM_X86_64), uint32(elf.EV_CURRENT)
	f.Header.Phoff, f.Header.Ehsize, f.Header.Phentsize, f.Header.Phnum = uint64(unsafe.Offsetof(f.Segments)), 64, 56, uint16(len(f.Segments))
	relocs := 2
	flags := uint64(0)
	if static {
		relocs, flags = 3, uint64(elf.DF_STATIC_TLS)
	}
	for i, typ := range []elf.R_X86_64{elf.R_X86_64_DTPMOD64, elf.R_X86_64_DTPOFF64, elf.R_X86_64_TPOFF64} {
		f.Relocs[i] = elf.Rela64{Off: threadValues + uint64(i)*8, Info: elf.R_INFO(symbol, uint32(typ))}
	}
	f.Dynamic = [...]elf.Dyn64{
		{Tag: int64(elf.DT_HASH), Val: threadHash}, {Tag: int64(elf.DT_SYMTAB), Val: threadSymbols}, {Tag: int64(elf.DT_SYMENT), Val: 24},
		{Tag: int64(elf.DT_STRTAB), Val: threadStrings}, {Tag: int64(elf.DT_STRSZ)}, {Tag: int64(elf.DT_RELA), Val: threadRelocs},
		{Tag: int64(elf.DT_RELASZ), Val: uint64(relocs) * 24}, {Tag: int64(elf.DT_RELAENT), Val: 24}, {Tag: int64(elf.DT_FLAGS), Val: flags}, {}, {},
	}
	f.Symbols[1] = elf.Sym64{Name: 1, Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_OBJECT), Shndx: 1, Value: threadValues, Size: 24}
	f.Hash = [...]uint32{1, 3, 1, 0, 0, 0}
	return f
}

// bytes returns the file with its strings, and the image at a place behind them.
func (f *threadFile) bytes(strings string, image uint64, contents []byte) []byte {
	f.Dynamic[4].Val = uint64(len(strings))
	end := image + uint64(len(contents))
	rw := uint32(elf.PF_R | elf.PF_W)
	f.Segments[0] = elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: rw, Filesz: end, Memsz: end, Align: 4096}
	size := uint64(unsafe.Sizeof(f.Dynamic))
	f.Segments[1] = elf.Prog64{Type: uint32(elf.PT_DYNAMIC), Flags: rw, Off: threadDynamic, Vaddr: threadDynamic, Paddr: threadDynamic, Filesz: size, Memsz: size, Align: 8}
	f.Segments[2] = elf.Prog64{Type: uint32(elf.PT_GNU_STACK), Flags: rw, Align: 16}
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, f) // memory takes everything
	b.WriteString(strings)
	b.Write(make([]byte, image-uint64(b.Len())))
	b.Write(contents)
	return b.Bytes()
}
