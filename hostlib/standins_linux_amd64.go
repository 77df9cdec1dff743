package hostlib

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// streams are the variables that get copies although they can be written. They hold pointers, which C libraries set once, and programs hardly ever.
var streams = []string{"stdin", "stdout", "stderr"}

// A standInFile is an object file's head.
type standInFile struct {
	Header   elf.Header64
	Sections [7]elf.Section64
}

// Sections of the file, by number.
const (
	standInCode = iota + 1
	standInData
	standInNote
	standInSymbols
	standInStrings
	standInNames
)

// standInSectionNames are the sections' names, at the places that object gives.
const standInSectionNames = "\x00.text\x00.data\x00.note.GNU-stack\x00.symtab\x00.strtab\x00.shstrtab\x00"

// jumpCode is endbr64; jmp *6(%rip); six traps. The address follows.
const (
	jumpCode = "\xf3\x0f\x1e\xfa\xff\x25\x06\x00\x00\x00\xcc\xcc\xcc\xcc\xcc\xcc"
	jumpSize = uint64(len(jumpCode) + 8)
)

// A standInMaker makes one object.
type standInMaker struct {
	maps    []mapping
	symbols map[string]map[string]elf.Symbol // by file, those that it defines
	code    []byte
	data    []byte
	table   []elf.Sym64
	strings []byte
}

func standIns(outside map[string]executor.Addr) []byte {
	m := standInMaker{symbols: map[string]map[string]elf.Symbol{}, table: make([]elf.Sym64, 1), strings: []byte{0}}
	for _, name := range slices.Sorted(maps.Keys(outside)) {
		m.add(name, outside[name])
	}
	if len(m.table) == 1 {
		return nil
	}
	return m.object()
}

// add adds the stand-in of a symbol, if it can have one.
func (m *standInMaker) add(name string, addr executor.Addr) {
	place := m.mappingOf(addr)
	if place == nil {
		return
	}
	y := elf.Symbol{Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_FUNC)}
	if place.path != vdso {
		y = m.symbolsOf(place.path)[name]
	}
	switch typ := elf.ST_TYPE(y.Info); {
	case typ == elf.STT_FUNC || typ == elf.STT_GNU_IFUNC: // of which the address is that of the function it has chosen
		m.define(name, elf.STT_FUNC, standInCode, len(m.code), jumpSize)
		m.code = binary.LittleEndian.AppendUint64(append(m.code, jumpCode...), uint64(addr))
	case typ == elf.STT_OBJECT && y.Size > 0 && y.Size <= uint64(place.end-addr) && (!place.writable || slices.Contains(streams, name)):
		m.data = append(m.data, make([]byte, roundUp(uint64(len(m.data)), copyAlign)-uint64(len(m.data)))...)
		m.define(name, elf.STT_OBJECT, standInData, len(m.data), y.Size)
		at := uintptr(addr)
		m.data = append(m.data, unsafe.Slice(*(**byte)(unsafe.Pointer(&at)), y.Size)...)
	}
}

// copyAlign is enough for every type (AMD64 psABI, "Aggregates and Unions"; vectors have up to 64 bytes).
const copyAlign = 64

func (m *standInMaker) define(name string, typ elf.SymType, section uint16, at int, size uint64) {
	m.table = append(m.table, elf.Sym64{Name: uint32(len(m.strings)), Info: elf.ST_INFO(elf.STB_WEAK, typ), Shndx: section, Value: uint64(at), Size: size})
	m.strings = append(append(m.strings, name...), 0)
}

// vdso is where the kernel has functions of the C library, which chooses them when it is asked for its own (STT_GNU_IFUNC): time, gettimeofday.
const vdso = "[vdso]"

// A mapping is a part of a file in this process, or the vdso.
type mapping struct {
	start, end executor.Addr
	writable   bool
	path       string
}

// mappingOf returns the mapping at an address, or nil.
func (m *standInMaker) mappingOf(addr executor.Addr) *mapping {
	if m.maps == nil {
		m.maps = mappings()
	}
	i := slices.IndexFunc(m.maps, func(p mapping) bool { return p.start <= addr && addr < p.end })
	if i < 0 {
		return nil
	}
	return &m.maps[i]
}

