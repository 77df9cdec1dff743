package rtdyld

import "github.com/gomcjit/gomcjit/internal/llvmcl"

// An Action is what is done with the inputs.
type Action int

// The actions, each with an option of its name.
const (
	Execute        Action = iota // load, link, call the entry point
	PrintLine                    // load, link, print line information by load addresses
	PrintDebugLine               // the same, from the object as debuggers get it
	PrintObjLine                 // print line information by addresses in the file, without linking
	Verify                       // load, link for a target that need not exist, evaluate rules
)

// Options are a command line, understood. Specifications of sections and symbols are kept as text, as only Verify looks at them.
type Options struct {
	Action        Action
	Inputs        []string // paths; "-" is standard input
	Entry         string
	Libraries     []string // -dylib
	Arguments     []string // of the program
	Triple, CPU   string
	Checks        []string // files with rules
	Sections      []string // -map-section
	Symbols       []string // -dummy-extern
	AddrStart     uint64
	AddrEnd       uint64 // the last address; LLVM's tool takes it, and keeps to nothing
	Separation    uint64 // bytes between sections
	Preallocate   uint64 // bytes; 0 is no limit
	PrintRequests bool
	ShowTimes     bool
	OwnStubs      bool // of this project's linker, not LLVM's
	Help, Version bool
}

const actions = "Action to perform"

// table returns the options of llvm-rtdyld, in the order of the help, and then those that all of LLVM's tools take, which change nothing here.
func (o *Options) table() []llvmcl.Option {
	act := func(name string, a Action, help string) llvmcl.Option {
		return llvmcl.Option{Name: name, Act: func() { o.Action = a }, Group: actions, Help: help}
	}
	table := []llvmcl.Option{
		act("execute", Execute, "load, link and call the entry point (the default)"),
		act("verify", Verify, "load, link for the addresses that are given, and evaluate the rules of -check; needs -triple"),
		act("printline", PrintLine, "load, link and print line information for each function"),
		act("printdebugline", PrintDebugLine, "the same, from the object as debuggers get it"),
		act("printobjline", PrintObjLine, "the same, of the objects as they are: nothing is loaded"),
		{Name: "entry", Text: &o.Entry, Operand: "SYMBOL", Help: "the function to call (_main)"},
		{Name: "dylib", List: &o.Libraries, Operand: "FILE", Help: "look for undefined symbols in this shared library"},
		{Name: "args", Rest: &o.Arguments, Help: "everything behind it is the program's", Operand: "ARGUMENT..."},
		{Name: "check", List: &o.Checks, Operand: "FILE", Help: "evaluate the rules of this file; - is standard input"},
		{Name: "triple", Text: &o.Triple, Operand: "TRIPLE", Help: "the target, for decoding instructions"},
		{Name: "mcpu", Text: &o.CPU, Operand: "CPU", Help: "the processor, for decoding instructions"},
		{Name: "map-section", List: &o.Sections, Operand: "FILE,SECTION=ADDRESS", Help: "verify: where a section is to be"},
		{Name: "dummy-extern", List: &o.Symbols, Operand: "SYMBOL=ADDRESS", Help: "verify, print...: define a symbol"},
		{Name: "target-addr-start", Number: &o.AddrStart, Operand: "ADDRESS", Help: "verify: the first address for sections, unless one is mapped below it (4096)"},
		{Name: "target-addr-end", Number: &o.AddrEnd, Operand: "ADDRESS", Help: "verify: the last one; as in LLVM's tool, nothing keeps to it"},
		{Name: "target-section-sep", Number: &o.Separation, Operand: "BYTES", Help: "verify: distance between sections"},
		{Name: "preallocate", Number: &o.Preallocate, Operand: "BYTES", Help: "take all memory for sections from a slab of this size"},
		{Name: "print-alloc-requests", Flag: &o.PrintRequests, Help: "print what the linker asks of the memory manager"},
		{Name: "show-times", Flag: &o.ShowTimes, Help: "print how long each phase took"},
		{Name: "own-stubs", Flag: &o.OwnStubs, Help: "verify: stubs and GOT entries as they are when objects are loaded to run, not LLVM's"},
		{Name: "help", NoValue: true, Flag: &o.Help, Help: "print this text"},
		{Name: "h", NoValue: true, Flag: &o.Help, Unlisted: true},
		{Name: "help-hidden", NoValue: true, Flag: &o.Help, Unlisted: true},
		{Name: "help-list", NoValue: true, Flag: &o.Help, Unlisted: true},
		{Name: "help-list-hidden", NoValue: true, Flag: &o.Help, Unlisted: true},
		{Name: "print-options", Flag: new(bool), Unlisted: true},
		{Name: "print-all-options", Flag: new(bool), Unlisted: true},
		{Name: "version", NoValue: true, Flag: &o.Version, Help: "print the version"},
		{Name: "color", Flag: new(bool), Unlisted: true},
	}
	for _, name := range []string{"stats", "stats-json", "sort-timers", "time-passes", "track-memory", "disable-symbolication"} {
		table = append(table, llvmcl.Option{Name: name, Flag: new(bool)})
	}
	for _, name := range []string{"info-output-file", "crash-diagnostics-dir"} {
		table = append(table, llvmcl.Option{Name: name, Text: new(string)})
	}
	return table
}

// ParseOptions understands the arguments behind the program's name, which is for messages. readFile reads files of arguments. Errors are *llvmcl.UsageError, of which there may be several; if help or the version is asked
// for there are options all the same.
func ParseOptions(program string, args []string, readFile func(string) ([]byte, error)) (*Options, error) {
	o := &Options{Entry: "_main", AddrStart: pageSize}
	p := llvmcl.Parser{Program: program, Options: o.table()}
	inputs, err := p.Parse(args, readFile)
	if err != nil && !o.Help && !o.Version {
		return nil, err
	}
	if o.Inputs = inputs; len(inputs) == 0 {
		o.Inputs = []string{"-"}
	}
	return o, err
}
