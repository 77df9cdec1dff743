package checker

import (
	"fmt"
	"math/bits"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// The instructions of architectures with fixed fields are tables of encodings, written as text: a line with a mask and the operands of all
// instructions of one format, and below it, indented, their names and the bits that the mask selects.
//
//	fe00707f r r r
//		ADD=00000033 SUB=40000033
//	0000707f r r s31:20
//		ADDI=00000013
//
// Names that differ in one letter stand together: ADD_[BHSD]=04200000+400000 is ADD_B=04200000, ADD_H=04600000, ADD_S=04a00000 and ADD_D=04e00000. Of
// several brackets each has its step: [SU]MAX_[BH]=0+10000,400000.
//
// An operand is one of
//
//	r                 a register, or whatever else is no immediate
//	l15:0             a register for each bit that is set
//	n@name            as many registers as the function of that name computes
//	#14               a constant
//	u31,19:12         an unsigned immediate of the bits 31 and 19 to 12, the highest first
//	s31,7,30:25*2+4   a signed one, multiplied by 2 after which 4 is added
//	@name             what the function of that name computes of the instruction
//
//
// Between the mask and the operands may be a condition on a field and another one or a number: ?25:21=20:16, ?25:21<20:16, ?25:22<#14.
//
// Where several rows fit, the one with the most bits in its mask is meant, and of those one with a condition.

// A table is the rows of one text.
type table struct {
	text  string
	funcs map[string]func(word uint64) int64 // for operands that are no fields
	rows  func() []row
}

// newTable returns a table, whose text is read when it is first used.
func newTable(text string, funcs map[string]func(uint64) int64) *table {
	t := &table{text: text, funcs: funcs}
	t.rows = sync.OnceValue(t.parse)
	return t
}

// A row is one instruction.
type row struct {
	name        string
	mask, value uint64
	condition   func(word uint64) bool // nil: none
	operands    []field
}

// A field is an operand: a constant, ranges of bits, or a function.
type field struct {
	isImm  bool
	isList bool
	signed bool
	ranges []bitRange
	scale  int64
	plus   int64
	fn     func(uint64) int64
}

type bitRange struct{ high, low uint }

// lookup decodes an instruction that is size bytes long.
func lookup(word uint64, size int, tables ...*table) (Inst, bool) {
	for _, t := range tables {
		for i := range t.rows() {
			if r := &t.rows()[i]; r.fits(word) {
				return r.decode(word, size), true
			}
		}
	}
	return Inst{}, false
}

func (r *row) fits(word uint64) bool {
	return word&r.mask == r.value && (r.condition == nil || r.condition(word))
}

func (r *row) decode(word uint64, size int) Inst {
	inst := Inst{Name: r.name, Size: size, Operands: make([]Operand, 0, len(r.operands))}
	for i := range r.operands {
		switch f := &r.operands[i]; {
		case f.isList && f.fn != nil:
			inst.Operands = append(inst.Operands, make([]Operand, f.fn(word))...)
		case f.isList:
			set, _ := f.bits(word)
			inst.Operands = append(inst.Operands, make([]Operand, bits.OnesCount64(set))...)
		default:
			inst.Operands = append(inst.Operands, f.decode(word))
		}
	}
	return inst
}

func (f *field) decode(word uint64) Operand {
	if !f.isImm {
		return register()
	}
	if f.fn != nil {
		return immediate(f.fn(word))
	}
	n, width := f.bits(word)
	if f.signed {
		n = uint64(int64(n<<(64-width)) >> (64 - width))
	}
	return immediate(int64(n)*f.scale + f.plus)
}

// bits returns the bits of the field, put together.
func (f *field) bits(word uint64) (n uint64, width uint) {
	for _, b := range f.ranges {
		size := b.high - b.low + 1
		n = n<<size | word>>b.low&(1<<size-1)
		width += size
	}
	return n, width
}

// parse reads the text. The texts are constants: what is wrong in one is found by the tests, and ends the program.
func (t *table) parse() []row {
	var rows []row
	var format row
	for _, line := range strings.Split(t.text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if line[0] != '\t' {
			format = row{mask: hexadecimal(words[0])}
			for _, word := range words[1:] {
				if text, ok := strings.CutPrefix(word, "?"); ok {
					format.condition = condition(text)
				} else {
					format.operands = append(format.operands, t.field(word))
				}
			}
			continue
		}
		for _, word := range words {
			name, value, _ := strings.Cut(word, "=")
			value, steps, _ := strings.Cut(value, "+")
			rows = format.instructions(rows, name, hexadecimal(value), strings.Split(steps, ","))
		}
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].weight() > rows[j].weight() })
	return rows
}

// instructions appends the rows of a name, one for each letter in brackets.
func (r row) instructions(rows []row, name string, value uint64, steps []string) []row {
	before, rest, several := strings.Cut(name, "[")
	if !several {
		r.name, r.value = name, value
		return append(rows, r)
	}
	letters, behind, _ := strings.Cut(rest, "]")
	step := hexadecimal(steps[0])
	for i := range letters {
		rows = r.instructions(rows, before+letters[i:i+1]+behind, value+uint64(i)*step, steps[1:])
	}
	return rows
}

// weight is higher for a row that is meant rather than another one.
func (r *row) weight() int {
	w := 2 * bits.OnesCount64(r.mask)
	if r.condition != nil {
		w++
	}
	return w
}

// condition returns the comparison of two ranges of bits.
func condition(text string) func(uint64) bool {
	i := strings.IndexAny(text, "=<")
	equal := text[i] == '='
	a := field{ranges: ranges(text[:i])}
	if number, ok := strings.CutPrefix(text[i+1:], "#"); ok {
		limit := uint64(decimal(number))
		return func(word uint64) bool {
			x, _ := a.bits(word)
			return x == limit && equal || x < limit && !equal
		}
	}
	b := field{ranges: ranges(text[i+1:])}
	return func(word uint64) bool {
		x, _ := a.bits(word)
		y, _ := b.bits(word)
		return x == y && equal || x < y && !equal
	}
}

func (t *table) field(word string) field {
	switch word[0] {
	case 'r':
		return field{}
	case '#':
		return field{isImm: true, plus: decimal(word[1:])}
	case '@', 'n':
		fn := t.funcs[strings.TrimLeft(word, "n@")]
		if fn == nil {
			panic("checker: no function " + word)
		}
		return field{isImm: word[0] == '@', isList: word[0] == 'n', fn: fn}
	}
	f := field{isImm: true, isList: word[0] == 'l', signed: word[0] == 's', scale: 1}
	word = word[1:]
	if i := strings.LastIndexAny(word, "+-"); i > 0 && word[i-1] != '*' {
		f.plus = decimal(strings.TrimPrefix(word[i:], "+"))
		word = word[:i]
	}
	word, scale, scaled := strings.Cut(word, "*")
	if scaled {
		f.scale = decimal(scale)
	}
	f.ranges = ranges(word)
	return f
}

func ranges(text string) []bitRange {
	var list []bitRange
	for _, part := range strings.Split(text, ",") {
		high, low, wide := strings.Cut(part, ":")
		if !wide {
			low = high
		}
		list = append(list, bitRange{uint(decimal(high)), uint(decimal(low))})
	}
	return list
}

func hexadecimal(text string) uint64 {
	n, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		panic(fmt.Sprintf("checker: in a table: %v", err))
	}
	return n
}

func decimal(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("checker: in a table: %v", err))
	}
	return n
}
