package rtdyld

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

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
	AddrEnd       uint64 // the last address; 0 if not given: see addrEnd
	Separation    uint64 // bytes between sections
	Preallocate   uint64 // bytes; 0 is no limit
	PrintRequests bool
	ShowTimes     bool
	Help, Version bool
}

// A UsageError is a command line that makes no sense. Its text is LLVM's.
type UsageError struct{ Msg string }

// Error is the text.
func (e *UsageError) Error() string { return e.Msg }

func usagef(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// An option is one that the command line may have. Exactly one of the pointers, or act, is set.
type option struct {
	name    string
	text    *string
	number  *uint64
	list    *[]string
	flag    *bool
	act     func(*Options)
	help    string
	operand string // of help; what stands for the value
}

const actions = "Action to perform"

// table returns the options of llvm-rtdyld, in the order of the help.
func (o *Options) table() []option {
	act := func(a Action) func(*Options) { return func(o *Options) { o.Action = a } }
	return []option{
		{name: "execute", act: act(Execute), help: "load, link and call the entry point (the default)"},
		{name: "verify", act: act(Verify), help: "load, link for the addresses that are given, and evaluate the rules of -check; needs -triple"},
		{name: "printline", act: act(PrintLine), help: "load, link and print line information for each function"},
		{name: "printdebugline", act: act(PrintDebugLine), help: "the same, from the object as debuggers get it"},
		{name: "printobjline", act: act(PrintObjLine), help: "the same, of the objects as they are: nothing is loaded"},
		{name: "entry", text: &o.Entry, operand: "SYMBOL", help: "the function to call (_main)"},
		{name: "dylib", list: &o.Libraries, operand: "FILE", help: "look for undefined symbols in this shared library"},
		{name: "args", help: "everything behind it is the program's", operand: "ARGUMENT..."},
		{name: "check", list: &o.Checks, operand: "FILE", help: "evaluate the rules of this file; - is standard input"},
		{name: "triple", text: &o.Triple, operand: "TRIPLE", help: "the target, for decoding instructions"},
		{name: "mcpu", text: &o.CPU, operand: "CPU", help: "the processor, for decoding instructions"},
		{name: "map-section", list: &o.Sections, operand: "FILE,SECTION=ADDRESS", help: "verify: where a section is to be"},
		{name: "dummy-extern", list: &o.Symbols, operand: "SYMBOL=ADDRESS", help: "verify, print...: define a symbol"},
		{name: "target-addr-start", number: &o.AddrStart, operand: "ADDRESS", help: "verify: the first address for sections that are not mapped (4096)"},
		{name: "target-addr-end", number: &o.AddrEnd, operand: "ADDRESS", help: "verify: the last one (the largest that the target has)"},
		{name: "target-section-sep", number: &o.Separation, operand: "BYTES", help: "verify: distance between sections"},
		{name: "preallocate", number: &o.Preallocate, operand: "BYTES", help: "take all memory for sections from a slab of this size"},
		{name: "print-alloc-requests", flag: &o.PrintRequests, help: "print what the linker asks of the memory manager"},
		{name: "show-times", flag: &o.ShowTimes, help: "print how long each phase took"},
		{name: "help", flag: &o.Help, help: "print this text"},
		{name: "h", flag: &o.Help},
		{name: "help-hidden", flag: &o.Help},
		{name: "version", flag: &o.Version, help: "print the version"},
		{name: "color", flag: new(bool)},
	}
}

// A parser takes a command line as LLVM's CommandLine library does ("CommandLine 2.0 Library Manual"): one dash or two, a value behind "=" or in the next argument,
// options and inputs in any order, "--" before what is input whatever it looks like, and files of arguments (@FILE).
type parser struct {
	program string
	options Options
	table   []option
	seen    map[string]bool // options, or groups of options, that may be given once
}

// ParseOptions understands the arguments behind the program's name, which is for messages. readFile reads files of arguments. Errors are *UsageError.
func ParseOptions(program string, args []string, readFile func(string) ([]byte, error)) (*Options, error) {
	p := &parser{program: program, seen: map[string]bool{}}
	p.options = Options{Entry: "_main", AddrStart: pageSize}
	p.table = p.options.table()
	args, err := expandFiles(args, readFile)
	if err != nil {
		return nil, err
	}
	if err := p.parse(args); err != nil {
		return nil, err
	}
	if len(p.options.Inputs) == 0 {
		p.options.Inputs = []string{"-"}
	}
	return &p.options, nil
}

func (p *parser) parse(args []string) error {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			p.options.Inputs = append(p.options.Inputs, args...)
			return nil
		case len(arg) < 2 || arg[0] != '-':
			p.options.Inputs = append(p.options.Inputs, arg)
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		if name == "args" {
			if hasValue {
				return usagef("for the --args option: This argument does not take a value.\n\tInstead, it consumes any positional arguments until the next recognized option.")
			}
			p.options.Arguments = append(p.options.Arguments, args...)
			return nil
		}
		opt := p.find(name)
		if opt == nil {
			return p.unknown(arg)
		}
		if opt.takesValue() && !hasValue {
			if len(args) == 0 {
				return usagef("for the --%s option: requires a value!", name)
			}
			value, args = args[0], args[1:]
		}
		if err := p.set(opt, value, hasValue); err != nil {
			return err
		}
	}
	return nil
}

func (o *option) takesValue() bool { return o.text != nil || o.number != nil || o.list != nil }

func (p *parser) find(name string) *option {
	for i := range p.table {
		if p.table[i].name == name {
			return &p.table[i]
		}
	}
	return nil
}

// set gives an option its value.
func (p *parser) set(opt *option, value string, hasValue bool) error {
	group := opt.name
	if opt.act != nil {
		group = actions
	}
	if opt.act != nil && hasValue {
		return usagef("%s: option: does not allow a value! '%s' specified.", actions, value)
	}
	if p.seen[group] && opt.list == nil {
		return usagef("for the --%s option: may only occur zero or one times!", opt.name)
	}
	p.seen[group] = true
	switch {
	case opt.act != nil:
		opt.act(&p.options)
	case opt.text != nil:
		*opt.text = value
	case opt.list != nil:
		*opt.list = append(*opt.list, value)
	case opt.number != nil:
		n, err := parseNumber(value)
		if err != nil {
			return usagef("for the --%s option: '%s' value invalid for ulong argument!", opt.name, value)
		}
		*opt.number = n
	default:
		switch value {
		case "", "true", "TRUE", "True", "1":
			*opt.flag = true
		case "false", "FALSE", "False", "0":
			*opt.flag = false
		default:
			return usagef("for the --%s option: '%s' is invalid value for boolean argument! Try 0 or 1", opt.name, value)
		}
	}
	return nil
}

// unknown returns the error about an option that there is none of, with the one whose name is nearest.
func (p *parser) unknown(arg string) error {
	name, value, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	best, least := "", math.MaxInt
	for i := range p.table {
		if d := editDistance(name, p.table[i].name); d < least && p.table[i].help != "" {
			best, least = p.table[i].name, d
		}
	}
	best = "--" + best
	if hasValue {
		best += "=" + value
	}
	return usagef("Unknown command line argument '%s'.  Try: '%s --help'\n%s: Did you mean '%s'?", arg, p.program, p.program, best)
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// parseNumber takes a number in C's spellings, and in LLVM's: 0b10, 0o17.
func parseNumber(s string) (uint64, error) {
	if strings.Contains(s, "_") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(s, 0, 64)
}
