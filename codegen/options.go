package codegen

// Options are what LLVM's EngineBuilder is told about code. The zero value is code for this process: its target, LLVM's default optimisation, and what a
// just-in-time compiler needs for the rest. A generator that cannot do what an option asks returns an *OptionError when it is made.
type Options struct {
	Triple   string   // of the target, as in "x86_64-linux-gnu"; empty for this process's
	Arch     string   // overrides the triple's (-march)
	CPU      string   // as in "skylake"; "native" is this machine's; empty for a generic one
	Features []string // of the processor, as in "+avx2" and "-sse4.1" (-mattr)

	OptLevel   OptLevel
	RelocModel RelocModel
	CodeModel  CodeModel

	KeepFramePointer bool // LLVM's NoFramePointerElim
	FastISel         bool // compile quickly, and for what is compiled that way worse
	EmulatedTLS      bool // thread-local variables go through __emutls_get_address
}

// An OptLevel says how much is optimised. The zero value is LLVM's default, which is O2.
type OptLevel uint8

// The levels.
const (
	ODefault OptLevel = iota
	O0
	O1
	O2
	O3
)

// A RelocModel says how code refers to addresses. The zero value is what the target takes by default.
type RelocModel uint8

// The relocation models.
const (
	RelocDefault RelocModel = iota
	RelocStatic
	RelocPIC
	RelocDynamicNoPIC
)

// A CodeModel says how far code and data may be from each other. The zero value is a just-in-time compiler's: small, because an engine's own memory
// manager keeps what belongs together within reach.
type CodeModel uint8

// The code models.
const (
	CodeModelDefault CodeModel = iota
	CodeModelTiny
	CodeModelSmall
	CodeModelKernel
	CodeModelMedium
	CodeModelLarge
)

// An OptionError is an option that a generator cannot serve.
type OptionError struct {
	Option string // its name, as in "CodeModel"
	Value  string
	Reason string // and what to do
}

// Error returns one line with the option and the reason.
func (e *OptionError) Error() string {
	return "option " + e.Option + " " + e.Value + ": " + e.Reason
}
