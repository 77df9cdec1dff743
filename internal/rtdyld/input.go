package rtdyld

import (
	"debug/elf"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/gomcjit/gomcjit/internal/rtdyld/llvmstubs"
	"github.com/gomcjit/gomcjit/objimage"
)

// An input is an object file of the command line.
type input struct {
	path  string // as given
	img   *objimage.Object
	extra []bool // by section: a program does not have it in memory
	size  int    // bytes of the file

	plain    *objimage.Object    // as the file has it
	bare     *objimage.Object    // what is linked, without stubs
	grouped  map[uint32]bool     // sections that are in groups of plain, which bare has not
	passed   []bool              // by symbol of plain: LLVM passes over it, as there is one of the name
	commons  *block              // kept for its commons; nil if it has none
	pages    []llvmstubs.Page    // GOT entries that have pages
	noGOT    bool                // LLVM has none for it
	requests []llvmstubs.Request // by section: what LLVM asks for; nil if that is not known
}

// name is what rules call the file.
func (in *input) name() string { return filepath.Base(in.path) }

// readFile reads a file, or standard input for "-".
func (t *Tool) readFile(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(t.Stdin)
	}
	return os.ReadFile(path)
}

// buffers reads inputs. Errors are worded as LLVM's.
func (t *Tool) buffers(paths []string) ([]*objimage.Buffer, error) {
	var list []*objimage.Buffer
	for _, path := range paths {
		data, err := t.readFile(path)
		if err != nil {
			return nil, fmt.Errorf("unable to read input: '%s'", reason(err))
		}
		list = append(list, objimage.NewBuffer(path, data))
	}
	return list, nil
}

// readInputs makes objects of inputs, whose sections can all be loaded: see loadAll.
func (t *Tool) readInputs(link bool, paths []string) ([]*input, error) {
	buffers, err := t.buffers(paths)
	if err != nil {
		return nil, err
	}
	var list []*input
	for _, b := range buffers {
		in := &input{path: b.Name(), size: len(b.Bytes())}
		if in.img, err = objimage.Parse(b); err == nil {
			err = in.loadAll(link)
		}
		if in.plain = in.img; err == nil && !t.options.OwnStubs {
			err = in.ungroup()
		}
		if err != nil {
			return nil, noObject(err, b.Bytes())
		}
		list = append(list, in)
	}
	return list, t.settle(list)
}

// Objects reads all inputs, and makes what several define be bound as LLVM does.
func (t *Tool) Objects() ([]*objimage.Object, error) {
	buffers, err := t.buffers(t.options.Inputs)
	if err != nil {
		return nil, err
	}
	var inputs []*input
	for _, b := range buffers {
		img, err := objimage.Parse(b)
		if err != nil {
			return nil, noObject(err, b.Bytes())
		}
		inputs = append(inputs, &input{path: b.Name(), img: img})
	}
	if err := t.settle(inputs); err != nil {
		return nil, err
	}
	var list []*objimage.Object
	for _, in := range inputs {
		list = append(list, in.img)
	}
	return list, nil
}

// reason returns what the system says of a file, in the words of the C library.
func reason(err error) string {
	text := err.Error()
	if path := new(fs.PathError); errors.As(err, &path) {
		text = path.Err.Error()
	}
	first, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[n:]
}

// tableTypes are the types of sections that are parts of the file, and mean nothing elsewhere.
var tableTypes = []elf.SectionType{
	elf.SHT_NULL, elf.SHT_SYMTAB, elf.SHT_STRTAB, elf.SHT_RELA, elf.SHT_HASH, elf.SHT_DYNAMIC, elf.SHT_NOBITS, elf.SHT_REL, elf.SHT_DYNSYM, elf.SHT_GROUP, elf.SHT_SYMTAB_SHNDX,
}

// lnkInfo is IMAGE_SCN_LNK_INFO ("PE Format", "Section Flags").
const lnkInfo = 0x200

