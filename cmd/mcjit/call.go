package main

import (
	"fmt"
	"strconv"
	"strings"
	"text/scanner"

	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// A call is what --call was given: a C-like expression such as (double) hypot(3.0, 4).
type call struct {
	text   string
	result ctype
	name   string
	args   []argument
}

// An argument is a literal: a number or a string.
type argument struct {
	value inprocess.Value
	text  string // of a string; value is the zero Value then
}

// A callError says what is wrong with an expression, and where.
type callError struct {
	text   string
	column int // of the byte, from 1
	msg    string
}

func (e *callError) Error() string {
	return fmt.Sprintf("--call %s: column %d: %s", e.text, e.column, e.msg)
}

// A callParser reads
//
//	call     = [ "(" type ")" ] name "(" [ argument { "," argument } ] ")" .
//	argument = [ "-" | "+" ] number | character | string { string } | "true" | "false" | "NULL" .
type callParser struct {
	text string
	scan scanner.Scanner
	tok  rune // the next token
	err  *callError
}

// parseCall parses a call. The error is a *callError.
func parseCall(text string) (*call, error) {
	p := &callParser{text: text}
	p.scan.Init(strings.NewReader(text))
	p.scan.Mode = scanner.ScanIdents | scanner.ScanInts | scanner.ScanFloats | scanner.ScanChars | scanner.ScanStrings
	p.scan.Error = func(_ *scanner.Scanner, msg string) { p.fail("%s", msg) }
	p.next()
	c := &call{text: text, result: defaultResult}
	if p.accept('(') {
		c.result = p.ctype()
		p.expect(')', "after the type of the result")
	}
	c.name = p.ident("the name of a function")
	p.expect('(', "after the function's name")
	for more := p.tok != ')'; more && p.err == nil; more = p.accept(',') {
		c.args = append(c.args, p.argument())
	}
	p.expect(')', "or a comma after an argument")
	if p.tok != scanner.EOF {
		p.fail("nothing may follow the call")
	}
	if p.err != nil {
		return nil, p.err
	}
	return c, nil
}

func (p *callParser) next() { p.tok = p.scan.Scan() }

// fail notes the first error, at the token that is next.
func (p *callParser) fail(format string, args ...any) {
	p.failAt(p.scan.Position.Column, format, args...)
}

// failAt is fail for what is in another column.
func (p *callParser) failAt(column int, format string, args ...any) {
	if p.err == nil {
		p.err = &callError{text: p.text, column: max(column, 1), msg: fmt.Sprintf(format, args...)}
	}
}

func (p *callParser) accept(tok rune) bool {
	if p.tok != tok {
		return false
	}
	p.next()
	return true
}

func (p *callParser) expect(tok rune, where string) {
	if !p.accept(tok) {
		p.fail("there has to be a %q %s", tok, where)
	}
}

func (p *callParser) ident(what string) string {
	name := p.scan.TokenText()
	if p.tok != scanner.Ident {
		p.fail("there has to be %s", what)
	}
	p.next()
	return name
}

// ctype reads words and stars.
func (p *callParser) ctype() ctype {
	var words []string
	stars, at := 0, p.scan.Position.Column
	for p.tok == scanner.Ident {
		words = append(words, p.ident("a type"))
	}
	for p.accept('*') {
		stars++
	}
	t, ok := lookupType(words, stars)
	if !ok {
		p.failAt(at, "there is no type %q here; known are %s, and pointers", strings.Join(words, " "), knownTypes())
	}
	return t
}

func (p *callParser) argument() argument {
	negative := false
	if p.tok == '-' || p.tok == '+' {
		negative = p.tok == '-'
		p.next()
		if p.tok != scanner.Int && p.tok != scanner.Float {
			p.fail("there has to be a number after the sign")
		}
	}
	text := p.scan.TokenText()
	var a argument
	switch p.tok {
	case scanner.Int, scanner.Float:
		a.value = p.number(negative)
		return a
	case scanner.Char:
		r, _, _, err := strconv.UnquoteChar(strings.Trim(text, "'"), '\'')
		if err != nil && text != `'\''` || r > 0xff {
			p.fail("%s is not a character of one byte", text)
		}
		if text == `'\''` {
			r = '\''
		}
		a.value = inprocess.IntValue(inprocess.Int64, int64(int8(r)))
	case scanner.String:
		return argument{text: p.strings()}
	case scanner.Ident:
		v, ok := map[string]int64{"true": 1, "false": 0, "NULL": 0}[text]
		if !ok {
			p.fail("%s is not a literal: arguments are numbers, characters, strings, true, false and NULL", text)
		}
		a.value = inprocess.IntValue(inprocess.Int64, v)
	default:
		p.fail("there has to be an argument")
	}
	p.next()
	return a
}

// strings reads adjacent strings, which C joins. The empty result is a string too.
func (p *callParser) strings() string {
	joined := ""
	for p.tok == scanner.String {
		s, err := strconv.Unquote(p.scan.TokenText())
		if err != nil || strings.ContainsRune(s, 0) {
			p.fail("%s is not a string that C can have", p.scan.TokenText())
		}
		joined += s
		p.next()
	}
	return joined
}

// number reads a number with C's suffix. All integers are passed in 64 bits, sign-extended or, with U, zero-extended: a callee that
// takes less looks at the low bits only.
func (p *callParser) number(negative bool) inprocess.Value {
	text, at := p.scan.TokenText(), p.scan.Position.Column
	isFloat := p.tok == scanner.Float
	p.next()
	suffix := ""
	if p.tok == scanner.Ident { // scanned apart, but for what continues a hexadecimal number
		suffix = strings.ToLower(p.scan.TokenText())
		p.next()
	}
	if isFloat || suffix == "f" {
		return p.float(text, at, suffix, negative)
	}
	if !strings.Contains(" u l ul lu ll ull llu ", " "+suffix+" ") && suffix != "" {
		p.failAt(at, "%q is not the suffix of an integer: U, L, UL, LL, ULL or, for a float, f", suffix)
	}
	u, err := strconv.ParseUint(text, 0, 64)
	if err != nil || !strings.Contains(suffix, "u") && !negative && u > 1<<63-1 && !strings.HasPrefix(text, "0") || negative && u > 1<<63 {
		p.failAt(at, "%s does not fit in 64 bits", text)
	}
	if negative {
		u = -u
	}
	if strings.Contains(suffix, "u") {
		return inprocess.UintValue(inprocess.Uint64, u)
	}
	return inprocess.IntValue(inprocess.Int64, int64(u))
}

func (p *callParser) float(text string, at int, suffix string, negative bool) inprocess.Value {
	t, bits := inprocess.Float64, 64
	switch suffix {
	case "f":
		t, bits = inprocess.Float32, 32
	case "":
	default:
		p.failAt(at, "%q is not the suffix of a float: f, or nothing for a double", suffix)
	}
	f, err := strconv.ParseFloat(text, bits)
	if err != nil {
		p.failAt(at, "%s is not a number that fits", text)
	}
	if negative {
		f = -f
	}
	return inprocess.FloatValue(t, f)
}
