package checker

import (
	"errors"
	"fmt"
	"strings"
)

// The limits of a rule.
const (
	MaxRule  = 1 << 16 // bytes
	MaxDepth = 1000    // parentheses and loads inside one another
)

// Check evaluates one rule, without prefix. It returns nil when both sides are equal, a [*FalseError] when they differ, and an [*ExprError]
// when one has no value.
func Check(facts Facts, rule string) error {
	if len(rule) > MaxRule {
		return &ExprError{Expr: rule[:64] + "...", Msg: fmt.Sprintf("A rule is at most %d bytes long, this one has %d", MaxRule, len(rule))}
	}
	c := &check{facts: facts, target: facts.Target(), rule: strings.Trim(rule, blanks)}
	equals := strings.IndexByte(c.rule, '=')
	if equals < 0 {
		equals = len(c.rule)
	}
	left, err := c.side(0, equals)
	if err != nil {
		return err
	}
	if equals == len(c.rule) {
		return &ExprError{Expr: c.rule, Offset: equals, Msg: "Expected '=': a rule is an equation"}
	}
	right, err := c.side(equals+1, len(c.rule))
	if err != nil {
		return err
	}
	if left != right {
		return &FalseError{Expr: c.rule, Left: left, Right: right}
	}
	return nil
}

// A check is the evaluation of one rule. As in LLVM there is no tree: what is read is evaluated at once, and the first error ends it.
type check struct {
	facts  Facts
	target Target
	rule   string

	pos, end int // what is left to read of the side
	depth    int
}

// A value is 64 bits and, inside a load, the place of the name from which they were computed.
type value struct {
	bits uint64
	home *Place
}

// side evaluates the side of the rule that is rule[start:end].
func (c *check) side(start, end int) (uint64, error) {
	c.pos, c.end = start, end
	c.skipBlanks()
	for c.end > c.pos && strings.IndexByte(blanks, c.rule[c.end-1]) >= 0 {
		c.end--
	}
	first := c.pos
	v, err := c.expr(false)
	if err != nil {
		return 0, err
	}
	if c.pos < c.end {
		return 0, c.unexpected(first, "")
	}
	return v.bits, nil
}

// expr reads simple { op simple }. Load says that names stand for the linker's memory.
func (c *check) expr(load bool) (value, error) {
	v, err := c.simple(load)
	for err == nil {
		op := c.operator()
		if op == "" {
			return v, nil
		}
		at := c.pos
		c.take(op)
		var right value
		if right, err = c.simple(load); err == nil {
			v, err = c.apply(op, v, right, at)
		}
	}
	return value{}, err
}

// operators are in the order in which they are tried.
var operators = [...]string{"<<", ">>", "+", "-", "&", "|"}

// operator returns the operator that comes next, or "".
func (c *check) operator() string {
	for _, op := range operators {
		if strings.HasPrefix(c.rest(), op) {
			return op
		}
	}
	return ""
}

// apply computes one operation. The result belongs to the one place that its operands belong to: name + 8, not name - name.
func (c *check) apply(op string, a, b value, at int) (value, error) {
	home := a.home
	if home == nil {
		home = b.home
	} else if b.home != nil {
		home = nil
	}
	if strings.HasSuffix(op, op[:1]) && len(op) == 2 && b.bits > 63 {
		return value{}, c.fail(at, "Shift by %d: 64-bit values are shifted by 0 to 63", b.bits)
	}
	var bits uint64
	switch op {
	case "+":
		bits = a.bits + b.bits
	case "-":
		bits = a.bits - b.bits
	case "&":
		bits = a.bits & b.bits
	case "|":
		bits = a.bits | b.bits
	case "<<":
		bits = a.bits << b.bits
	case ">>":
		bits = a.bits >> b.bits
	}
	return value{bits, home}, nil
}

// simple reads an atom and the slice behind it, if there is one.
func (c *check) simple(load bool) (value, error) {
	v, err := c.atom(load)
	if err != nil || !c.take("[") {
		return v, err
	}
	return c.slice(v)
}

