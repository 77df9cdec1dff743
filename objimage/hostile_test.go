package objimage

import (
	"bytes"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// rawCOFF returns an object of x86-64: headers of sections, whose contents begin with those of all, symbols, and what is behind the size of the string table.
func rawCOFF(sections []pe.SectionHeader32, contents []byte, symbols []pe.COFFSymbol, strs []byte) []byte {
	var b bytes.Buffer
	put := func(v any) { binary.Write(&b, binary.LittleEndian, v) }
	start := coffHeaderSize + coffSectionSize*len(sections)
	put(pe.FileHeader{Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: uint16(len(sections)), PointerToSymbolTable: uint32(start + len(contents)), NumberOfSymbols: uint32(len(symbols))})
	for _, s := range sections {
		s.PointerToRawData = uint32(start)
		put(s)
	}
	put(contents)
	put(symbols)
	put(uint32(4 + len(strs)))
	put(strs)
	return b.Bytes()
}

// rawMachO returns an object of x86-64: sections, whose contents begin with those of all, symbols, their names, and indirect symbols.
func rawMachO(sections []macho.Section64, contents []byte, symbols []macho.Nlist64, strs []byte, indirect []uint32) []byte {
	var b bytes.Buffer
	put := func(v any) { binary.Write(&b, binary.LittleEndian, v) }
	segment := uint32(72 + 80*len(sections))
	commands := segment + 24 + 80
	start := 32 + commands
	symoff := start + uint32(len(contents))
	stroff := symoff + uint32(16*len(symbols))
	put(macho.FileHeader{Magic: macho.Magic64, Cpu: macho.CpuAmd64, Type: macho.TypeObj, Ncmd: 3, Cmdsz: commands})
	put(uint32(0))
	put(macho.Segment64{Cmd: macho.LoadCmdSegment64, Len: segment, Nsect: uint32(len(sections))})
	for _, s := range sections {
		s.Offset = start
		put(s)
	}
	put(macho.SymtabCmd{Cmd: macho.LoadCmdSymtab, Len: 24, Symoff: symoff, Nsyms: uint32(len(symbols)), Stroff: stroff, Strsize: uint32(len(strs))})
	put(macho.DysymtabCmd{Cmd: macho.LoadCmdDysymtab, Len: 80, Indirectsymoff: stroff + uint32(len(strs)), Nindirectsyms: uint32(len(indirect))})
	put(contents)
	put(symbols)
	put(strs)
	put(indirect)
	return b.Bytes()
}

// repeated returns n copies of v.
func repeated[T any](v T, n int) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = v
	}
	return list
}

// overlapping are files whose few bytes are read many times over, if nothing is done about it.
var overlapping = map[string]func(n int) []byte{
	"COFF sections": func(n int) []byte {
		return rawCOFF(repeated(pe.SectionHeader32{Name: [8]uint8{'/', '4'}}, n), nil, nil, bytes.Repeat([]byte("a"), 64*n))
	},
	"COFF directives": func(n int) []byte {
		text := bytes.Repeat([]byte("-ab "), 16*n)
		return rawCOFF(repeated(pe.SectionHeader32{Name: [8]uint8([]byte(".drectve")), SizeOfRawData: uint32(len(text)), Characteristics: coffInfo}, n), text, nil, nil)
	},
	"COFF imports": func(n int) []byte {
		return rawCOFF(nil, nil, repeated(pe.COFFSymbol{Name: [8]uint8{4: 4}, StorageClass: classExternal}, n), bytes.Repeat([]byte("a"), 64*n))
	},
	"COFF groups": func(n int) []byte {
		own := pe.COFFSymbol{Name: [8]uint8{'t'}, StorageClass: classStatic, NumberOfAuxSymbols: 1}
		selection := pe.COFFSymbol{Type: 2 << 8} // byte 14 is the higher one of this number, or the lower: both
		selection.Type |= 2
		var symbols []pe.COFFSymbol
		for i := range n {
			own.SectionNumber = int16(i + 1)
			symbols = append(symbols, own, selection, pe.COFFSymbol{Name: [8]uint8{4: 4}, SectionNumber: int16(i + 1), StorageClass: classExternal})
		}
		flags := uint32(pe.IMAGE_SCN_LNK_COMDAT | pe.IMAGE_SCN_CNT_CODE)
		return rawCOFF(repeated(pe.SectionHeader32{Name: [8]uint8{'t'}, Characteristics: flags}, n), nil, symbols, bytes.Repeat([]byte("a"), 64*n))
	},
	"Mach-O frames": func(n int) []byte {
		cie := append(binary.LittleEndian.AppendUint32(nil, uint32(7+64*n)), 0, 0, 0, 0, 1, 'z', 0)
		table := append(cie, bytes.Repeat([]byte{0x80}, 64*n)...)
		for range n {
			table = binary.LittleEndian.AppendUint32(append(table, 4, 0, 0, 0), uint32(len(table)+4))
		}
		section := macho.Section64{Name: [16]byte([]byte("__eh_frame\x00\x00\x00\x00\x00\x00")), Seg: [16]byte([]byte("__TEXT\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")), Size: uint64(len(table))}
		return rawMachO([]macho.Section64{section}, table, nil, nil, nil)
	},
	"Mach-O aliases": func(n int) []byte {
		symbols := append(repeated(macho.Nlist64{Type: nIndr | nExt, Value: 1}, n), macho.Nlist64{Name: 1, Type: nSect | nExt, Sect: 1})
		return rawMachO([]macho.Section64{{}}, nil, symbols, append([]byte{0}, bytes.Repeat([]byte("_"), 64*n)...), nil)
	},
	"Mach-O pointers": func(n int) []byte {
		sections := repeated(macho.Section64{Size: uint64(8 * n), Flags: machoNonLazyPointers}, 250)
		return rawMachO(sections, make([]byte, 8*n), []macho.Nlist64{{Type: nUndf | nExt}}, []byte{0}, make([]uint32, n))
	},
	"archive": func(n int) []byte {
		var b strings.Builder
		b.WriteString(archiveMagic + arMember("//", strings.Repeat("n", 4096+64*n)) + arMember("/", "\x00\x00\x00\x00"))
		for range n {
			b.WriteString(arMember("/0", ""))
		}
		return []byte(b.String())
	},
}

