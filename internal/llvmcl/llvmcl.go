// Package llvmcl takes command lines as LLVM's CommandLine library does ("CommandLine 2.0 Library Manual"): one dash or two, a value behind "=" or in the next argument,
// options and inputs in any order, "--" before what is input whatever it looks like, and files of arguments (@FILE). The texts of errors are LLVM's.
package llvmcl

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// An Option is one that a command line may have. Exactly one of the pointers, Act or Take is set.
type Option struct {
	Name   string
	Text   *string
	Number *uint64
	List   *[]string // may be given several times
	Flag   *bool
	Act    func()             // takes no value
	Take   func(value string) // takes a value
	Rest   *[]string          // takes all arguments behind it

	Choices  []string  // the values that Text or Take may have; nil for all. If one is empty there may be no value
	Type     string    // of a value, in the words of LLVM's help: "int", "uint", "ulong", "number"; what is not in Types may be anything
	NoValue  bool      // of Flag: there may be no value, where others may have true or false, and what is behind it does not count: -help, -version
	Given    *[]string // takes the option as it was given, with its value behind "=", besides
	Group    string    // of Act: only one of a group may be given, and messages have this name
	Prefix   bool      // the value may follow at once, as in -O2
	Repeated bool      // the last one counts, where others may be given once
	Commas   bool      // List: a value is several, with commas between

	Operand, Help string // what stands for the value; without Help it is not proposed
	Unlisted      bool   // it is proposed all the same, and not in the help
}

// A Parser takes the arguments of one program.
type Parser struct {
	Program string // its name, for messages
	Options []Option

	// After takes the arguments behind the first input as they are; nil if they are options and inputs, too.
	After *[]string
	// More returns further options. It is asked once, for the first argument that looks like an option and is none of Options. nil returns none.
	More func() []Option
	// Repeat says whether options that are not Repeated may be given several times, too, as they may since LLVM 15. nil says no.
	Repeat func() bool

	seen  map[string]bool
	ended bool // by an option without value
}

// A UsageError is a command line that makes no sense. Its text is LLVM's.
type UsageError struct {
	Msg  string
	Bare bool // LLVM prints it without the program's name
}

// Error is the text.
func (e *UsageError) Error() string { return e.Msg }

// Errors returns the errors of Parse one by one.
func Errors(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}

func usagef(format string, args ...any) error { return &UsageError{Msg: fmt.Sprintf(format, args...)} }

// Parse sets what the options point to, and returns the inputs. readFile reads files of arguments. Errors are *UsageError, of which there may be several (errors.Join);
// the inputs and what the options point to are sound all the same, since -help and -version count in spite of errors.
func (p *Parser) Parse(args []string, readFile func(string) ([]byte, error)) (inputs []string, err error) {
	args = expandFiles(args, readFile)
	p.seen = map[string]bool{}
	var errs []error
	for onlyInputs := false; len(args) > 0 && !p.ended; {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--" && !onlyInputs:
			onlyInputs = true
		case onlyInputs || len(arg) < 2 || arg[0] != '-':
			inputs = append(inputs, arg)
			if p.After != nil {
				*p.After = append(*p.After, args...)
				return inputs, errors.Join(errs...)
			}
		default:
			if args, err = p.option(arg, args); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return inputs, errors.Join(errs...)
}

// option takes an option, and its value from the further arguments, of which it returns those that are left.
func (p *Parser) option(arg string, args []string) ([]string, error) {
	text := strings.TrimPrefix(arg[1:], "-")
	name, value, hasValue := strings.Cut(text, "=")
	opt := p.find(name)
	if opt == nil && p.More != nil {
		p.Options = append(p.Options, p.More()...)
		p.More = nil
		opt = p.find(name)
	}
	if opt == nil {
		if opt = p.findPrefix(name); opt != nil {
			value, hasValue = strings.TrimPrefix(text, opt.Name), true
		}
	}
	switch {
	case opt == nil:
		return args, p.unknown(arg)
	case opt.Rest != nil:
		if hasValue {
			return nil, usagef("for the %s option: This argument does not take a value.\n\tInstead, it consumes any positional arguments until the next recognized option.", opt.dashed())
		}
		*opt.Rest = append(*opt.Rest, args...)
		return nil, nil
	case opt.takesValue() && !hasValue:
		if len(args) == 0 {
			return nil, usagef("for the %s option: requires a value!", opt.dashed())
		}
		value, args = args[0], args[1:]
	}
	return args, p.set(opt, value, hasValue)
}

func (o *Option) takesValue() bool {
	return (o.Text != nil || o.Number != nil || o.List != nil || o.Take != nil) && !slices.Contains(o.Choices, "")
}

// dashed returns the name as messages have it: with one dash before a letter, and two before a word.
func (o *Option) dashed() string {
	if len(o.Name) == 1 {
		return "-" + o.Name
	}
	return "--" + o.Name
}

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
	if err := p.check(opt, value, hasValue); err != nil {
		return err
	}
	if opt.Given != nil {
		given := opt.dashed()
		if hasValue || opt.takesValue() {
			given += "=" + value
		}
		*opt.Given = append(*opt.Given, given)
	}
	switch {
	case opt.Act != nil:
		opt.Act()
	case opt.Take != nil:
		opt.Take(value)
	case opt.Text != nil:
		*opt.Text = value
	case opt.List != nil && opt.Commas:
		*opt.List = append(*opt.List, strings.Split(value, ",")...)
	case opt.List != nil:
		*opt.List = append(*opt.List, value)
	case opt.Number != nil:
		n, err := ParseNumber(value)
		if err != nil {
			return usagef("for the %s option: '%s' value invalid for ulong argument!", opt.dashed(), value)
		}
		*opt.Number = n
	default:
		p.ended = opt.NoValue
		return opt.setFlag(value)
	}
	return nil
}