func (c *check) atom(load bool) (value, error) {
	if c.pos >= c.end {
		return value{}, c.fail(c.pos, "Unexpected end of expression")
	}
	switch first := c.rule[c.pos]; {
	case first == '(':
		return c.parens(load)
	case first == '*':
		return c.load()
	case isLetter(first) || first == '_':
		return c.identifier(load)
	case isDigit(first):
		bits, err := c.number()
		return value{bits: bits}, err
	}
	return value{}, c.unexpected(c.pos, "expected '(', '*', identifier, or number")
}

// nested reads an expression inside another one.
func (c *check) nested(load bool) (value, error) {
	if c.depth == MaxDepth {
		return value{}, c.fail(c.pos, "Expressions are nested more than %d deep", MaxDepth)
	}
	c.depth++
	defer func() { c.depth-- }()
	return c.expr(load)
}

func (c *check) parens(load bool) (value, error) {
	start := c.pos
	c.take("(")
	v, err := c.nested(load)
	if err != nil {
		return value{}, err
	}
	if !c.take(")") {
		return value{}, c.unexpected(start, "expected ')'")
	}
	return v, nil
}

// slice reads high ":" low "]".
func (c *check) slice(v value) (value, error) {
	start := c.pos
	high, err := c.number()
	if err != nil {
		return value{}, err
	}
	if !c.take(":") {
		return value{}, c.unexpected(c.pos, "expected ':'")
	}
	low, err := c.number()
	if err != nil {
		return value{}, err
	}
	if !c.take("]") {
		return value{}, c.unexpected(c.pos, "expected ']'")
	}
	if high > 63 || low > high {
		return value{}, c.fail(start, "Invalid slice [%d:%d]: the high bit comes first, and is at most 63", high, low)
	}
	v.bits = v.bits << (63 - high) >> (63 - high + low)
	return v, nil
}

// load reads "*{size}expr" and then the memory at it.
func (c *check) load() (value, error) {
	start := c.pos
	c.take("*")
	if !c.take("{") {
		return value{}, c.fail(c.pos, "Expected '{' following '*'.")
	}
	at := c.pos
	size, err := c.number()
	if err != nil {
		return value{}, err
	}
	if size < 1 || size > 8 || size&(size-1) != 0 {
		return value{}, c.fail(at, "Invalid size for dereference.")
	}
	if !c.take("}") {
		return value{}, c.fail(c.pos, "Missing '}' for dereference.")
	}
	address, err := c.nested(true)
	if err != nil {
		return value{}, err
	}
	bits, err := c.read(address, size, start)
	return value{bits: bits}, err
}

// read returns size bytes of the memory at an address that was computed inside a load.
func (c *check) read(address value, size uint64, start int) (uint64, error) {
	if address.home == nil {
		if address.bits == 0 {
			return 0, nil
		}
		return 0, c.fail(start, "Load from 0x%x, which is not in the memory of one symbol, section, stub or GOT entry", address.bits)
	}
	p := address.home
	offset := address.bits - p.Addr + p.Offset
	length := uint64(len(p.Content))
	if p.Content == nil {
		return 0, c.fail(start, "Load from 0x%x, which has no memory here: it is defined outside the link", address.bits)
	}
	if offset > length || length-offset < size {
		return 0, c.fail(start, "Load of %d bytes at 0x%x, outside of the section at 0x%x to 0x%x", size, address.bits, p.Addr-p.Offset, p.Addr-p.Offset+length)
	}
	b := p.Content[offset:]
	switch size {
	case 1:
		return uint64(b[0]), nil
	case 2:
		return uint64(c.target.data().Uint16(b)), nil
	case 4:
		return uint64(c.target.data().Uint32(b)), nil
	}
	return c.target.data().Uint64(b), nil
}

// fail returns the error of the rule at an offset.
func (c *check) fail(at int, format string, args ...any) error {
	return &ExprError{Expr: c.rule, Offset: at, Msg: fmt.Sprintf(format, args...)}
}

// lacking returns the error for something that Facts does not know.
func (c *check) lacking(at int, err error, msg string) error {
	var missing *NotFoundError
	if !errors.As(err, &missing) {
		msg = err.Error()
	}
	return &ExprError{Expr: c.rule, Offset: at, Msg: msg, Err: err}
}
