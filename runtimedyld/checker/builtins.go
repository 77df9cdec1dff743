package checker

import (
	"math"
	"strings"
)

// identifier reads a call or a symbol.
func (c *check) identifier(load bool) (value, error) {
	at := c.pos
	switch name := c.symbol(); name {
	case "decode_operand":
		bits, err := c.decodeOperand()
		return value{bits: bits}, err
	case "next_pc":
		return c.nextPC(load)
	case "stub_addr":
		return c.entryAddr(load, c.facts.Stub)
	case "got_addr":
		return c.entryAddr(load, c.facts.GOT)
	case "section_addr":
		return c.sectionAddr(load)
	default:
		p, err := c.facts.Symbol(name)
		if err != nil {
			return value{}, c.lacking(at, err, unknownSymbol(name))
		}
		return located(p, load), nil
	}
}

func unknownSymbol(name string) string {
	msg := "No known address for symbol '" + name + "'"
	if strings.HasPrefix(name, "L") {
		msg += " (this appears to be an assembler local label -  perhaps drop the 'L'?)"
	}
	return msg
}

// located returns the address of a place, which inside a load keeps the place's memory.
func located(p Place, load bool) value {
	v := value{bits: p.Addr}
	if load {
		v.home = &p
	}
	return v
}

// decodeOperand reads "(symbol[+offset], index)".
func (c *check) decodeOperand() (uint64, error) {
	at, err := c.open()
	if err != nil {
		return 0, err
	}
	name, place, err := c.codeSymbol()
	if err != nil {
		return 0, err
	}
	offset, err := c.codeOffset()
	if err != nil {
		return 0, err
	}
	if !c.take(",") {
		return 0, c.unexpected(c.pos, "expected ','")
	}
	index, err := c.number()
	if err != nil {
		return 0, err
	}
	if !c.take(")") {
		return 0, c.unexpected(c.pos, "expected ')'")
	}
	inst, err := c.decode(name, place, offset, at)
	if err != nil {
		return 0, err
	}
	return c.operand(inst, name, index, at)
}

// operand returns the immediate that is an instruction's operand of that index.
func (c *check) operand(inst Inst, name string, index uint64, at int) (uint64, error) {
	if inst.Opaque {
		return 0, c.fail(at, "Operands of instruction '%s' are not known: it is none of those whose operands LLVM's were compared with.\nInstruction is:\n  %v", name, inst)
	}
	if index > math.MaxInt32 || index >= uint64(len(inst.Operands)) {
		return 0, c.fail(at, "Invalid operand index '%d' for instruction '%s'. Instruction has only %d operands.\nInstruction is:\n  %v",
			index, name, len(inst.Operands), inst)
	}
	op := inst.Operands[index]
	if !op.IsImm {
		return 0, c.fail(at, "Operand '%d' of instruction '%s' is not an immediate.\nInstruction is:\n  %v", index, name, inst)
	}
	return uint64(op.Imm), nil
}

// nextPC reads "(symbol)".
func (c *check) nextPC(load bool) (value, error) {
	at, err := c.open()
	if err != nil {
		return value{}, err
	}
	name, place, err := c.codeSymbol()
	if err != nil {
		return value{}, err
	}
	if !c.take(")") {
		return value{}, c.unexpected(c.pos, "expected ')'")
	}
	inst, err := c.decode(name, place, 0, at)
	if err != nil {
		return value{}, err
	}
	v := located(place, load)
	v.bits += uint64(inst.Size)
	if !c.target.thumb(place.Mode) {
		v.bits += c.target.PCBias
	}
	return v, nil
}

// open reads "(" and returns where it was.
func (c *check) open() (int, error) {
	at := c.pos
	if !c.take("(") {
		return at, c.unexpected(at, "expected '('")
	}
	return at, nil
}

// codeSymbol reads the name of an instruction, and finds it.
func (c *check) codeSymbol() (string, Place, error) {
	at := c.pos
	name := c.symbol()
	p, err := c.facts.Symbol(name)
	if err != nil {
		return "", Place{}, c.lacking(at, err, "Cannot decode unknown symbol '"+name+"'")
	}
	return name, p, nil
}

// codeOffset reads ["+" number].
func (c *check) codeOffset() (uint64, error) {
	op := c.operator()
	if op == "" {
		return 0, nil
	}
	c.take(op)
	if op != "+" {
		return 0, c.unexpected(c.pos, "expected '+' for offset or ',' if no offset")
	}
	return c.number()
}

// decode decodes the instruction offset bytes behind a place.
func (c *check) decode(name string, p Place, offset uint64, at int) (Inst, error) {
	length := uint64(len(p.Content))
	if start := p.Offset + offset; start >= offset && start < length {
		if inst, err := Decode(c.target, p.Mode, p.Content[start:]); err == nil {
			return inst, nil
		}
	}
	return Inst{}, c.fail(at, "Couldn't decode instruction at '%s'", name)
}

// entryAddr reads "(container, symbol[, kind])" and finds the stub or GOT entry.
func (c *check) entryAddr(load bool, find func(container, symbol, kind string) (Place, error)) (value, error) {
	start, err := c.open()
	if err != nil {
		return value{}, err
	}
	container := c.until(",")
	if !c.take(",") {
		return value{}, c.unexpected(start, "expected ','")
	}
	symbol, kind := c.symbol(), ""
	if c.take(",") {
		kind = c.until(")")
	}
	if !c.take(")") {
		return value{}, c.unexpected(start, "expected ')'")
	}
	p, err := find(container, symbol, kind)
	if err != nil {
		return value{}, c.lacking(start, err, err.Error())
	}
	return located(p, load), nil
}

// sectionAddr reads "(file, section)".
func (c *check) sectionAddr(load bool) (value, error) {
	start, err := c.open()
	if err != nil {
		return value{}, err
	}
	file := c.until(",")
	if !c.take(",") {
		return value{}, c.unexpected(start, "expected ','")
	}
	section := c.until(")")
	if !c.take(")") {
		return value{}, c.unexpected(start, "expected ')'")
	}
	p, err := c.facts.Section(file, section)
	if err != nil {
		return value{}, c.lacking(start, err, err.Error())
	}
	return located(p, load), nil
}
