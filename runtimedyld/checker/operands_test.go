package checker

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// A listed instruction is a line of testdata/operands.txt.
type listed struct {
	triple, assembly string
	code             []byte
	operands         []string // "r" or a number
}

func readOperands(t testing.TB) []listed {
	t.Helper()
	content, err := os.ReadFile("testdata/operands.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	triple := ""
	for line := range strings.Lines(string(content)) {
		if comment, ok := strings.CutPrefix(line, "# "); ok {
			triple = strings.TrimSpace(comment)
			continue
		}
		fields := strings.Split(strings.TrimRight(line, "\n"), "\t")
		code, err := hex.DecodeString(fields[0])
		if err != nil || len(fields) != 3 {
			t.Fatalf("%q: want bytes, assembly text and operands, separated by tabs", line)
		}
		all = append(all, listed{triple: triple, assembly: fields[1], code: code, operands: strings.Fields(fields[2])})
	}
	return all
}

// TestOperands asks for each operand in a rule, which has to hold, and not to hold when it is inverted.
func TestOperands(t *testing.T) {
	triples := map[string]int{}
	for _, l := range readOperands(t) {
		triples[l.triple]++
		target, err := ParseTarget(l.triple, "")
		if err != nil {
			t.Fatal(err)
		}
		facts := &fake{target: target, symbols: map[string]Place{"insn": {Addr: 0x1000, Content: l.code}}}
		l.check(t, facts, fmt.Sprintf("next_pc(insn) = %#x", 0x1000+len(l.code)))
		for i, op := range l.operands {
			if op != "r" {
				l.check(t, facts, fmt.Sprintf("decode_operand(insn, %d) = %s", i, unsignedText(t, op)))
				continue
			}
			l.fails(t, facts, fmt.Sprintf("decode_operand(insn, %d) = 0", i), fmt.Sprintf("Operand '%d' of instruction 'insn' is not an immediate.", i))
		}
		n := len(l.operands)
		l.fails(t, facts, fmt.Sprintf("decode_operand(insn, %d) = 0", n), fmt.Sprintf("Invalid operand index '%d' for instruction 'insn'. Instruction has only %d operands.", n, n))
	}
	if len(triples) < 16 {
		t.Errorf("instructions of %d triples are listed, want 16 at least", len(triples))
	}
}

// unsignedText writes a number as the language can: a negative one as the difference to zero.
func unsignedText(t *testing.T, number string) string {
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%#x", uint64(n))
}

func (l *listed) check(t *testing.T, facts Facts, rule string) {
	t.Helper()
	if err := Check(facts, rule); err != nil {
		t.Errorf("%s: % x %s: %v", l.triple, l.code, l.assembly, err)
	}
	var wrong *FalseError
	if err := Check(facts, invert(rule)); !errors.As(err, &wrong) {
		t.Errorf("%s: % x %s: %q, which is false: %v", l.triple, l.code, l.assembly, invert(rule), err)
	}
}

func (l *listed) fails(t *testing.T, facts Facts, rule, message string) {
	t.Helper()
	var wrong *ExprError
	err := Check(facts, rule)
	if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Msg, message+"\nInstruction is:\n  <MCInst ") {
		t.Errorf("%s: % x %s: %q: %v, want %q", l.triple, l.code, l.assembly, rule, err, message)
	}
}

// Of instructions in no table the size is known where x/arch knows them.
func TestOpaque(t *testing.T) {
	for _, c := range []struct {
		triple string
		code   []byte
	}{
		{"powerpc64le-linux-gnu", []byte{0x84, 0xc8, 0x9f, 0xec}},       // dscli
		{"s390x-linux-gnu", []byte{0xe6, 0x61, 0x30, 0x7d, 0x37, 0x0f}}, // vster, of the z15
		{"riscv64-linux-gnu", []byte{0x53, 0x3c, 0x9b, 0x1f}},           // fdiv.q
	} {
		target, err := ParseTarget(c.triple, "")
		if err != nil {
			t.Fatal(err)
		}
		facts := &fake{target: target, symbols: map[string]Place{"insn": {Addr: 0x1000, Content: c.code}}}
		if err := Check(facts, fmt.Sprintf("next_pc(insn) = %#x", 0x1000+len(c.code))); err != nil {
			t.Errorf("%s: % x: %v", c.triple, c.code, err)
		}
		var wrong *ExprError
		err = Check(facts, "decode_operand(insn, 0) = 0")
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Msg, "Operands of instruction 'insn' are not known") {
			t.Errorf("%s: % x: %v", c.triple, c.code, err)
		}
	}
}

