package runtimedyld

import (
	"slices"

	"github.com/gomcjit/gomcjit/objimage"
)

// vars are the quantities from which relocations are computed, named as in the psABIs. Arithmetic is modulo 2^64; fields check ranges.
type vars struct {
	S    uint64 // address of the symbol
	A    uint64 // addend
	P    uint64 // address of the place that is relocated
	G    uint64 // offset of the symbol's slot in the GOT
	GOT  uint64 // address of the GOT
	L    uint64 // address of the symbol, or of its stub where the symbol is out of reach
	Z    uint64 // size of the symbol
	D    uint64 // distance of the thread-local variable from the start of its module's block
	M    uint64 // number of the thread-local variable's module
	T    uint64 // distance of the thread-local variable from the thread pointer; on ARM, of what is none, 1 if the symbol is a function in Thumb code
	IB   uint64 // address of the image (COFF); arch.begin sets it
	SB   uint64 // address of the symbol's section, with all of its pieces (COFF)
	SN   uint64 // number of the symbol's section (COFF)
	B    uint64 // what the relocation before, of the same place, subtracts (Mach-O)
	GP   uint64 // what the object's code has in $gp (MIPS); arch.begin sets it
	TOC  uint64 // base of the object's table of contents (PowerPC); arch.begin sets it
	SDA  uint64 // base of small data, and SDA2 of that which is constant (PowerPC); arch.begin sets them
	SDA2 uint64
}

// A formula is what a relocation computes: the text that people and tests read, and the function that does it.
type formula struct {
	text string
	eval func(*vars) uint64
}

// A need is what a relocation asks for when its object is loaded, and what is peculiar to applying it.
type need uint32

const (
	needSlot       need = 1 << iota // a GOT slot for the symbol
	needGOT                         // the GOT's address
	needStub                        // a stub, for a symbol that is not in the object
	needSize                        // the symbol's size
	relaxable                       // the instruction may be rewritten: the architecture's relax function is tried first
	ifBranch                        // needStub holds only where the place is the operand of a branch
	needThread                      // the symbol is a thread-local variable; with one of these, the relocation means the symbol's entry of that kind:
	needPair                        // its module and its offset
	needModule                      // the object's own module
	needDistance                    // its distance from the thread pointer
	needDescriptor                  // a TLS descriptor
	needStatic                      // the variable is at a constant distance from the thread pointer
	needNear                        // the variable is in the object's own module
	needReach                       // the symbol has to be in reach of 32 bits
	needPlan                        // arch.plan is asked
	needVeneer                      // arch.plan may ask for veneers
	needTOC                         // a call from code that has a TOC base in r2 (PowerPC)
	needFix                         // arch.fix computes and stores: the relocation is no formula of its own letters alone
	addendInSlot                    // the addend belongs to what the entry holds, and not to the value
	pairFirst                       // the first relocation of a pair: see pairs.go
	negative                        // needDistance means an entry with the distance from the variable to the thread pointer
)

// A howto is the whole meaning of a relocation type: a row of an architecture's table. A row without formula is a type that compilers emit
// and that is refused, for the reason that the row gives.
type howto struct {
	name    string
	formula *formula
	field   *field
	need    need
	refusal string
}