// check returns the error about an option that may not be given, or not with this value.
func (p *Parser) check(opt *Option, value string, hasValue bool) error {
	group := opt.Name
	if opt.Group != "" {
		group = opt.Group
	}
	switch {
	case opt.Act != nil && hasValue:
		return &UsageError{Msg: fmt.Sprintf("%s: option: does not allow a value! '%s' specified.", group, value), Bare: true}
	case opt.NoValue && hasValue:
		return usagef("for the %s option: does not allow a value! '%s' specified.", opt.dashed(), value)
	case p.seen[group] && opt.List == nil && !opt.Repeated && (p.Repeat == nil || !p.Repeat()):
		return usagef("for the %s option: may only occur zero or one times!", opt.dashed())
	case opt.Choices != nil && !slices.Contains(opt.Choices, value):
		return usagef("for the %s option: Cannot find option named '%s'!", opt.dashed(), value)
	}
	p.seen[group] = true
	if t, ok := Types[opt.Type]; ok && !t.valid(value) {
		return usagef("for the %s option: '%s' value invalid for %s argument!", opt.dashed(), value, t.word)
	}
	return nil
}

// A Type is what values of an option have to look like.
type Type struct {
	word  string // in messages
	valid func(string) bool
}

// Types are those of LLVM's parsers (CommandLine.h, "parser<...>") that do not take everything, by the words that its help has for them.
var Types = map[string]Type{
	"uint":   {"uint", unsigned(32)},
	"ulong":  {"ulong", unsigned(64)},
	"int":    {"integer", signed(32)},
	"long":   {"long", signed(64)},
	"number": {"floating point", func(s string) bool { _, err := strconv.ParseFloat(s, 64); return err == nil }},
}

func unsigned(bits int) func(string) bool {
	return func(s string) bool {
		n, err := ParseNumber(s)
		return err == nil && n>>(bits-1)>>1 == 0
	}
}

func signed(bits int) func(string) bool {
	return func(s string) bool {
		_, err := strconv.ParseInt(s, 0, bits)
		return err == nil && !strings.Contains(s, "_")
	}
}

func (o *Option) setFlag(value string) error {
	switch value {
	case "", "true", "TRUE", "True", "1":
		*o.Flag = true
	case "false", "FALSE", "False", "0":
		*o.Flag = false
	default:
		return usagef("for the %s option: '%s' is invalid value for boolean argument! Try 0 or 1", o.dashed(), value)
	}
	return nil
}

// unknown returns the error about an option that there is none of, with the one whose name is nearest.
func (p *Parser) unknown(arg string) error {
	best := p.nearest(arg)
	return usagef("Unknown command line argument '%s'.  Try: '%s --help'\n%s: Did you mean '%s'?", arg, p.Program, p.Program, best)
}

// nearest returns the option whose name is nearest to an argument's, with the argument's value. That of an option without value is compared with all of the argument, as in LLVM.
func (p *Parser) nearest(arg string) (dashed string) {
	text := strings.TrimLeft(arg, "-")
	name, value, hasValue := strings.Cut(text, "=")
	changes := math.MaxInt
	for _, o := range p.inLLVMsOrder() {
		given := name
		if o.isBare() {
			given = text
		}
		d := editDistance(given, o.Name)
		if d >= changes || o.Help == "" && !o.Unlisted {
			continue
		}
		if dashed, changes = o.dashed(), d; hasValue && value != "" && !o.isBare() {
			dashed += "=" + value
		}
	}
	return dashed
}

// inLLVMsOrder returns the options in the order in which LLVM compares them, of which the first of the nearest counts: that of their buckets in the hash table of LLVM 14 (StringMap), with all of libLLVM's options.
func (p *Parser) inLLVMsOrder() (list []*Option) {
	for i := range p.Options {
		list = append(list, &p.Options[i])
	}
	bucket := func(o *Option) (hash uint32) {
		for _, c := range []byte(o.Name) {
			hash = hash*33 + uint32(c) // Bernstein's, from 0 on
		}
		return hash % 4096
	}
	slices.SortStableFunc(list, func(a, b *Option) int { return cmp.Compare(bucket(a), bucket(b)) })
	return list
}

// isBare says whether an option never has a value.
func (o *Option) isBare() bool { return o.NoValue || o.Act != nil }

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
		name := opt.dashed()
		switch {
		case opt.Rest != nil:
			name += " " + opt.Operand
		case opt.Operand != "":
			name += "=" + opt.Operand
		}
		fmt.Fprintf(&b, "  %-35s - %s\n", name, opt.Help)
	}
	return b.String()
}
