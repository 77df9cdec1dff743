package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// evalText computes a formula as people read it: letters of the psABI, joined by + and -.
func evalText(text string, v *vars) (uint64, error) {
	letters := map[string]uint64{"S": v.S, "A": v.A, "P": v.P, "G": v.G, "GOT": v.GOT, "L": v.L, "Z": v.Z, "D": v.D, "T": v.T, "0": 0}
	words := strings.Fields("+ " + text)
	if len(words)%2 != 0 {
		return 0, fmt.Errorf("%q does not end in an operand", text)
	}
	sum := uint64(0)
	for i := 0; i < len(words); i += 2 {
		x, ok := letters[words[i+1]]
		if !ok {
			return 0, fmt.Errorf("%q: no quantity is called %q", text, words[i+1])
		}
		switch words[i] {
		case "+":
			sum += x
		case "-":
			sum -= x
		default:
			return 0, fmt.Errorf("%q: no operation is written %q", text, words[i])
		}
	}
	return sum, nil
}

func TestFormulaText(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range x86_64ELF {
		row := &x86_64ELF[i]
		if row.formula == nil {
			continue
		}
		for range 1000 {
			v := vars{random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64()}
			want, err := evalText(row.formula.text, &v)
			if err != nil {
				t.Fatalf("%s: %v", row.name, err)
			}
			if got := row.formula.eval(&v); got != want {
				t.Fatalf("%s: %s is %#x, the function says %#x, of %+v", row.name, row.formula.text, want, got, v)
			}
		}
	}
}

// psABI is the column "Calculation" of table 4.9, and "Field", of the relocations that relocatable objects have.
var psABI = map[elf.R_X86_64]struct {
	formula string
	bits    int
}{
	elf.R_X86_64_64: {"S + A", 64}, elf.R_X86_64_PC32: {"S + A - P", 32}, elf.R_X86_64_GOT32: {"G + A", 32},
	elf.R_X86_64_PLT32: {"L + A - P", 32}, elf.R_X86_64_GOTPCREL: {"G + GOT + A - P", 32}, elf.R_X86_64_32: {"S + A", 32},
	elf.R_X86_64_32S: {"S + A", 32}, elf.R_X86_64_16: {"S + A", 16}, elf.R_X86_64_PC16: {"S + A - P", 16}, elf.R_X86_64_8: {"S + A", 8},
	elf.R_X86_64_PC8: {"S + A - P", 8}, elf.R_X86_64_PC64: {"S + A - P", 64}, elf.R_X86_64_GOTOFF64: {"S + A - GOT", 64},
	elf.R_X86_64_GOTPC32: {"GOT + A - P", 32}, elf.R_X86_64_GOT64: {"G + A", 64}, elf.R_X86_64_GOTPCREL64: {"G + GOT + A - P", 64},
	elf.R_X86_64_GOTPC64: {"GOT + A - P", 64}, elf.R_X86_64_GOTPLT64: {"G + A", 64}, elf.R_X86_64_PLTOFF64: {"L + A - GOT", 64},
	elf.R_X86_64_PC32_BND: {"S + A - P", 32}, elf.R_X86_64_PLT32_BND: {"L + A - P", 32},
	elf.R_X86_64_SIZE32: {"Z + A", 32}, elf.R_X86_64_SIZE64: {"Z + A", 64},
	elf.R_X86_64_GOTPCRELX: {"G + GOT + A - P", 32}, elf.R_X86_64_REX_GOTPCRELX: {"G + GOT + A - P", 32}, elf.R_X86_64_NONE: {"0", 0},
	elf.R_X86_64_TLSGD: {"G + GOT + A - P", 32}, elf.R_X86_64_TLSLD: {"G + GOT + A - P", 32}, elf.R_X86_64_GOTTPOFF: {"G + GOT + A - P", 32},
	elf.R_X86_64_GOTPC32_TLSDESC: {"G + GOT + A - P", 32}, elf.R_X86_64_TLSDESC_CALL: {"0", 0},
	elf.R_X86_64_DTPOFF32: {"D + A", 32}, elf.R_X86_64_DTPOFF64: {"D + A", 64}, elf.R_X86_64_TPOFF32: {"T + A", 32}, elf.R_X86_64_TPOFF64: {"T + A", 64},
}

// TestTable compares the rows with the psABI and with debug/elf: all types have a row, under their name.
func TestTable(t *testing.T) {
	served := 0
	for typ := uint32(0); typ < 256; typ++ {
		name, row := elf.R_X86_64(typ).String(), x86_64.row(typ)
		if known := strings.HasPrefix(name, "R_X86_64_") && !strings.Contains(name, "+"); row == nil {
			if known {
				t.Errorf("%s has no row", name)
			}
			continue
		} else if known && row.name != name {
			t.Errorf("type %d is called %s, not %s", typ, name, row.name)
		}
		want, ok := psABI[elf.R_X86_64(typ)]
		if ok != (row.formula != nil) || ok == (row.refusal != "") {
			t.Errorf("%s: served %v, refused because %q; wanted %v", row.name, row.formula != nil, row.refusal, ok)
			continue
		}
		if ok && (row.formula.text != want.formula || row.field.size*8 != want.bits) {
			t.Errorf("%s is %s in %d bits, the psABI says %s in %d", row.name, row.formula.text, row.field.size*8, want.formula, want.bits)
		}
		if ok {
			served++
		}
	}
	if served != len(psABI) {
		t.Errorf("%d types are served, want %d", served, len(psABI))
	}
}

// TestRefused loads an object with one relocation of each type that is not served.
func TestRefused(t *testing.T) {
	types := []uint32{0xffffffff, 1 << 31, 255}
	for typ := uint32(0); typ < 80; typ++ {
		if row := x86_64.row(typ); row == nil || row.formula == nil {
			types = append(types, typ)
		}
	}
	for _, typ := range types {
		w := newELF("refused.o")
		text := w.section(".text", flagsText, make([]byte, 16))
		w.reloc(text, 3, elf.R_X86_64(typ), w.global("somebody", text, 0), 7)
		b := newBench(t, nil)
		_, err := b.LoadObject(w.parse(t))
		e := new(RelocationError)
		if !errors.Is(err, ErrUnsupportedRelocation) || !errors.As(err, &e) {
			t.Errorf("type %d: %v", typ, err)
			continue
		}
		name, reason := fmt.Sprint(typ), "type unknown on x86_64"
		if row := x86_64.row(typ); row != nil {
			name, reason = row.name, row.refusal
		}
		want := RelocationError{Object: "refused.o", Section: ".text", Offset: 3, Type: name, Symbol: "somebody", Addend: 7, Detail: reason, Err: ErrUnsupportedRelocation}
		if *e != want {
			t.Errorf("type %d:\n got %+v\nwant %+v", typ, *e, want)
		}
		if b.mm.count() != 0 || b.NumSymbols() != 0 {
			t.Errorf("type %d: %d allocations and %d symbols are left", typ, b.mm.count(), b.NumSymbols())
		}
	}
}