// An arch is what the linker knows of an architecture, one byte order and one width of it, in a format: its rows, by relocation type, and its shapes of stubs
// and GOT entries. Functions that an architecture has no use for are nil.
type arch struct {
	name      string          // LLVM's
	format    objimage.Format // 0 for ELF
	kin       *arch           // of another format than ELF: the one whose objects can be in one engine with its own
	like      *arch           // the one of which this is another byte order or width, with the same rows otherwise; nil for the one that is documented
	rows      []howto
	word      *field // an address in memory
	narrow    bool   // addresses have 32 bits; arithmetic is modulo 2^32,
	long      bool   // or that of 64 bits after all, as processors do it for whom pointers of 32 bits are a habit (ILP32)
	implicit  bool   // relocations may have their addends in the places (SHT_REL)
	slotSize  uint64 // bytes of a GOT entry
	stubSize  uint64 // bytes of a stub
	stubAlign uint64
	reach     uint64 // of branches that may go through a stub, in bytes either way, where objects may be larger than that; 0 if not
	direct    bool   // a stub has the address itself, and needs no GOT entry

	// stub writes a stub that is at `at` and jumps to `target`, which is also what the GOT entry at `slot` holds. It reports false if it cannot.
	stub func(f *fixer, b []byte, at, slot, target uint64) bool
	// thumbStub is stub for code of the second instruction set, where there are two that have stubs: Thumb, microMIPS.
	thumbStub func(f *fixer, b []byte, at, target uint64)
	// indirect writes the stub of an indirect function, where direct ones have another shape: it jumps to what the word at `slot` holds.
	indirect     func(f *fixer, b []byte, at, slot uint64) bool
	indirectSize uint64 // bytes of such a stub; 0 for stubSize
	noIFuncs     bool   // the ABI has no indirect functions
	descriptors  bool   // a function's symbol is its descriptor in .opd, not its code
	// relax rewrites the instruction around sec[off:] so that it does without the GOT, if that can be done, and says so.
	relax func(typ uint32, sec []byte, off uint64, v *vars) bool
	// isBranch says whether sec[off:] is the operand of a direct branch. One to the symbol itself has the addend branchAddend.
	isBranch     func(sec []byte, off uint64) bool
	branchAddend int64

	// undefined returns what a symbol's address is taken for, by a relocation at p, if it is undefined and weak: where that is not 0.
	undefined func(row *howto, p uint64) uint64

	// landing is the instruction with which targets of indirect branches begin in objects that ask for that: by the first bit of a property
	// of .note.gnu.property. Their stubs begin with it.
	landing         string
	landingProperty uint32

	// plan asks for what a relocation with needPlan needs beside what its other needs say; it may refuse it, with plan.refuseReloc.
	plan        func(p *plan, row *howto, r *objimage.Reloc, target int)
	ownSymbols  bool   // symbols of types that only the architecture has are no names of anything in memory
	threadCalls string // the function that calls are to whose relocations have a thread-local variable for their symbol

	codeBit  uint64                     // addresses of code that the linker supplies have it, too: Thumb's
	supply   func(name string) []uint32 // the instructions of a function that linkers supply, or nil
	provides []string                   // names that the linker defines for each object, beside those that it always does; begin gives them an address with fixer.provide
	// compound makes the row of a type that is none of rows: of several of them in one.
	compound func(a *arch, typ uint32, row *howto) bool
	chains   bool // relocations of one place follow each other, each with the result of the one before for its addend (MIPS N32)
	// choose returns the variant of the architecture that an object is for.
	choose     func(img *objimage.Object) *arch
	threadBias uint64 // how far before the address that __tls_get_addr returns a variable's offset begins to count

	// begin is called before the relocations of an object are applied, when all addresses are known.
	begin func(f *fixer)
	// finish is called when all are applied.
	finish func(f *fixer)
	// fix applies a relocation with needFix. f.v has S, A, P, L and GOT, and what the row's other needs ask for. It returns the value for the row's
	// field, whose range is checked then; a row with fieldNone has stored by itself. It reports false if it has reported an error with f.refuse.
	fix func(f *fixer, row *howto, at *site) (uint64, bool)

	// Sections that shrink: see cuts.go. elastic says what is up to the linker at a relocation with needPlan, if anything is; shorter, the smallest size that an instruction
	// has at a distance from its target, and the relocation type that it has then; mend writes what is kept of a place, of which it is given the file's bytes, too.
	elastic   func(p *plan, r *objimage.Reloc, section uint32, e *elastic) bool
	shorter   func(p *plan, e *elastic, file []byte, distance uint64) (typ uint32, size uint64)
	mend      func(b, file []byte, c *cut)
	relaxMark uint32 // the relocation type that allows it, at the same place

	tooFar string                  // what to tell those whose values are out of range
	advise func(row *howto) string // the same, where it depends on the row

	// far has another way to store a value that does not fit, at f.site.
	far func(f *fixer, row *howto) bool

	// entryRow returns the row of which a relocation of a GOT entry means that of a thread-local variable: LoongArch has the same types for both, in one half of an address.
	entryRow func(row *howto) *howto

	// endFragment writes fragmentEnd bytes behind a piece of code of `size` bytes: the end of a function, and at fragmentEntry a function that begins a frame
	// and jumps to the piece.
	endFragment                func(b []byte, size uint64)
	fragmentEnd, fragmentEntry uint64
}

// tooFarPIC is arch.tooFar where that helps.
const tooFarPIC = "the code model of the object does not reach that far: recompile with -fPIC"

// wraps says whether arithmetic is modulo 2^32.
func (a *arch) wraps() bool { return a.narrow && !a.long }

// base returns the architecture that stands for all whose objects can be in one engine.
func (a *arch) base() *arch {
	if a.kin != nil {
		return a.kin
	}
	return a
}

// inBigEndian returns the architecture with its words in the other order of bytes, and its instructions, too, or not.
func (a *arch) inBigEndian(name string, instructions bool) *arch {
	b := *a
	b.name, b.like = name, a
	b.word = a.word.in(bigEndian)
	b.rows = slices.Clone(a.rows)
	turned := map[*field]*field{}
	for i := range b.rows {
		f := b.rows[i].field
		if f == nil || f.code != nil && !instructions {
			continue
		}
		if turned[f] == nil {
			turned[f] = f.in(f.order | bigEndian)
		}
		b.rows[i].field = turned[f]
	}
	return &b
}

// A site is where a relocation is applied.
type site struct {
	r      objimage.Reloc // its addend is the one to be used, wherever it comes from
	sec    []byte         // the whole section, in working memory: as in the file but for the relocations before this one
	base   uint64         // the section's address
	target int            // the section's number in the file
	code   bool           // it is executable
	file   []byte         // its contents in the file
	table  *objimage.RelocTable
	batch  []objimage.Reloc // some relocations of the table one after the other, or all of them,
	from   int              // which begin with the one of this number,
	nth    int              // and among which r is this one
}

// index returns the number of the relocation in the table.
func (s *site) index() int { return s.from + s.nth }

// canUseStub says whether a place may hold the address of its symbol's stub instead of the symbol's. A branch may if it goes to the symbol itself, for there
// is nothing behind a stub; what is no branch only where the relocation's type says that it means a function.
func (a *arch) canUseStub(row *howto, code bool, sec []byte, off uint64, addend int64) bool {
	if row.need&needStub == 0 {
		return false
	}
	if row.need&ifBranch == 0 && addend == a.branchAddend {
		return true // whatever it is: the instruction, which is not in the cache yet, need not be looked at
	}
	if code && a.isBranch != nil && a.isBranch(sec, off) {
		return addend == a.branchAddend
	}
	return row.need&ifBranch == 0
}

// row returns the row of a relocation type, or nil.
func (a *arch) row(typ uint32) *howto {
	if uint64(typ) >= uint64(len(a.rows)) || a.rows[typ].name == "" {
		return nil
	}
	return &a.rows[typ]
}

// isProvided knows the architecture's names that the linker defines.
func (a *arch) isProvided(name []byte) bool {
	for _, p := range a.provides {
		if string(name) == p {
			return true
		}
	}
	return false
}
