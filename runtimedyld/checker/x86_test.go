package checker

import (
	"math/rand"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// x86Samples returns instructions of all opcode maps, behind all prefixes that choose among instructions, with a ModRM of each kind and
// all else random.
func x86Samples(r *rand.Rand) [][]byte {
	var samples [][]byte
	for _, prefix := range [][]byte{{}, {0x66}, {0xf2}, {0xf3}, {0x48}, {0x66, 0x48}, {0x41}, {0x64}, {0x67}} {
		for _, escape := range [][]byte{{}, {0x0f}, {0x0f, 0x38}, {0x0f, 0x3a}} {
			for opcode := range 256 {
				head := append(append(append([]byte{}, prefix...), escape...), byte(opcode))
				samples = append(samples, withModRM(r, head)...)
			}
		}
	}
	return samples
}

// withModRM continues an instruction with a register, memory through a register, memory with an index, and memory at a 32-bit displacement.
func withModRM(r *rand.Rand, head []byte) [][]byte {
	var samples [][]byte
	for _, modrm := range []byte{0xc0 | byte(r.Intn(64)), 0x40 | byte(r.Intn(4)) | byte(r.Intn(8))<<3, 0x84 | byte(r.Intn(8))<<3, 0x05 | byte(r.Intn(8))<<3} {
		tail := make([]byte, 14)
		r.Read(tail)
		samples = append(samples, append(append(append([]byte{}, head...), modrm), tail...)[:15])
	}
	return samples
}

// TestX86 compares names' operands and sizes with LLVM's over all opcodes. What only one of the two decodes as one instruction says nothing:
// LLVM takes prefixes that do nothing for instructions of their own.
func TestX86(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	r := rand.New(rand.NewSource(1))
	samples := x86Samples(r)
	for _, arch := range []objimage.Arch{objimage.ArchX86_64, objimage.ArchI386} {
		t.Run(arch.String(), func(t *testing.T) {
			compareX86(t, arch, samples, 15000)
		})
	}
}

func compareX86(t *testing.T, arch objimage.Arch, samples [][]byte, least int) {
	var insts []Inst
	var codes [][]byte
	for _, code := range samples {
		if inst, err := Decode(Target{Arch: arch}, ModeTarget, code); err == nil && !repeated(code) && inst.Name != "pause" {
			insts = append(insts, inst)
			codes = append(codes, code[:inst.Size])
		}
	}
	o := oracle{args: []string{"-triple=" + arch.String()}, marker: x86Marker}
	compared, wrong := 0, 0
	for i, want := range o.decode(t, codes) {
		if want == nil {
			continue
		}
		compared++
		if sameOperands(insts[i], *want) {
			continue
		}
		if wrong++; wrong <= 10 {
			t.Errorf("% x: %v, want %v", codes[i], insts[i], *want)
		}
	}
	t.Logf("%d of %d instructions compared", compared, len(samples))
	if wrong > 0 || compared < least {
		t.Errorf("%d differ of %d compared, want at least %d", wrong, compared, least)
	}
}

// repeated reports whether code is xchg behind a repeat prefix, which is other instructions in LLVM (xacquire, xrelease, pause).
func repeated(code []byte) bool {
	return (code[0] == 0xf2 || code[0] == 0xf3) && (code[1]&^1 == 0x86 || code[1] == 0x90)
}
