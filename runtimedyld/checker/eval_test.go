package checker

import (
	"errors"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// trueRules hold for sample. Each is also checked inverted.
var trueRules = []string{
	"1 = 1",
	"8-2-1 = 5",
	"1+2<<2 = 12",
	"1 + 2 << 2 = 12",
	"0xFf & 0x0f | 0x100 = 0x10f",
	"0x100 >> 4 = 16",
	"0-1 = 0xffffffffffffffff",
	"010 = 8",
	"(1 + (2)) - 3 = 0",
	"0xabcd[15:8] = 0xab",
	"0xabcd [ 7 : 4 ] = 0xc",
	"(0-1)[63:0] = 0xffffffffffffffff",
	"(1 << 63)[63:63] = 1",
	"call = 0x1000",
	"_self.$1:x - data = 8",
	"*{1}data = 0x88",
	"*{2}data = 0x7788",
	"*{4}data = 0x55667788",
	"*{8}data = 0x1122334455667788",
	"* { 8 } ( data + 8 ) = _self.$1:x",
	"*{8}data + 8 = _self.$1:x",
	"(*{8}data) + 8 = 0x1122334455667790",
	"*{4}(_self.$1:x - 4) = 0x11223344",
	"(*{4}data)[7:0] = 0x88",
	"*{4}(section_addr(a b.o, .data) + 4) = 0x11223344",
	"*{8}0 = 0",
	"section_addr(a b.o, .text) = call",
	"section_addr( a b.o , .text ) = call",
	"next_pc(call) = add",
	"next_pc( call ) = 0x1005",
	"*{1}next_pc(call) = 0x83",
	"decode_operand(call, 0) = stub_addr(a b.o/.text, ext) - next_pc(call)",
	"decode_operand(add, 2) = 5",
	"decode_operand(call+5, 2) = 5",
	"decode_operand( call + 0x8 , 4 ) = decode_operand(load, 4)",
	"decode_operand(load, 4) = data - next_pc(load)",
	"decode_operand(load, 2) = 1",
	"stub_addr(a b.o/.text, ext) = 0x3010",
	"stub_addr(a b.o/.text, ext, long) = 0x3018",
	"got_addr(a b.o/.text, ext) = 0x3008",
	"*{8}got_addr(a b.o/.text, ext) = 0",
	"  ext   =   0x5000  ",
}

func TestTrue(t *testing.T) {
	facts := sample(t)
	for _, rule := range trueRules {
		if err := Check(facts, rule); err != nil {
			t.Error(err)
		}
		inverted := invert(rule)
		var wrong *FalseError
		if err := Check(facts, inverted); !errors.As(err, &wrong) {
			t.Errorf("%q, which is false: %v", inverted, err)
		}
	}
}

// invert returns the rule with its right side off by one.
func invert(rule string) string {
	left, right, _ := strings.Cut(rule, "=")
	return left + "= 1 + (" + right + ")"
}

// failing are rules that have no value, and what is said of them. Those marked with a tilde LLVM evaluates, or crashes on; the other
// messages are LLVM's.
var failing = []struct {
	rule, message string
	offset        int
}{
	{"0X1F = 31", "Encountered unexpected token 'X1F' while parsing subexpression '0X1F'", 1},
	{"", "Unexpected end of expression", 0},
	{"1+ = 2", "Unexpected end of expression", 2},
	{"(1 = 2", "Encountered unexpected token '' while parsing subexpression '(1' expected ')'", 2},
	{"@ = 2", "Encountered unexpected token '@' while parsing subexpression '@' expected '(', '*', identifier, or number", 0},
	{"<<1 = 2", "Encountered unexpected token '<<' while parsing subexpression '<<1' expected '(', '*', identifier, or number", 0},
	{"1 = 2 = 3", "Encountered unexpected token '=' while parsing subexpression '2 = 3'", 6},
	{"(1)(2) = 3", "Encountered unexpected token '(' while parsing subexpression '(1)(2)'", 3},
	{"ext(1) = 3", "Encountered unexpected token '(' while parsing subexpression 'ext(1)'", 3},
	{"ext 12 = 3", "Encountered unexpected token '12' while parsing subexpression 'ext 12'", 4},
	{"decode_operand(call", "Encountered unexpected token '' expected ','", 19},
	{"decode_operand call = 0", "Encountered unexpected token 'call' while parsing subexpression 'call' expected '('", 15},
	{"decode_operand(call 0) = 1", "Encountered unexpected token '0' while parsing subexpression '0)' expected ','", 20},
	{"decode_operand(call, 0 = 1", "Encountered unexpected token '' expected ')'", 22},
	{"decode_operand(call-5, 1) = 1", "Encountered unexpected token '5' while parsing subexpression '5, 1)' expected '+' for offset or ',' if no offset", 20},
	{"decode_operand(call*5, 1) = 1", "Encountered unexpected token '*' while parsing subexpression '*5, 1)' expected ','", 19},
	{"decode_operand(nope, 0) = 1", "Cannot decode unknown symbol 'nope'", 15},
	{"decode_operand(ext, 0) = 1", "Couldn't decode instruction at 'ext'", 14},
	{"decode_operand(bad, 0) = 1", "Couldn't decode instruction at 'bad'", 14},
	{"decode_operand(call + 0xffffffffffffffff, 0) = 1", "Couldn't decode instruction at 'call'", 14},
	{"decode_operand(call, 7) = 1", "Invalid operand index '7' for instruction 'call'. Instruction has only 1 operands.\nInstruction is:\n  <MCInst call <MCOperand Imm:8203>>", 14},
	{"decode_operand(add, 1) = 1", "Operand '1' of instruction 'add' is not an immediate.\nInstruction is:\n  <MCInst add <MCOperand Reg> <MCOperand Reg> <MCOperand Imm:5>>", 14},
	{"next_pc(call+5) = 0", "Encountered unexpected token '+' while parsing subexpression '+5)' expected ')'", 12},
	{"next_pc(call", "Encountered unexpected token '' expected ')'", 12},
	{"next_pc(nope) = 0", "Cannot decode unknown symbol 'nope'", 8},
	{"next_pc call = 0", "Encountered unexpected token 'call' while parsing subexpression 'call' expected '('", 8},
	{"nope = 0", "No known address for symbol 'nope'", 0},
	{"Lx = 0", "No known address for symbol 'Lx' (this appears to be an assembler local label -  perhaps drop the 'L'?)", 0},
	{"stub_addr(a b.o/.text) = 1", "Encountered unexpected token '' while parsing subexpression '(a b.o/.text)' expected ','", 22},
	{"stub_addr(a b.o/.text, ext x) = 1", "Encountered unexpected token 'x' while parsing subexpression '(a b.o/.text, ext x)' expected ')'", 27},
	{"stub_addr(a b.o/.text, x) = 1", `RTDyldChecker: Symbol name x in stub container a b.o/.text not found`, 9},
	{"got_addr(a, ext) = 1", `RTDyldChecker: Symbol name ext in stub container a not found`, 8},
	{"section_addr(a.o, .tex) = 1", `RTDyldChecker: No section named ".tex" in file a.o`, 12},
	{"section_addr(a.o) = 1", "Encountered unexpected token '' while parsing subexpression '(a.o)' expected ','", 17},
	{"section_addr(a.o, x = 1", "Encountered unexpected token '' while parsing subexpression '(a.o, x' expected ')'", 19},
	{"*4 = 1", "Expected '{' following '*'.", 1},
	{"*{4 = 1", "Missing '}' for dereference.", 3},
	{"*{x}call = 1", "Encountered unexpected token 'x' while parsing subexpression 'x}call' expected number", 2},
	{"*{9}call = 1", "Invalid size for dereference.", 2},
	{"*{0}call = 1", "Invalid size for dereference.", 2},
	{"5[ = 9", "Encountered unexpected token '' expected number", 2},
	{"5[2 = 9", "Encountered unexpected token '' expected ':'", 3},
	{"5[2:3 = 9", "Encountered unexpected token '' expected ']'", 5},

	// LLVM evaluates these, or crashes.
	{"1", "Expected '=': a rule is an equation", 1},
	{"018 = 0", "Invalid number '018': numbers are decimal, hexadecimal behind 0x, or octal behind 0, of at most 64 bits", 0},
	{"0x = 0", "Invalid number '0x': numbers are decimal, hexadecimal behind 0x, or octal behind 0, of at most 64 bits", 0},
	{"0x10000000000000000 = 0", "Invalid number '0x10000000000000000': numbers are decimal, hexadecimal behind 0x, or octal behind 0, of at most 64 bits", 0},
	{"1 << 64 = 1", "Shift by 64: 64-bit values are shifted by 0 to 63", 2},
	{"1 >> 64 = 1", "Shift by 64: 64-bit values are shifted by 0 to 63", 2},
	{"5[2:3] = 0", "Invalid slice [2:3]: the high bit comes first, and is at most 63", 2},
	{"5[64:3] = 0", "Invalid slice [64:3]: the high bit comes first, and is at most 63", 2},
	{"*{3}call = 1", "Invalid size for dereference.", 2},
	{"*{8}ext = 0", "Load from 0x5000, which has no memory here: it is defined outside the link", 0},
	{"*{8}(*{8}(data + 8)) = 0", "Load from 0x2008, which is not in the memory of one symbol, section, stub or GOT entry", 0},
	{"*{1}(data - call) = 0", "Load from 0x1000, which is not in the memory of one symbol, section, stub or GOT entry", 0},
	{"*{8}(data + 9) = 0", "Load of 8 bytes at 0x2009, outside of the section at 0x2000 to 0x2010", 0},
	{"*{1}(data - 1) = 0", "Load of 1 bytes at 0x1fff, outside of the section at 0x2000 to 0x2010", 0},
	{"decode_operand(call, 0x100000000) = 1", "Invalid operand index '4294967296' for instruction 'call'. Instruction has only 1 operands.\nInstruction is:\n  <MCInst call <MCOperand Imm:8203>>", 14},
	{strings.Repeat("(", MaxDepth+1) + "1", "Expressions are nested more than 1000 deep", MaxDepth + 1},
}

func TestFailing(t *testing.T) {
	facts := sample(t)
	for _, f := range failing {
		err := Check(facts, f.rule)
		var got *ExprError
		if !errors.As(err, &got) {
			t.Errorf("%q: %v, want %q", f.rule, err, f.message)
			continue
		}
		if got.Msg != f.message || got.Offset != f.offset {
			t.Errorf("%q: at %d: %s\nwant at %d: %s", f.rule, got.Offset, got.Msg, f.offset, f.message)
		}
		if want := "Error evaluating expression '" + f.rule + "': " + f.message; err.Error() != want {
			t.Errorf("%q: message %q, want %q", f.rule, err, want)
		}
	}
}

func TestFalse(t *testing.T) {
	err := Check(sample(t), " call = 0x0 ")
	if want := "Expression 'call = 0x0' is false: 0x1000 != 0x0"; err == nil || err.Error() != want {
		t.Errorf("%v, want %q", err, want)
	}
}

func TestTooLong(t *testing.T) {
	err := Check(sample(t), "1 = "+strings.Repeat(" ", MaxRule)+"1")
	var got *ExprError
	if !errors.As(err, &got) {
		t.Errorf("a rule of more than %d bytes: %v", MaxRule, err)
	}
}

// The sides of a rule nested as deep as is allowed, and as long, are evaluated.
func TestLimitsAreReached(t *testing.T) {
	deep := strings.Repeat("(", MaxDepth) + "1" + strings.Repeat(")", MaxDepth)
	long := "1" + strings.Repeat("+1", 30000)
	if err := Check(sample(t), deep+" = 1"); err != nil {
		t.Error(err)
	}
	if err := Check(sample(t), long+" = 30001"); err != nil {
		t.Error(err)
	}
}

func TestBigEndianLoads(t *testing.T) {
	facts := sample(t)
	for _, arch := range []objimage.Arch{objimage.ArchAArch64BE, objimage.ArchARMEB, objimage.ArchMips, objimage.ArchMips64, objimage.ArchPPC,
		objimage.ArchPPC64, objimage.ArchS390X, objimage.ArchSparcV9, objimage.ArchBPFEB, objimage.ArchM68k} {
		facts.target.Arch = arch
		for _, rule := range []string{"*{2}data = 0x8877", "*{4}data = 0x88776655", "*{8}data = 0x8877665544332211"} {
			if err := Check(facts, rule); err != nil {
				t.Errorf("%v: %v", arch, err)
			}
		}
	}
}

// Facts' own errors are shown as they are.
func TestFactsError(t *testing.T) {
	gone := errors.New("the process has exited")
	facts := broken{sample(t), gone}
	err := Check(facts, "call = 1")
	if !errors.Is(err, gone) || !strings.HasSuffix(err.Error(), ": the process has exited") {
		t.Errorf("%v, want %v", err, gone)
	}
}

type broken struct {
	Facts
	err error
}

func (b broken) Symbol(string) (Place, error) { return Place{}, b.err }
