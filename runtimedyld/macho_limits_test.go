package runtimedyld

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// machoPlace is where the place of a limit's relocation is, and what is subtracted.
const (
	machoPlaceAt = 0x40_0000
	machoBaseAt  = 0x30_0000
	machoFarAt   = 0x7fff_0000_0000
	machoOff     = 8
)

// machoLimitObject has one relocation of a type, of a symbol in a section of its own, without an addend.
func machoLimitObject(a objimage.Arch, typ uint32) *machoWriter {
	const section = 0xe | 1 // N_SECT, N_EXT
	w := &machoWriter{name: "limits.o", arch: a, sections: []machoWritten{
		{segment: "__DATA", name: "__place", data: make([]byte, 24)},
		{segment: "__DATA", name: "__target", data: make([]byte, 8), addr: 0x40},
		{segment: "__DATA", name: "__base", data: make([]byte, 8), addr: 0x60},
	}, symbols: []machoSymbol{{"_target", section, 2, 0, 0x40}, {"_base", section, 3, 0, 0x60}}}
	place, kind := &w.sections[0], typ&^objimage.MachOPaired
	switch wide := a == objimage.ArchX86_64 || a == objimage.ArchAArch64; {
	case wide && typ != kind:
		minus := uint32(5)
		if a == objimage.ArchAArch64 {
			minus = 1
		}
		place.relocs = append(place.relocs, machoReloc(machoOff, 1, minus|kind&^15, true), machoReloc(machoOff, 0, kind, true))
	case typ != kind:
		place.relocs = append(place.relocs, scattered(machoOff, 0x40, kind), scattered(0, 0x60, 1|kind&^15))
		littleEndian.store(place.data[machoOff:], 1<<(kind>>4&3), ^uint64(0x1f)) // what assemblers write: 0x40 - 0x60
	default:
		place.relocs = append(place.relocs, machoReloc(machoOff, 0, kind, true))
		if a == objimage.ArchX86_64 && kind&objimage.MachOPCRel != 0 {
			littleEndian.store(place.data[machoOff:], 1<<(kind>>4&3), 1<<(kind>>4&3)) // displacements count from their end
		}
		if a == objimage.ArchI386 && kind&objimage.MachOPCRel != 0 {
			littleEndian.store(place.data[machoOff:], 1<<(kind>>4&3), ^uint64(machoOff)+1) // as the place is in the file
		}
	}
	return w
}

// TestMachOLimits stores min-1, min, max, max+1 and values between, through the linker, with each relocation of Mach-O that can overflow: values are distances of its symbol, or of the
// symbol's GOT entry.
func TestMachOLimits(t *testing.T) {
	tried := map[string]bool{} // branches that go through veneers
	for number, widths := range machoArches {
		for _, a := range widths {
			if a == nil {
				continue
			}
			for typ := range a.rows {
				row := &a.rows[typ]
				switch {
				case !hasLimits(a, row):
				case row.need&needVeneer != 0:
					tried[row.name] = true
				default:
					t.Run(fmt.Sprintf("%s/%s/%d", a.name, row.name, typ), func(t *testing.T) { machoLimits(t, a, objimage.Arch(number), row, uint32(typ)) })
				}
			}
		}
	}
	branchLimits(t, tried, machoBranches)
}

// hasLimits says whether a relocation can have a value that its field does not hold: all but those that do nothing, that take part of a value, and that take all that an address can be.
func hasLimits(a *arch, row *howto) bool {
	if row.formula == nil || row.field.size == 0 || row.field.span == ^uint64(0) {
		return false
	}
	switch row.formula {
	case &a64Low, &a64LowInSection, &a64SlotLow:
		return false
	}
	return !a.narrow || row.field.span < 1<<32-1
}

// machoBranches are the branches of Mach-O on ARM.
var machoBranches = []limitBranch{
	{"ARM_RELOC_BR24", armMachO[armBR24|machoPC|machoLong].field, "bl _target", 4, 8, machoBranchSource(".code 32"), "armv7-apple-ios"},
	{"ARM_THUMB_RELOC_BR22", armMachO[armBR22|machoPC|machoLong].field, "bl _target", 2, 4, machoBranchSource(".code 16\n.thumb_func _target"), "armv7-apple-ios"},
}

func machoBranchSource(mode string) string {
	return ".section __TEXT,__place,regular,pure_instructions\n" + mode + "\nBRANCH\n.section __TEXT,__target,regular,pure_instructions\n.globl _target\n.p2align 2\n_target: nop\n"
}

func machoLimits(t *testing.T, a *arch, number objimage.Arch, row *howto, typ uint32) {
	lo, hi := row.field.limits()
	step := int64(row.field.low) + 1
	v := vars{P: machoPlaceAt + machoOff, B: machoBaseAt}
	zero := row.formula.eval(&v)
	for _, x := range []int64{lo - step, lo, lo + step, 0, step, hi - step, hi, hi + step} {
		s := uint64(x) - zero
		if a.narrow {
			s = uint64(uint32(s))
		}
		addrs := map[string]uint64{"__place": machoPlaceAt, "__target": s, "__base": machoBaseAt}
		if row.need&needSlot != 0 {
			addrs["__target"], addrs[".got"] = machoFarAt, s
		}
		b := newBench(t, addrs)
		b.loadImage(machoLimitObject(number, typ).parse(t))
		_, err := b.Finalize()
		if fits := x >= lo && x <= hi; !fits {
			e := new(RelocationError)
			if !errors.As(err, &e) || !errors.Is(err, ErrRelocationOverflow) || e.Value != x || e.Offset != machoOff || e.Type != row.name {
				t.Errorf("%d: %v", x, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%d: %v", x, err)
			continue
		}
		want := make([]byte, row.field.size)
		row.field.store(want, uint64(x))
		if got := b.mm.section("limits.o", "__place").Mem[machoOff:][:row.field.size]; !bytes.Equal(got, want) {
			t.Errorf("%d: %x, want %x", x, got, want)
		}
	}
}
