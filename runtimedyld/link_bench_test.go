package runtimedyld

import (
	"fmt"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// BenchmarkLink applies a hundred thousand relocations of the usual kinds, again and again, on each architecture: none is to take more than 1.5 times as long as on x86-64.
// The command bench shows that as a table; its figure is processor time.
func BenchmarkLink(b *testing.B) {
	const n = 100_000
	for _, a := range testArches() {
		b.Run(a.name, func(b *testing.B) {
			d := New(newTestMM(), nil)
			var objects [2]*Object
			for i, w := range mixObjects(a, n) {
				var err error
				if objects[i], err = d.LoadObject(w.parse(b)); err != nil {
					b.Fatal(err)
				}
			}
			addr, _ := objects[0].SectionLoadAddress(1)
			start := testenv.CPUTime()
			for b.Loop() {
				if err := d.MapSectionAddress(objects[0], 1, addr); err != nil {
					b.Fatal(err)
				}
				if err := d.ResolveRelocations(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((testenv.CPUTime()-start).Nanoseconds())/float64(b.N)/n, "cpu-ns/relocation")
		})
	}
}

// mixObjects returns an object with n relocations of the architecture's mix, and the one in which the symbols are that it does not define.
func mixObjects(a testArch, n int) [2]*elfWriter {
	const symbols = 1000
	mix, stride := linkMixes[a.name], 8
	for _, m := range mix {
		stride = max(stride, a.rows[m.typ].field.size)
	}
	w, other := a.newELF("mix.o"), a.newELF("other.o")
	text := w.section(".text", flagsText, make([]byte, stride*n))
	far := other.section(".text", flagsText, make([]byte, 64*symbols))
	sec := w.sec(text)
	sec.align, sec.rel = 16, a.implicit
	var syms [3][]uint32
	for i := range symbols {
		syms[symbolLocal] = append(syms[symbolLocal], w.local(fmt.Sprint("local", i), text, uint64(i)*64))
		syms[symbolGlobal] = append(syms[symbolGlobal], w.global(fmt.Sprint("global", i), text, uint64(i)*64))
		syms[symbolFar] = append(syms[symbolFar], w.undefined(fmt.Sprint("far", i)))
		other.global(fmt.Sprint("far", i), far, uint64(i)*64)
	}
	sym := uint32(0)
	for i := range n {
		m, off := mix[i%len(mix)], uint64(i*stride)
		switch m.symbol {
		case symbolSame:
		case symbolPlace:
			sym = w.local("", text, off-uint64(stride))
		default:
			sym = syms[m.symbol][i*7%symbols]
		}
		a.order().PutUint32(sec.data[off:], m.first)
		a.order().PutUint32(sec.data[off+4:], m.second)
		w.relocate(text, off, m.typ, sym, m.addend)
	}
	return [2]*elfWriter{w, other}
}
