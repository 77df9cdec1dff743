// Package llvmcl takes command lines as LLVM's CommandLine library does ("CommandLine 2.0 Library Manual"): one dash or two, a value behind "=" or in the next argument,
// options and inputs in any order, "--" before what is input whatever it looks like, and files of arguments (@FILE). The texts of errors are LLVM's.
package llvmcl

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// An Option is one that a command line may have. Exactly one of the pointers, or Act, is set.
type Option struct {
	Name   string
	Text   *string
	Number *uint64
	List   *[]string // may be given several times
	Flag   *bool
	Act    func()    // takes no value
	Rest   *[]string // takes all arguments behind it

	Choices  []string // the values that Text may have; nil for all
	Group    string   // of Act: only one of a group may be given, and messages have this name
	Prefix   bool     // the value may follow at once, as in -O2
	Repeated bool     // the last one counts, where others may be given once
	Commas   bool     // List: a value is several, with commas between

	Operand, Help string // what stands for the value; without Help it is not proposed
}

// A Parser takes the arguments of one program.
type Parser struct {
	Program string // its name, for messages
	Options []Option

	// After takes the arguments behind the first input as they are; nil if they are options and inputs, too.
	After *[]string
	// Unknown may take an argument that looks like an option and is none of Options. nil takes nothing.
	Unknown func(arg string) bool

	seen map[string]bool
}

// A UsageError is a command line that makes no sense. Its text is LLVM's.
type UsageError struct{ Msg string }

// Error is the text.
func (e *UsageError) Error() string { return e.Msg }

func usagef(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// Parse sets what the options point to, and returns the inputs. readFile reads files of arguments. Errors are *UsageError.
func (p *Parser) Parse(args []string, readFile func(string) ([]byte, error)) (inputs []string, err error) {
	args, err = expandFiles(args, readFile)
	if err != nil {
		return nil, err
	}
	p.seen = map[string]bool{}
	for onlyInputs := false; len(args) > 0; {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--" && !onlyInputs:
			onlyInputs = true
		case onlyInputs || len(arg) < 2 || arg[0] != '-':
			inputs = append(inputs, arg)
			if p.After != nil {
				*p.After = append(*p.After, args...)
				return inputs, nil
			}
		default:
			if args, err = p.option(arg, args); err != nil {
				return nil, err
			}
		}
	}
	return inputs, nil
}

// option takes an option, and its value from the further arguments, of which it returns those that are left.
func (p *Parser) option(arg string, args []string) ([]string, error) {
	name, value, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
	opt := p.find(name)
	if opt == nil {
		if opt = p.findPrefix(name); opt != nil {
			value, hasValue = strings.TrimPrefix(strings.TrimPrefix(arg[1:], "-"), opt.Name), true
		}
	}
	switch {
	case opt == nil:
		if p.Unknown != nil && p.Unknown(arg) {
			return args, nil
		}
		return nil, p.UnknownError(arg)
	case opt.Rest != nil:
		if hasValue {
			return nil, usagef("for the --%s option: This argument does not take a value.\n\tInstead, it consumes any positional arguments until the next recognized option.", opt.Name)
		}
		*opt.Rest = append(*opt.Rest, args...)
		return nil, nil
	case opt.takesValue() && !hasValue:
		if len(args) == 0 {
			return nil, usagef("for the --%s option: requires a value!", opt.Name)
		}
		value, args = args[0], args[1:]
	}
	return args, p.set(opt, value, hasValue)
}

func (o *Option) takesValue() bool { return o.Text != nil || o.Number != nil || o.List != nil }

func (p *Parser) find(name string) *Option {
	for i := range p.Options {
		if p.Options[i].Name == name {
			return &p.Options[i]
		}
	}
	return nil
}

func (p *Parser) findPrefix(name string) *Option {
	for i := range p.Options {
		if p.Options[i].Prefix && strings.HasPrefix(name, p.Options[i].Name) {
			return &p.Options[i]
		}
	}
	return nil
}

// set gives an option its value.
func (p *Parser) set(opt *Option, value string, hasValue bool) error {
	group := opt.Name
	if opt.Group != "" {
		group = opt.Group
	}
	if opt.Act != nil && hasValue {
		return usagef("%s: option: does not allow a value! '%s' specified.", group, value)
	}
	if p.seen[group] && opt.List == nil && !opt.Repeated {
		return usagef("for the --%s option: may only occur zero or one times!", opt.Name)
	}
	p.seen[group] = true
	switch {
	case opt.Act != nil:
		opt.Act()
	case opt.Text != nil:
		if opt.Choices != nil && !slices.Contains(opt.Choices, value) {
			return usagef("for the --%s option: Cannot find option named '%s'!", opt.Name, value)
		}
		*opt.Text = value
	case opt.List != nil && opt.Commas:
		*opt.List = append(*opt.List, strings.Split(value, ",")...)
	case opt.List != nil:
		*opt.List = append(*opt.List, value)
	case opt.Number != nil:
		n, err := ParseNumber(value)
		if err != nil {
			return usagef("for the --%s option: '%s' value invalid for ulong argument!", opt.Name, value)
		}
		*opt.Number = n
	default:
		return opt.setFlag(value)
	}
	return nil
}

func (o *Option) setFlag(value string) error {
	switch value {
	case "", "true", "TRUE", "True", "1":
		*o.Flag = true
	case "false", "FALSE", "False", "0":
		*o.Flag = false
	default:
		return usagef("for the --%s option: '%s' is invalid value for boolean argument! Try 0 or 1", o.Name, value)
	}
	return nil
}

// UnknownError returns the error about an option that there is none of, with the one whose name is nearest. It is a *UsageError.
func (p *Parser) UnknownError(arg string) error {
	best, _ := p.Nearest(arg)
	best = "--" + best
	if _, value, ok := strings.Cut(arg, "="); ok {
		best += "=" + value
	}
	return usagef("Unknown command line argument '%s'.  Try: '%s --help'\n%s: Did you mean '%s'?", arg, p.Program, p.Program, best)
}

// Nearest returns the option whose name is nearest to an argument's, and how many letters have to be changed.
func (p *Parser) Nearest(arg string) (name string, changes int) {
	given, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	changes = math.MaxInt
	for i := range p.Options {
		if d := editDistance(given, p.Options[i].Name); d < changes && p.Options[i].Help != "" {
			name, changes = p.Options[i].Name, d
		}
	}
	return name, changes
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

// ParseNumber takes a number in C's spellings, and in LLVM's: 0b10, 0o17.
func ParseNumber(s string) (uint64, error) {
	if strings.Contains(s, "_") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(s, 0, 64)
}

// Help describes the options that have a help text, a line each.
func Help(options []Option) string {
	var b strings.Builder
	for _, opt := range options {
		if opt.Help == "" {
			continue
		}
		name := "-" + opt.Name
		switch {
		case opt.Prefix:
			name += opt.Operand
		case opt.Operand != "":
			name += " " + opt.Operand
		}
		fmt.Fprintf(&b, "  %-35s %s\n", name, opt.Help)
	}
	return b.String()
}
