package checker

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// An oracle is llvm-mc disassembling for one target.
type oracle struct {
	newer  bool     // LLVM 19 is asked: 14 does not have the target
	args   []string // of llvm-mc: triple, processor, features
	behind int      // how many instructions are in a sample behind the one that it is about
	marker []byte   // an instruction that is put behind each sample, so that its output can be told from the next one's
}

var mcInst = regexp.MustCompile(`<MCInst #\d+ ([^\s>]+)|<MCOperand (Reg|Imm|[A-Za-z]+):([^>]*)>`)

// decode returns what LLVM makes of each sample, which is exactly one instruction: nil if it is not one.
func (o oracle) decode(t *testing.T, samples [][]byte) []*Inst {
	t.Helper()
	version := "14"
	if o.newer {
		version = "19"
	}
	path := testenv.NeedsTool(t, "llvm-mc-"+version, "llvm-"+version)
	var input strings.Builder
	for _, s := range append([][]byte{nil}, samples...) {
		writeBlock(&input, s)
		writeBlock(&input, o.marker)
	}
	command := exec.Command(path, append([]string{"--disassemble", "--show-inst"}, o.args...)...)
	command.Stdin = strings.NewReader(input.String())
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil && len(output) == 0 {
		t.Fatalf("%v: %v\n%s", command, err, complaints.String())
	}
	insts := parseInsts(t, string(output))
	return o.split(t, insts, len(samples))
}

// writeBlock writes code in brackets: llvm-mc reads no instruction across their end.
func writeBlock(b *strings.Builder, code []byte) {
	if len(code) == 0 {
		return
	}
	b.WriteByte('[')
	for i, c := range code {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(b, "0x%02x", c)
	}
	b.WriteString("]\n")
}

func parseInsts(t *testing.T, output string) []Inst {
	t.Helper()
	var insts []Inst
	for _, m := range mcInst.FindAllStringSubmatch(output, -1) {
		if m[1] != "" {
			insts = append(insts, Inst{Name: m[1]})
			continue
		}
		op := Operand{}
		if m[2] == "Imm" {
			n, err := strconv.ParseInt(m[3], 10, 64)
			if err != nil {
				t.Fatalf("llvm-mc shows the immediate %q: %v", m[3], err)
			}
			op = immediate(n)
		}
		last := &insts[len(insts)-1]
		last.Operands = append(last.Operands, op)
	}
	return insts
}

// split cuts the output at the markers, of which the first shows what one looks like.
func (o oracle) split(t *testing.T, insts []Inst, samples int) []*Inst {
	t.Helper()
	if len(insts) == 0 {
		t.Fatal("llvm-mc does not decode the marker")
	}
	marker := insts[0].String()
	results := make([]*Inst, 0, samples)
	start := 1
	for i := 1; i < len(insts); i++ {
		if insts[i].String() != marker {
			continue
		}
		var one *Inst
		if i-start == 1+o.behind {
			one = &insts[start]
		}
		results = append(results, one)
		start = i + 1
	}
	if len(results) != samples {
		t.Fatalf("llvm-mc's output has %d markers for %d samples", len(results), samples)
	}
	return results
}

// sameOperands reports whether two instructions have the same operands.
func sameOperands(a, b Inst) bool {
	if len(a.Operands) != len(b.Operands) {
		return false
	}
	for i := range a.Operands {
		if a.Operands[i] != b.Operands[i] {
			return false
		}
	}
	return true
}
