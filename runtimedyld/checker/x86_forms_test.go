package checker

import (
	"math/rand"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// x86Marker is an instruction that is in no sample: mov $0x1234567, %eax.
var x86Marker = []byte{0xb8, 0x67, 0x45, 0x23, 0x01}

// An x86Vector is a kind of prefix, and the opcode maps behind it.
type x86Vector struct {
	name    string
	kind    byte
	opcodes []byte
	least   int // how many of LLVM's opcodes are compared at least, in 64-bit mode
}

var x86Vectors = []x86Vector{
	{"VEX", 0xc4, []byte{1, 2, 3}, 1000},
	{"XOP", 0x8f, []byte{8, 9, 10}, 80},
	{"EVEX", 0x62, []byte{1, 2, 3, 5, 6}, 3000},
}

// samples returns instructions of all opcodes of the maps, with and without memory, once with a byte more for those that have an immediate. What
// is random are the registers, the vectors' length, masks and EVEX.b.
func (v x86Vector) samples(r *rand.Rand) [][]byte {
	var samples [][]byte
	for _, opcodes := range v.opcodes {
		for opcode := range 256 {
			if opcodes == 1 && opcode == 0x77 && v.kind == 0xc4 { // vzeroupper, which has no ModRM: see TestOperands
				continue
			}
			for w := range byte(2) {
				for pp := range byte(4) {
					for _, tail := range []string{"\xc0", "\x44\x48\x13", "\x05\x12\x34\x56\x78"} {
						vvvv := []byte{0x78, byte(r.Intn(16)) << 3}[r.Intn(4)/3]
						head := []byte{v.kind, 0xe0 | opcodes, w<<7 | vvvv | byte(r.Intn(2))<<2 | pp, byte(opcode)}
						if v.kind == 0x62 {
							mask := []byte{0, 0, byte(r.Intn(8)), byte(r.Intn(8)) | 0x80}[r.Intn(4)]
							head = []byte{v.kind, 0xf0 | opcodes, w<<7 | vvvv | 4 | pp, byte(r.Intn(3))<<5 | byte(r.Intn(2))<<4 | 8 | mask, byte(opcode)}
						}
						code := append(head, tail...)
						code[len(head)] |= byte(r.Intn(8)) << 3
						if tail == "\xc0" {
							code[len(head)] |= byte(r.Intn(8))
						}
						samples = append(samples, code, append(code[:len(code):len(code)], 0x90|byte(r.Intn(8))))
						if opcodes == 10 { // whose immediates are wider
							samples = append(samples, append(code[:len(code):len(code)], 1, 2, 3, byte(r.Intn(256))))
						}
					}
				}
			}
		}
	}
	return samples
}

// TestX86Suffixes compares all instructions of 3DNow!, whose opcode comes last.
func TestX86Suffixes(t *testing.T) {
	var samples [][]byte
	for opcode := range 256 {
		for _, operands := range []string{"\xd1", "\x50\x08", "\x1d\x34\x12\x00\x00"} {
			samples = append(samples, append([]byte("\x0f\x0f"+operands), byte(opcode)))
		}
	}
	for _, arch := range []objimage.Arch{objimage.ArchI386, objimage.ArchX86_64} {
		names := compareAll(t, Target{Arch: arch}, oracle{args: []string{"-triple=" + arch.String()}, marker: x86Marker}, samples)
		if len(names) != 2*len(x86DNow) {
			t.Errorf("%v: %d opcodes of LLVM compared, want %d", arch, len(names), 2*len(x86DNow))
		}
	}
}

// TestX86Forms compares all instructions with VEX, XOP and EVEX prefixes with LLVM's: what LLVM decodes has to be decoded, alike.
func TestX86Forms(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for rounds, arch := range []objimage.Arch{objimage.ArchI386, objimage.ArchX86_64} {
		for _, v := range x86Vectors {
			t.Run(arch.String()+" "+v.name, func(t *testing.T) {
				r := rand.New(rand.NewSource(1))
				samples := v.samples(r)
				for range 2 * rounds * count(v.kind == 0x62) { // masks make most of LLVM's opcodes
					samples = append(samples, v.samples(r)...)
				}
				names := compareAll(t, Target{Arch: arch}, oracle{args: []string{"-triple=" + arch.String()}, marker: x86Marker}, samples)
				t.Logf("%d opcodes of LLVM compared", len(names))
				if least := v.least; arch == objimage.ArchX86_64 && len(names) < least {
					t.Errorf("%d opcodes of LLVM compared, want %d", len(names), least)
				}
			})
		}
	}
}

// compareAll wants each sample that LLVM decodes as one instruction to be decoded alike, and returns LLVM's names of them.
func compareAll(t *testing.T, target Target, o oracle, samples [][]byte) map[string]bool {
	names := map[string]bool{}
	wrong := 0
	for i, want := range o.decode(t, samples) {
		if want == nil {
			continue
		}
		names[want.Name] = true
		got, err := Decode(target, ModeTarget, samples[i])
		if err == nil && got.Size == len(samples[i]) && !got.Opaque && sameOperands(got, *want) {
			continue
		}
		if wrong++; wrong <= 10 {
			t.Errorf("% x: %v (%d bytes, error %v), want %v", samples[i], got, got.Size, err, *want)
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d differ", wrong, len(samples))
	}
	return names
}
