package checker

// Facts answers what rules ask about a link. Its methods return a [*NotFoundError] for what does not exist; any other error is shown as it is.
// Rules that are checked concurrently call it concurrently.
type Facts interface {
	// Target says in which order bytes are read, and how instructions are decoded.
	Target() Target
	// Symbol returns where a symbol is. The Place of one that is defined outside the link has no content.
	Symbol(name string) (Place, error)
	// Section returns where a section of an input file begins.
	Section(file, section string) (Place, error)
	// Stub returns the stub through which container reaches symbol. Container is the rule's text: "file/section" for llvm-rtdyld.
	// Kind is empty, or tells between several stubs for one symbol.
	Stub(container, symbol, kind string) (Place, error)
	// GOT returns the entry through which container reaches symbol. LLVM keeps stubs and entries in one map, so that stub_addr finds
	// entries too; that is left to the Facts.
	GOT(container, symbol, kind string) (Place, error)
}

// A Place is an address in the target, and the memory in which the linker keeps what is there.
type Place struct {
	Addr    uint64 // in the target
	Content []byte // all of the section that holds the place; nil for what is outside the link. Never written to.
	Offset  uint64 // of the place in Content
	Mode    Mode   // of the instructions there, where an architecture has several
}

// A Mode is an instruction encoding among those of an architecture.
type Mode uint8

// The modes.
const (
	ModeTarget Mode = iota // what Target says
	ModeARM
	ModeThumb
	ModeMicroMIPS
	ModeMIPS16
)
