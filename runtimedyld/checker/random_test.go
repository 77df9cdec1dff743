package checker

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// perArch is how many words TestRandom makes for an encoding.
const perArch = 15000

// TestRandom looks at any words, and at such that differ in a few bits from a row of a table: what both decode has to have LLVM's operands, and of
// what LLVM decodes hardly anything may be missing.
func TestRandom(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	chosen := []string{
		"aarch64", "aarch64 vectors", "aarch64 scalable vectors", "arm without condition", "arm vectors", "thumb helium", "thumb vectors", "mips mips32r2",
		"mips mips32r6", "mips64 mips64r2", "mips64el mips64r6 MSA", "powerpc64le pwr10", "systemz vectors", "riscv32 vectors", "riscv64 vectors",
		"loongarch64 vectors", "sparcv9", "powerpc e500", "sparcv9 VIS", "mips mips32r5 modules", "mips64 mips64r6 modules", "micromips32 mips mips32r5",
		"micromips32 mipsel mips32r6", "micromips32 mips64el mips64r5",
	}
	encodings := slices.Concat(riscvEncodings(), aarch64Encodings(), armEncodings(), mipsEncodings(), ppcEncodings(), systemzEncodings(), otherEncodings())
	for _, e := range encodings {
		if i := slices.Index(chosen, e.name); i >= 0 && e.size != 8 {
			chosen[i] = ""
			t.Run(e.name, func(t *testing.T) { e.compareRandom(t) })
		}
	}
	if rest := strings.Join(chosen, ""); rest != "" {
		t.Errorf("no encoding is called %q", rest)
	}
}

func (e *encoding) compareRandom(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	rows := e.table.rows()
	var samples [][]byte
	for len(samples) < perArch {
		word := r.Uint64() >> (64 - 8*e.size)
		if r.Intn(2) == 0 {
			row := rows[r.Intn(len(rows))]
			word = row.value | word&^row.mask ^ 1<<r.Intn(8*e.size)
		}
		if e.single(word) {
			samples = append(samples, e.bytes(word))
		}
	}
	known, missing := 0, 0
	for i, want := range e.oracle.decode(t, samples) {
		if want == nil {
			continue
		}
		got, err := Decode(e.target, e.mode, samples[i])
		switch {
		case err != nil || got.Opaque:
			missing++
			t.Logf("% x: %v, but LLVM has %v", samples[i], err, *want)
		case got.Size != e.size || !sameOperands(got, *want):
			t.Errorf("% x: %v (%d bytes), want %v", samples[i], got, got.Size, *want)
		default:
			known++
		}
	}
	if known < 1500 || 200*missing > known {
		t.Errorf("%d are known, %d are not, want 1500 and not one of 200", known, missing)
	}
}

// single reports whether a word is one instruction, whose size no part of it makes another one, and at which llvm-mc does not die.
func (e *encoding) single(word uint64) bool {
	switch name, _, _ := strings.Cut(e.name, " "); name {
	case "micromips32":
		kind := word >> 26 & 7
		return (kind < 1 || kind > 3) && word&0xffff != 0x6b3c // rdhwr
	case "thumb":
		b := e.bytes(word)
		return b[1]>>3 >= 0b11101
	case "powerpc", "powerpc64le":
		return word>>26 != ppcPrefix && word&0xfc1007fe != 0x7c100120 // mtocrf with several fields
	case "systemz":
		return word>>46 == 3
	case "riscv32", "riscv64":
		return word&3 == 3
	}
	return true
}