// loadAll makes the input a copy in which what a program does not have in memory, debug information above all, is said to be (SHF_ALLOC), and is not compressed: the
// linker then loads and relocates it as everything else. It is what LLVM's RuntimeDyld calls setProcessAllSections. Unless it is to be linked, the copy has no relocations of anything else.
func (in *input) loadAll(link bool) error {
	if in.img.Format() != objimage.ELF {
		in.loadDecoded(link)
		return nil
	}
	data, err := objimage.NewImage(in.img, func(int) (uint64, bool) { return 0, true }).DebugObject()
	if err != nil {
		return err
	}
	plain, err := objimage.Parse(objimage.NewBuffer(in.path, data))
	if err != nil {
		return err
	}
	in.extra = make([]bool, plain.NumSections())
	for i := 1; i < plain.NumSections(); i++ {
		s := plain.Section(i)
		in.extra[i] = isExtra(&s)
	}
	sections := make([]objimage.Section, plain.NumSections())
	plain.Sections(0, sections)
	for i := range sections {
		s := &sections[i]
		if in.extra[i] {
			setFlags(data, plain, i, s.RawFlags|uint64(elf.SHF_ALLOC))
		} else if s.Relocs.Target != 0 && !link && !in.extra[s.Relocs.Target] {
			setType(data, plain, i, elf.SHT_NULL)
		}
	}
	in.img, err = objimage.Parse(objimage.NewBuffer(in.path, data))
	return err
}

// loadDecoded is loadAll for other formats than ELF.
func (in *input) loadDecoded(link bool) {
	in.extra = make([]bool, in.img.NumSections())
	in.img, _ = in.img.WithSections(func(s *objimage.Section) {
		if in.extra[s.Index] = isExtra(s); in.extra[s.Index] {
			s.Flags |= objimage.SectionAlloc
		} else if s.Relocs.Target != 0 && !link && !in.extra[s.Relocs.Target] {
			s.Type = uint32(elf.SHT_NULL)
		}
	})
}

// isPlaced says whether a section gets an address in the target: one that a program has in memory, once and not in each thread.
func (in *input) isPlaced(section int) bool {
	return section < 0 || !in.isUnneeded(section) && in.plain.Section(section).Flags&objimage.SectionTLS == 0
}

// isUnneeded says whether no program needs a section in memory, in LLVM's eyes; its address is 0. In COFF it takes empty ones for such, but not all that linkers remove, and in Mach-O none.
func (in *input) isUnneeded(section int) bool {
	switch in.plain.Format() {
	case objimage.MachO:
		return false
	case objimage.COFF:
		s := in.plain.Section(section)
		return s.Size == 0 || s.RawFlags&(pe.IMAGE_SCN_MEM_DISCARDABLE|lnkInfo) != 0
	}
	return in.extra[section]
}

// isMade says whether a section is none of the file, but one that its reader made: unwind tables of Mach-O.
func (in *input) isMade(section int) bool {
	s := in.plain.Section(section)
	return in.plain.Format() == objimage.MachO && s.Offset >= uint64(in.size) && s.RawFlags == 0 && string(in.plain.SectionName(section)) == "__eh_frame"
}

// isExtra says whether a section is one that a program does not have in memory, but a tool may want to see linked.
func isExtra(s *objimage.Section) bool {
	if slices.Contains(tableTypes, elf.SectionType(s.Type)) {
		return false
	}
	return s.Size > 0 && s.Flags&(objimage.SectionAlloc|objimage.SectionExclude|objimage.SectionCompressed) == 0
}

// setFlags sets sh_flags of a section in the bytes of an ELF file (gABI, "Sections": it is 8 bytes into a header).
func setFlags(data []byte, img *objimage.Object, section int, flags uint64) {
	field := data[headerOf(data, img, section)+8:]
	if img.Bits() == 32 {
		img.ByteOrder().PutUint32(field, uint32(flags))
		return
	}
	img.ByteOrder().PutUint64(field, flags)
}

// setType sets sh_type, which is 4 bytes into a header.
func setType(data []byte, img *objimage.Object, section int, typ elf.SectionType) {
	img.ByteOrder().PutUint32(data[headerOf(data, img, section)+4:], uint32(typ))
}

// headerOf returns where the header of a section is (gABI, "ELF Header": e_shoff).
func headerOf(data []byte, img *objimage.Object, section int) uint64 {
	if img.Bits() == 32 {
		return uint64(img.ByteOrder().Uint32(data[32:])) + uint64(section*binary.Size(elf.Section32{}))
	}
	return img.ByteOrder().Uint64(data[40:]) + uint64(section*binary.Size(elf.Section64{}))
}
