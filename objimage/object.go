package objimage

import "encoding/binary"

// An Object is one relocatable object file, as far as a linker cares: sections, symbols, relocations, groups. It is a view of its Buffer,
// which has to stay open as long as the Object is used; of ELF it holds no other memory, of other formats tables in proportion to the file's. Objects are made by [Parse], and are immutable.
//
// Sections and symbols are numbered as in the file (symbols of other formats than ELF: local ones first). Number 0 of both is the reserved, empty entry of the format. Methods that take such a
// number panic when it is out of range, as slices do.
type Object struct {
	buf    *Buffer
	layout *layout

	shdrs   []byte // section header table
	shnames []byte // section name string table, NUL-terminated
	syms    []byte // symbol table; empty without one
	strs    []byte // its string table, NUL-terminated
	shndx   []byte // SHT_SYMTAB_SHNDX, as many entries as syms; nil without one

	numSections int
	numSymbols  int
	firstGlobal int
	symtab      uint32 // section number; 0 without one
	elfFlags    uint32
	machine     uint32
	arch        Arch
	decoded     *decoded // what other formats than ELF consist of, and objects that were stripped; nil for ELF as it is in the file
	whole       *Object  // what it was before it was stripped, its stubs were put to use (MIPS16), or it was edited; nil if none was done
	mips64el    bool     // relocations have Mips' own r_info
}

// Buffer returns the bytes that the object was parsed from.
func (o *Object) Buffer() *Buffer { return o.buf }

// Name returns the buffer's name, for messages.
func (o *Object) Name() string { return o.buf.name }

// Format returns the object file format.
func (o *Object) Format() Format {
	if o.decoded != nil {
		return o.decoded.format
	}
	return ELF
}

// Timestamp returns when a COFF object was made, in seconds since 1970, as far as its compiler says so; 0 for other formats.
func (o *Object) Timestamp() uint32 {
	if o.decoded == nil {
		return 0
	}
	return o.decoded.time
}

// Arch returns the architecture; ArchUnknown if it is not in the list, when Machine still tells the format's own number.
func (o *Object) Arch() Arch { return o.arch }

// Bits returns 32 or 64, the file's class. An x32 object is ArchX86_64 of 32 bits, and one for ILP32 ArchAArch64 or ArchAArch64BE.
func (o *Object) Bits() int { return o.layout.word * 8 }

// ByteOrder returns the order in which the file, and the data in it, is stored.
func (o *Object) ByteOrder() binary.ByteOrder { return o.layout.order }

// Machine returns the format's number of the architecture: e_machine of ELF, cputype of Mach-O, Machine of COFF.
func (o *Object) Machine() uint32 { return o.machine }

// ELFFlags returns e_flags, whose meaning is the architecture's: the ABI variant, mostly. It is 0 for other formats.
func (o *Object) ELFFlags() uint32 { return o.elfFlags }

// NumSections returns the number of sections, section 0 included. It is 0 for a file without any.
func (o *Object) NumSections() int { return o.numSections }

// NumSymbols returns the number of symbols, symbol 0 included. It is 0 for a file without a symbol table.
func (o *Object) NumSymbols() int { return o.numSymbols }

// FirstGlobal returns the number of the first symbol that is not local; it is NumSymbols if all are. That the symbols keep to it is
// checked as they are decoded.
func (o *Object) FirstGlobal() int { return o.firstGlobal }

// A Section is one section header, decoded.
type Section struct {
	Index    int          // section number
	Name     uint32       // where the name starts in the section name table; see Object.NameOf
	Type     uint32       // sh_type, see debug/elf.SectionType; of other formats the one that comes nearest. 0 (SHT_NULL) is an unused entry, with nothing else set
	Link     uint32       // sh_link
	Info     uint32       // sh_info
	Flags    SectionFlags // what it is, whatever the format
	RawFlags uint64       // the format's flags: sh_flags; of Mach-O type and attributes; of COFF Characteristics
	Addr     uint64       // sh_addr; 0 in ELF files that compilers emit
	Offset   uint64       // bytes from the start of the file to the contents
	Size     uint64       // bytes in memory. The contents in the file are checked to be as many; a zero-fill section may claim any size
	Align    uint64       // bytes; a power of two, at least 1
	EntSize  uint64       // bytes per entry, for sections that are tables; 0 otherwise

	Relocs RelocTable // of a section of relocations: what it holds; no Target for all others
}

// A RelocTable is where the relocations of a section are in the file.
type RelocTable struct {
	Offset   uint64 // where they are: bytes from the start of an ELF file
	Target   uint32 // the section that they apply to; 0 if there are none
	Num      uint32 // how many they are
	Implicit bool   // addends are stored at the places to be relocated (SHT_REL); those of the relocations are to be added to them
}

