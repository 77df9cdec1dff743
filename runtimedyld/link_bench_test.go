package runtimedyld

import (
	"debug/elf"
	"fmt"
	"testing"
)

// linkMixes are relocations in the proportions in which compilers emit them for position-independent code, by architecture: types, and symbols, here 0 for a local
// one, 1 for one of the object, 2 for one of another.
var linkMixes = map[string][]struct{ typ, symbol uint32 }{
	"x86_64": {
		{uint32(elf.R_X86_64_PLT32), 1}, {uint32(elf.R_X86_64_PLT32), 2}, {uint32(elf.R_X86_64_PC32), 0}, {uint32(elf.R_X86_64_PC32), 0},
		{uint32(elf.R_X86_64_REX_GOTPCRELX), 2}, {uint32(elf.R_X86_64_64), 0},
	},
	"aarch64": {
		{uint32(elf.R_AARCH64_CALL26), 1}, {uint32(elf.R_AARCH64_CALL26), 2}, {uint32(elf.R_AARCH64_ADR_PREL_PG_HI21), 0}, {uint32(elf.R_AARCH64_ADD_ABS_LO12_NC), 0},
		{uint32(elf.R_AARCH64_ADR_GOT_PAGE), 2}, {uint32(elf.R_AARCH64_LD64_GOT_LO12_NC), 2}, {uint32(elf.R_AARCH64_ABS64), 0},
	},
	"ppc64le": {
		{uint32(elf.R_PPC64_REL24), 1}, {uint32(elf.R_PPC64_REL24_NOTOC), 2}, {uint32(elf.R_PPC64_TOC16_HA), 0}, {uint32(elf.R_PPC64_TOC16_LO), 0},
		{uint32(elf.R_PPC64_TOC16_HA), 0}, {uint32(elf.R_PPC64_TOC16_LO_DS), 0}, {uint32(elf.R_PPC64_ADDR64), 0},
	},
	"s390x": {
		{uint32(elf.R_390_PLT32DBL), 1}, {uint32(elf.R_390_PLT32DBL), 2}, {uint32(elf.R_390_PC32DBL), 0}, {uint32(elf.R_390_PC32DBL), 0}, {uint32(elf.R_390_GOTENT), 2}, {uint32(elf.R_390_64), 0},
	},
}

// BenchmarkLink applies a hundred thousand relocations of the usual kinds, again and again.
func BenchmarkLink(b *testing.B) {
	const n, symbols = 100_000, 1000
	for _, a := range testArches() {
		mix := linkMixes[a.name]
		if mix == nil {
			continue
		}
		b.Run(a.name, func(b *testing.B) {
			w, other := a.newELF("mix.o"), a.newELF("other.o")
			text := w.section(".text", flagsText, make([]byte, 8*n))
			far := other.section(".text", flagsText, make([]byte, 8*n))
			var syms [3][]uint32
			for i := range symbols {
				syms[0] = append(syms[0], w.local(fmt.Sprint("local", i), text, uint64(i)*64))
				syms[1] = append(syms[1], w.global(fmt.Sprint("global", i), text, uint64(i)*64))
				syms[2] = append(syms[2], w.undefined(fmt.Sprint("far", i)))
				other.global(fmt.Sprint("far", i), far, uint64(i)*64)
			}
			for i := range n {
				m := mix[i%len(mix)]
				addend := int64(0)
				if a.name == "x86_64" && m.typ != uint32(elf.R_X86_64_64) {
					addend = -4
				}
				w.relocate(text, uint64(i)*8, m.typ, syms[m.symbol][i*7%symbols], addend)
			}
			d := New(newTestMM(), nil)
			o, err := d.LoadObject(w.parse(b))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := d.LoadObject(other.parse(b)); err != nil {
				b.Fatal(err)
			}
			addr, _ := o.SectionLoadAddress(1)
			for b.Loop() {
				if err := d.MapSectionAddress(o, 1, addr); err != nil {
					b.Fatal(err)
				}
				if err := d.ResolveRelocations(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/relocation")
		})
	}
}
