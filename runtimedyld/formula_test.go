package runtimedyld

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// textFunctions are what texts of formulas may call.
var textFunctions = map[string]func(uint64) uint64{
	"Page": func(x uint64) uint64 { return x &^ 0xfff },
}

// A formulaText is the rest of a text that is computed. Its grammar is that of C, as far as it goes:
//
//	expr   = and { "|" and }
//	and    = shift { "&" shift }
//	shift  = sum { (">>" | "<<") sum }
//	sum    = term { ("+" | "-") term }
//	term   = number | letters | function "(" expr ")" | "(" expr ")" | "~" term
//
// The letters are the fields of vars.
type formulaText struct {
	words []string
	v     *vars
	err   error
}

// evalText computes a formula as people read it.
func evalText(text string, v *vars) (uint64, error) {
	for _, sign := range []string{"(", ")", "+", "-", "&", "|", "~", ">>", "<<"} {
		text = strings.ReplaceAll(text, sign, " "+sign+" ")
	}
	f := formulaText{words: strings.Fields(text), v: v}
	x := f.expr()
	if len(f.words) > 0 {
		f.fail("ends before %q", f.words[0])
	}
	if f.err != nil {
		return 0, fmt.Errorf("%q: %w", text, f.err)
	}
	return x, nil
}

func (f *formulaText) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

// take removes the next word if it is the one.
func (f *formulaText) take(word string) bool {
	if len(f.words) == 0 || f.words[0] != word {
		return false
	}
	f.words = f.words[1:]
	return true
}

func (f *formulaText) expr() uint64 {
	x := f.and()
	for f.take("|") {
		x |= f.and()
	}
	return x
}

func (f *formulaText) and() uint64 {
	x := f.shift()
	for f.take("&") {
		x &= f.shift()
	}
	return x
}

func (f *formulaText) shift() uint64 {
	x := f.sum()
	for {
		switch {
		case f.take(">>"):
			x >>= f.sum()
		case f.take("<<"):
			x <<= f.sum()
		default:
			return x
		}
	}
}

func (f *formulaText) sum() uint64 {
	x := f.term()
	for {
		switch {
		case f.take("+"):
			x += f.term()
		case f.take("-"):
			x -= f.term()
		default:
			return x
		}
	}
}

func (f *formulaText) term() uint64 {
	if len(f.words) == 0 {
		f.fail("does not end in an operand")
		return 0
	}
	if f.take("~") {
		return ^f.term()
	}
	word, call := f.words[0], textFunctions[f.words[0]]
	if call != nil {
		f.words = f.words[1:]
	}
	if f.take("(") {
		x := f.expr()
		if !f.take(")") {
			f.fail("a parenthesis is not closed")
		}
		if call != nil {
			return call(x)
		}
		return x
	}
	f.words = f.words[min(1, len(f.words)):]
	if x, err := strconv.ParseUint(word, 0, 64); err == nil {
		return x
	}
	x := reflect.ValueOf(*f.v).FieldByName(word)
	if !x.IsValid() {
		f.fail("no quantity is called %q", word)
		return 0
	}
	return x.Uint()
}

// randomVars returns any quantities.
func randomVars(random *rand.Rand) (v vars) {
	fields := reflect.ValueOf(&v).Elem()
	for i := range fields.NumField() {
		fields.Field(i).SetUint(random.Uint64())
	}
	return v
}

// isRegular says whether a row is served, and computed by its formula alone.
func isRegular(row *howto) bool { return row.formula != nil && row.need&needFix == 0 }

func TestFormulaText(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, a := range testArches() {
		for i := range a.rows {
			row := &a.rows[i]
			if !isRegular(row) {
				continue
			}
			for range 200 {
				v := randomVars(random)
				want, err := evalText(row.formula.text, &v)
				if err != nil {
					t.Fatalf("%s: %v", row.name, err)
				}
				if got := row.formula.eval(&v); got != want {
					t.Fatalf("%s: %s is %#x, the function says %#x, of %+v", row.name, row.formula.text, want, got, v)
				}
			}
		}
	}
}

// TestFormulaGrammar: the texts mean what they do in C.
func TestFormulaGrammar(t *testing.T) {
	v := vars{S: 0x12345, A: 16, P: 0x1000, GOT: 7}
	for text, want := range map[string]uint64{
		"S": 0x12345, "0": 0, "S + A - P": 0x11355, "S - (A - P)": 0x13335, "(S + A) & 0xfff": 0x355, "S >> 8 & 0xf": 3, "(S & 5) << 2": 20, "S + A >> 4": 0x1235, "Page(S + A) - Page(P)": 0x11000,
		"S & ~0xff": 0x12300, "S | A & 0x1f": 0x12355, "GOT + 1": 8,
	} {
		if got, err := evalText(text, &v); got != want || err != nil {
			t.Errorf("%s is %#x, want %#x (%v)", text, got, want, err)
		}
	}
	for _, text := range []string{"", "S +", "(S", "S)", "X", "S A", "Page", "Page S", "S * A"} {
		if x, err := evalText(text, &v); err == nil {
			t.Errorf("%q is %#x", text, x)
		}
	}
}
