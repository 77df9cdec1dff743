package objimage

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// benchBuffers returns the objects that OBJIMAGE_BENCH, a glob pattern, names, and else one like those that -ffunction-sections makes of a
// small source file.
func benchBuffers(b *testing.B) []*Buffer {
	b.Helper()
	pattern := os.Getenv("OBJIMAGE_BENCH")
	if pattern == "" {
		return []*Buffer{NewBuffer("typical.o", typical().build())}
	}
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		b.Fatalf("OBJIMAGE_BENCH=%q: no files (%v)", pattern, err)
	}
	var bufs []*Buffer
	for _, p := range paths {
		buf, err := OpenBuffer(p)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { buf.Close() })
		bufs = append(bufs, buf)
	}
	return bufs
}

// typical has 44 sections, 70 symbols and 75 relocations.
func typical() *elfSpec {
	s := sample(true, binary.LittleEndian)
	*s.sections[nGroup] = sectionSpec{}
	*s.sections[nShndx] = sectionSpec{}
	global := s.syms()[3]
	for len(s.syms()) < 70 {
		s.sections[nSymtab].data = append(s.syms(), global)
	}
	s.syms()[2].Shndx = nText
	for k := range 15 {
		relocs := *s.sections[nReloc]
		relocs.info = uint32(len(s.sections))
		relocs.name = fmt.Sprint(".rela.text.f", k)
		relocs.data = slices.Repeat(s.relocs()[:1], 5)
		s.sections = append(s.sections, new(*s.sections[nText]), &relocs)
	}
	for range 5 {
		s.sections = append(s.sections, new(*s.sections[nBSS]))
	}
	s.sections[nReloc].data = []elf.Rela64{}
	return s
}

func benchObjects(b *testing.B) []*Object {
	b.Helper()
	var objs []*Object
	for _, buf := range benchBuffers(b) {
		o, err := Parse(buf)
		if err != nil {
			b.Fatal(err)
		}
		objs = append(objs, o)
	}
	return objs
}

func perItem(b *testing.B, items int, unit string) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(items), "ns/"+unit)
}

func BenchmarkParse(b *testing.B) {
	bufs := benchBuffers(b)
	sections := 0
	b.ReportAllocs()
	for b.Loop() {
		sections = 0
		for _, buf := range bufs {
			o, err := Parse(buf)
			if err != nil {
				b.Fatal(err)
			}
			sections += o.NumSections()
		}
	}
	perItem(b, len(bufs), "object")
	perItem(b, sections, "section")
}

func BenchmarkSymbols(b *testing.B) {
	objs := benchObjects(b)
	var batch [256]Symbol
	total := 0
	b.ReportAllocs()
	for b.Loop() {
		total = 0
		for _, o := range objs {
			for from := 0; ; {
				n, err := o.Symbols(from, batch[:])
				if err != nil {
					b.Fatal(err)
				}
				if n == 0 {
					break
				}
				from += n
				total += n
			}
		}
	}
	perItem(b, total, "symbol")
}

func BenchmarkRelocs(b *testing.B) {
	objs := benchObjects(b)
	var batch [256]Reloc
	total := 0
	b.ReportAllocs()
	for b.Loop() {
		total = 0
		for _, o := range objs {
			for i := range o.NumSections() {
				_, num, _, ok := o.RelocTarget(i)
				for from := 0; ok && from < num; {
					from += o.Relocs(i, from, batch[:])
				}
				total += num
			}
		}
	}
	perItem(b, total, "reloc")
}

func BenchmarkSection(b *testing.B) {
	objs := benchObjects(b)
	total, size := 0, uint64(0)
	for b.Loop() {
		total = 0
		for _, o := range objs {
			for i := range o.NumSections() {
				s := o.Section(i)
				size += s.Size + s.Align
			}
			total += o.NumSections()
		}
	}
	perItem(b, total, "section")
	_ = size
}