// mappings reads /proc/self/maps (proc(5)), the lines with files and that of the vdso.
func mappings() (list []mapping) {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var p mapping
		var access string
		at := strings.IndexByte(lines.Text(), '/')
		if at < 0 {
			at = strings.Index(lines.Text(), vdso)
		}
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x %s", &p.start, &p.end, &access); n == 3 && at > 0 && strings.HasPrefix(access, "r") {
			p.writable, p.path = strings.Contains(access, "w"), lines.Text()[at:]
			list = append(list, p)
		}
	}
	return list
}

// symbolsOf returns the symbols that a library defines for others, of several versions that which look-ups find (the default one); none if it cannot be read.
func (m *standInMaker) symbolsOf(path string) map[string]elf.Symbol {
	if known, ok := m.symbols[path]; ok {
		return known
	}
	symbols := map[string]elf.Symbol{}
	m.symbols[path] = symbols
	f, err := elf.Open(path)
	if err != nil {
		return symbols
	}
	defer f.Close()
	list, _ := f.DynamicSymbols() // there may be none
	for _, y := range list {
		if _, ok := symbols[y.Name]; y.Section != elf.SHN_UNDEF && !(ok && y.HasVersion && y.VersionIndex.IsHidden()) {
			symbols[y.Name] = y
		}
	}
	return symbols
}

// object returns the file.
func (m *standInMaker) object() []byte {
	f := new(standInFile)
	copy(f.Header.Ident[:], elf.ELFMAG)
	f.Header.Ident[elf.EI_CLASS], f.Header.Ident[elf.EI_DATA], f.Header.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	f.Header.Type, f.Header.Machine, f.Header.Version = uint16(elf.ET_REL), uint16(elf.EM_X86_64), uint32(elf.EV_CURRENT)
	f.Header.Shoff, f.Header.Ehsize = uint64(unsafe.Offsetof(f.Sections)), uint16(unsafe.Sizeof(f.Header))
	f.Header.Shentsize, f.Header.Shnum, f.Header.Shstrndx = uint16(unsafe.Sizeof(f.Sections[0])), uint16(len(f.Sections)), standInNames

	var table bytes.Buffer
	_ = binary.Write(&table, binary.LittleEndian, m.table) // memory takes everything
	parts := [...][]byte{standInCode: m.code, standInData: m.data, standInSymbols: table.Bytes(), standInStrings: m.strings, standInNames: []byte(standInSectionNames)}
	alloc, exec, write := uint64(elf.SHF_ALLOC), uint64(elf.SHF_EXECINSTR), uint64(elf.SHF_WRITE)
	f.Sections = [...]elf.Section64{
		standInCode:    {Name: 1, Type: uint32(elf.SHT_PROGBITS), Flags: alloc | exec, Addralign: 8},
		standInData:    {Name: 7, Type: uint32(elf.SHT_PROGBITS), Flags: alloc | write, Addralign: copyAlign},
		standInNote:    {Name: 13, Type: uint32(elf.SHT_PROGBITS), Addralign: 1},
		standInSymbols: {Name: 29, Type: uint32(elf.SHT_SYMTAB), Link: standInStrings, Info: 1, Addralign: 8, Entsize: elf.Sym64Size},
		standInStrings: {Name: 37, Type: uint32(elf.SHT_STRTAB), Addralign: 1},
		standInNames:   {Name: 45, Type: uint32(elf.SHT_STRTAB), Addralign: 1},
	}
	var b bytes.Buffer
	at := uint64(unsafe.Sizeof(*f))
	for i := range parts {
		f.Sections[i].Off, f.Sections[i].Size = at, uint64(len(parts[i]))
		at = roundUp(at+uint64(len(parts[i])), 8)
	}
	_ = binary.Write(&b, binary.LittleEndian, f)
	for i := range parts {
		b.Write(parts[i])
		b.Write(make([]byte, (8-len(parts[i])%8)%8))
	}
	return b.Bytes()
}