// SectionFlags say what a section is. Values are those of ELF where it has them.
type SectionFlags uint32

// The flags, with ELF's names in comments.
const (
	SectionWrite      SectionFlags = 0x1        // SHF_WRITE: written to while the program runs
	SectionAlloc      SectionFlags = 0x2        // SHF_ALLOC: in memory while the program runs
	SectionExec       SectionFlags = 0x4        // SHF_EXECINSTR: holds instructions
	SectionMerge      SectionFlags = 0x10       // SHF_MERGE: equal entries may be merged
	SectionStrings    SectionFlags = 0x20       // SHF_STRINGS: entries are NUL-terminated strings
	SectionLinkOrder  SectionFlags = 0x80       // SHF_LINK_ORDER: kept, and ordered, with the section that Link names
	SectionGroup      SectionFlags = 0x200      // SHF_GROUP: member of a group
	SectionTLS        SectionFlags = 0x400      // SHF_TLS: template of thread-local storage
	SectionCompressed SectionFlags = 0x800      // SHF_COMPRESSED: contents are compressed
	SectionRetain     SectionFlags = 0x200000   // SHF_GNU_RETAIN: Strip leaves it, whoever refers to it
	SectionExclude    SectionFlags = 0x80000000 // SHF_EXCLUDE: not part of a linked program
	SectionZeroFill   SectionFlags = 0x10000    // SHT_NOBITS: no contents in the file, zero in memory

	elfSectionFlags = SectionWrite | SectionAlloc | SectionExec | SectionMerge | SectionStrings | SectionLinkOrder | SectionGroup |
		SectionTLS | SectionCompressed | SectionRetain | SectionExclude
)

// A Reloc is one relocation. Its place is Offset bytes into the section that [Object.RelocTarget] names; neither Offset nor Sym is
// checked, so that the linker reports them as any other relocation that it cannot apply.
type Reloc struct {
	Offset uint64
	Type   uint32 // the architecture's number. For 64-bit Mips type1 | type2<<8 | type3<<16 | ssym<<24; for Mach-O see MachOReloc
	Sym    uint32 // symbol number; 0 is no symbol. May be NumSymbols or more in a broken file
	Addend int64  // if it is implicit, that is, stored at the place, what is to be added to it: 0 in ELF
}

// A Symbol is one entry of the symbol table.
type Symbol struct {
	Value      uint64 // an offset in Section, an absolute value, or the alignment of a common (at least 1, a power of two); with the lowest bit set in Thumb, microMIPS and MIPS16 code
	Size       uint64 // bytes; 0 if unknown
	Name       uint32 // where the name starts in the string table; see Object.SymbolName
	Section    uint32 // section number, at least 1 and below NumSections, if Place is PlaceSection; 0 otherwise
	Place      Place
	Binding    Binding
	Type       SymbolType
	Visibility Visibility
	Other      uint8 // st_other, for what an architecture keeps in it beside the visibility
}

// A Place says where a symbol is.
type Place uint8

// The places.
const (
	PlaceUndefined Place = iota // in another object
	PlaceSection                // in a section of this object
	PlaceAbsolute               // nowhere: the value is the address
	PlaceCommon                 // storage still to be allocated, one for all objects
)

// A Binding says who sees a symbol, and which definition wins.
type Binding uint8

// The bindings.
const (
	BindLocal  Binding = iota
	BindGlobal         // one definition
	BindWeak           // gives way to a global one; undefined ones may stay so
	BindUnique         // STB_GNU_UNIQUE: global, and one in the whole process
	bindUnknown
)

// A SymbolType says what a symbol names.
type SymbolType uint8

// The types.
const (
	TypeNone SymbolType = iota
	TypeObject
	TypeFunc
	TypeSection
	TypeFile
	TypeCommon
	TypeTLS   // the value is an offset in thread-local storage
	TypeIFunc // the value is a function that returns the address to use
	TypeOther // one that only an architecture or a system defines
)

// A Visibility restricts, for a symbol that is not local, who may refer to it. Values are those of ELF.
type Visibility uint8

// The visibilities.
const (
	VisibilityDefault   Visibility = iota
	VisibilityInternal             // hidden, with an architecture's further promise
	VisibilityHidden               // not outside the linked component
	VisibilityProtected            // visible outside, but references inside are not diverted
)

// A Group is a set of sections that are kept or left out together (SHT_GROUP).
type Group struct {
	Section   int       // number of the section that describes the group
	Signature string    // the group's name
	COMDAT    bool      // of the groups with this signature, in all objects, one is kept
	Selection Selection // which one
	Length    uint32    // bytes of the COMDAT section of COFF as its symbol has them: GNU as fills sections up, and counts without
	Members   []uint32
}