// TestHostileOverlaps: time grows with the file, and memory is not many times its size.
func TestHostileOverlaps(t *testing.T) {
	for name, file := range overlapping {
		t.Run(name, func(t *testing.T) {
			testenv.WantLinear(t, 1_000, func(n int) time.Duration {
				b := NewBuffer(name, file(n))
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := testenv.CPUTime()
				readAll(b)
				spent := testenv.CPUTime() - start
				runtime.ReadMemStats(&after)
				if got, size := after.TotalAlloc-before.TotalAlloc, uint64(len(b.data)); got > 100*size+1<<20 {
					t.Errorf("%d bytes are allocated for a file of %d", got, size)
				}
				return spent
			})
		})
	}
}

// readAll reads an object, or the names of an archive's members.
func readAll(b *Buffer) {
	if a, err := ParseArchive(b); err == nil {
		for m := range a.Members() {
			_ = m
		}
		a.Close()
		return
	}
	if o, err := Parse(b); err == nil {
		o.Groups()
	}
}

// TestMaxNameBytes: the limit is no lower than a file's size on hosts of 32 bits, either.
func TestMaxNameBytes(t *testing.T) {
	for _, size := range []int{0, 1 << 10, 1 << 27, 1 << 30, math.MaxInt32} {
		if got := maxNameBytes(size); got < size {
			t.Errorf("%d bytes of names for a file of %d", got, size)
		}
	}
}

// TestCOFFSectionNumbers: section numbers of 16 bits go up to 0xfeff, beyond which they have other meanings.
func TestCOFFSectionNumbers(t *testing.T) {
	var symbols []pe.COFFSymbol
	for _, n := range []int{1, 0x7fff, 0x8000, 0xfeff, 0xffff, 0xfffe} {
		symbols = append(symbols, pe.COFFSymbol{Name: [8]uint8([]byte(fmt.Sprintf("s%07x", n))), SectionNumber: int16(n), StorageClass: classExternal})
	}
	o := parseBytes(t, rawCOFF(make([]pe.SectionHeader32, 0xfeff), nil, symbols, nil))
	for name, want := range map[string]Symbol{
		"s0000001": {Place: PlaceSection, Section: 1}, "s0007fff": {Place: PlaceSection, Section: 0x7fff}, "s0008000": {Place: PlaceSection, Section: 0x8000},
		"s000feff": {Place: PlaceSection, Section: 0xfeff}, "s000ffff": {Place: PlaceAbsolute}, "s000fffe": {Place: PlaceAbsolute},
	} {
		if y := findSymbol(t, o, name); y.Place != want.Place || y.Section != want.Section {
			t.Errorf("%s is %v of section %d, want %v of %d", name, y.Place, y.Section, want.Place, want.Section)
		}
	}
	symbols[3].SectionNumber = -0x100 // 0xff00
	if _, err := Parse(NewBuffer("x.o", rawCOFF(make([]pe.SectionHeader32, 0xfeff), nil, symbols, nil))); !errors.Is(err, ErrFormat) {
		t.Errorf("section 0xff00: %v", err)
	}
}
