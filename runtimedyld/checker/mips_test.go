package checker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestCompressedMIPS: the mode says which of the three encodings the bytes are.
func TestCompressedMIPS(t *testing.T) {
	target := Target{Arch: objimage.ArchMips}
	code := []byte{0x0c, 0x85, 0x00, 0x03}
	for mode, want := range map[Mode]string{
		ModeTarget: "<MCInst JAL <MCOperand Imm:34865164>>", ModeMicroMIPS: "<MCInst MOVE16_MM <MCOperand Reg> <MCOperand Reg>>",
		ModeMIPS16: "<MCInst AddiuRxPcImmX16 <MCOperand Reg> <MCOperand Imm:532>>",
	} {
		if got, err := Decode(target, mode, code); err != nil || got.String() != want {
			t.Errorf("mode %d: %v (error %v), want %s", mode, got, err, want)
		}
	}
	_, err := Decode(target, ModeMIPS16, []byte{0xe8, 0x06, 0, 0}[:1])
	e := new(DecodeError)
	if !errors.As(err, &e) || e.Mode != ModeMIPS16 || !strings.Contains(err.Error(), "of MIPS16") {
		t.Errorf("%v", err)
	}
	f := &fake{target: target, symbols: map[string]Place{"function": {Addr: 0x1000, Content: code, Mode: ModeMIPS16}}}
	for _, rule := range []string{"decode_operand(function, 1) = 532", "next_pc(function) = 0x1002"} {
		if err := Check(f, rule); err != nil {
			t.Error(err)
		}
	}
}

// disassembled16 is a line of GNU objdump: the address, the halfwords, the instruction.
var disassembled16 = regexp.MustCompile(`(?m)^\s*([0-9a-f]+):\s+([0-9a-f]{4}(?: [0-9a-f]{4})?) +\t(\S+)[ \t]*(.*)$`)

// TestMIPS16 compares with GNU objdump, because LLVM decodes no MIPS16 code: the size, and the immediates, which are those of the assembly text.
func TestMIPS16(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	objdump := testenv.NeedsTool(t, "mips64-linux-gnuabi64-objdump", "gcc-mips64-linux-gnuabi64")
	const stride = 10 // of samples, between which there are nops: what is in a delay slot counts from elsewhere
	code, r := bytes.Repeat([]byte{0x65, 0x00}, 150000), rand.New(rand.NewSource(1))
	for i := 0; i < len(code); i += stride {
		word := r.Uint32()
		if r.Intn(2) == 0 { // a prefix, without bits that are reserved in most of what it is for
			word = word&0x07ffff1f | 0xf0000000
		}
		binary.BigEndian.PutUint32(code[i:], word)
	}
	path := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(path, code, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(objdump, "-D", "-z", "-bbinary", "-mmips:16", "-EB", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]int{}
	for _, m := range disassembled16.FindAllStringSubmatch(string(text), -1) {
		at, err := strconv.ParseUint(m[1], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		if at%stride != 0 {
			continue
		}
		inst, err := Decode(Target{Arch: objimage.ArchMips64}, ModeMIPS16, code[at:])
		if compareMIPS16(t, at, m, inst, err) {
			known[inst.Name]++
		}
	}
	if len(known) < 110 {
		t.Errorf("%d opcodes are known, want 110: %v", len(known), known)
	}
}

var number16 = regexp.MustCompile(`(?:^|,)(-?(?:0x[0-9a-f]+|[0-9]+))(?:\(|,|$)`)

// compareMIPS16 reports whether an instruction is decoded, and has the size and the immediates that a line of GNU objdump has, where immediates are
// shown as addresses at times.
func compareMIPS16(t *testing.T, at uint64, line []string, inst Inst, err error) bool {
	if err != nil {
		return false
	}
	halves, mnemonic, text := strings.ReplaceAll(line[2], " ", ""), line[3], strings.TrimSpace(line[4])
	var got, want []int64
	for _, op := range inst.Operands {
		if op.IsImm {
			got = append(got, op.Imm)
		}
	}
	for _, m := range number16.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseInt(m[1], 0, 64)
		if err != nil { // an address below 0
			u, _ := strconv.ParseUint(m[1], 0, 64)
			n = int64(u)
		}
		want = append(want, n)
	}
	relative := len(want) > 0 && !strings.Contains(text, "(") && !strings.Contains(text, "sp")
	switch mnemonic {
	case "b", "beqz", "bnez", "bteqz", "btnez":
		want[len(want)-1] -= int64(at) + int64(inst.Size) + 1
	case "jal", "jalx":
		want[0] &^= 1
	case "la", "dla":
		want[0] -= int64(at &^ 3)
	case "lw":
		if relative {
			want = []int64{want[0] - int64(at&^3), 4}
		}
	case "ld":
		if relative {
			want[0] -= int64(at &^ 7)
		}
	case "sdbbp":
		want = append(want, 0)[:1]
	case "break": // whose code LLVM leaves away
		want = nil
	}
	if inst.Size != len(halves)/2 || !slices.Equal(got, want) {
		t.Errorf("%s %s %s: %v (%d bytes), want %d", halves, mnemonic, text, inst, inst.Size, want)
	}
	return true
}