// An instruction that is cut off is not decoded.
func TestTruncated(t *testing.T) {
	for _, l := range readOperands(t) {
		target, err := ParseTarget(l.triple, "")
		if err != nil {
			t.Fatal(err)
		}
		for n := range l.code {
			inst, err := Decode(target, ModeTarget, l.code[:n])
			var wrong *DecodeError
			if !errors.As(err, &wrong) && inst.Size > n {
				t.Errorf("%s: %s: %v of %d bytes in the first %d, error %v", l.triple, l.assembly, inst, inst.Size, n, err)
			}
		}
	}
}

func TestParseTarget(t *testing.T) {
	for _, c := range []struct{ triple, cpu, want string }{
		{"x86_64", "", "x86_64"}, {"i686-pc-linux-gnu", "", "i386"}, {"armv7s-apple-ios7.0.0", "", "arm"}, {"thumbv7em-none-eabi", "", "arm thumb cortex-m4"}, {"thumbv8.1m.main", "", "arm thumb cortex-m55"},
		{"armebv7-linux-gnueabi", "", "armeb"}, {"armv7eb-linux", "", "armeb"}, {"thumbebv7-linux", "", "armeb thumb"}, {"arm64-apple-macos", "", "aarch64"},
		{"mipsisa64r6el-linux-gnuabi64", "", "mips64el mips32r6"}, {"mips-linux-gnu", "mips32r2", "mips mips32r2"}, {"powerpc64le-linux-gnu", "pwr10", "ppc64le pwr10"},
		{"s390x-ibm-linux", "", "s390x"}, {"riscv32", "", "riscv32"},
	} {
		target, err := ParseTarget(c.triple, c.cpu)
		got := target.Arch.String()
		if target.Thumb {
			got += " thumb"
		}
		if target.CPU != "" {
			got += " " + target.CPU
		}
		if err != nil || got != c.want {
			t.Errorf("%s %s: %q (error %v), want %q", c.triple, c.cpu, got, err, c.want)
		}
	}
	for _, triple := range []string{"", "vax", "-linux", "hexagon-unknown-linux"} {
		var wrong *TripleError
		if _, err := ParseTarget(triple, ""); !errors.As(err, &wrong) || wrong.Triple != triple {
			t.Errorf("%q: %v, want a *TripleError", triple, err)
		}
	}
}

// next_pc counts what the processor fetches ahead if the target says so, which Thumb does not.
func TestPCBias(t *testing.T) {
	code := []byte{0x04, 0x00, 0x00, 0xeb, 0x00, 0xf0, 0x06, 0xf8} // bl in A32, bl in T32
	target, err := ParseTarget("armv7-linux-gnueabihf", "")
	if err != nil {
		t.Fatal(err)
	}
	facts := &fake{target: target, symbols: map[string]Place{
		"arm": {Addr: 0x1000, Content: code}, "thumb": {Addr: 0x1004, Content: code, Offset: 4, Mode: ModeThumb},
	}}
	for _, c := range []struct {
		bias uint64
		rule string
	}{
		{0, "next_pc(arm) = thumb"}, {4, "next_pc(arm) = 0x1008"}, {0, "next_pc(thumb) = 0x1008"}, {4, "next_pc(thumb) = 0x1008"},
		{0, "decode_operand(arm, 0) = 16"}, {0, "decode_operand(thumb, 2) = 12"},
	} {
		facts.target.PCBias = c.bias
		if err := Check(facts, c.rule); err != nil {
			t.Errorf("with a bias of %d: %v", c.bias, err)
		}
	}
}
