package objimage

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAgainstDebugELF compares every section, symbol and relocation with what the standard library reads.
func TestAgainstDebugELF(t *testing.T) {
	for _, tg := range targets {
		t.Run(tg.triple, func(t *testing.T) {
			t.Parallel()
			b := compileC(t, tg)
			o := mustParse(t, b)
			if o.Arch() != tg.arch || o.Bits() != tg.bits || o.Format() != ELF {
				t.Errorf("is %v of %d bits, want %v of %d", o.Arch(), o.Bits(), tg.arch, tg.bits)
			}
			compareELF(t, o)
		})
	}
}

func compareELF(t *testing.T, o *Object) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(o.Buffer().Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if o.ByteOrder() != f.ByteOrder || o.Machine() != uint32(f.Machine) {
		t.Errorf("%v, machine %d, want %v, %d", o.ByteOrder(), o.Machine(), f.ByteOrder, f.Machine)
	}
	compareSections(t, o, f)
	compareSymbols(t, o, f)
	for i, s := range f.Sections {
		want := wantRelocs(t, f, s)
		target, n, implicit, ok := o.RelocTarget(i)
		if isReloc := s.Type == elf.SHT_RELA || s.Type == elf.SHT_REL; ok != isReloc {
			t.Errorf("RelocTarget(%d) of %v: ok %v", i, s.Type, ok)
		}
		if !ok {
			continue
		}
		if target != int(s.Info) || n != len(want) || implicit != (s.Type == elf.SHT_REL) {
			t.Errorf("RelocTarget(%d) = %d, %d, %v, want %d, %d, %v", i, target, n, implicit, s.Info, len(want), s.Type == elf.SHT_REL)
		}
		// In two steps, the second with room to spare, to see both ends of a batch.
		got := make([]Reloc, n+3)
		half := o.Relocs(i, 0, got[:n/2])
		got = got[:half+o.Relocs(i, half, got[half:])]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("relocations of section %d (want, got):\n%s", i, diff)
		}
	}
}

func compareSections(t *testing.T, o *Object, f *elf.File) {
	t.Helper()
	if o.NumSections() != len(f.Sections) {
		t.Fatalf("%d sections, want %d", o.NumSections(), len(f.Sections))
	}
	batch := make([]Section, o.NumSections()+1)
	half := o.Sections(0, batch[:o.NumSections()/2])
	if n := half + o.Sections(half, batch[half:]); n != o.NumSections() {
		t.Errorf("Sections decodes %d, want %d", n, o.NumSections())
	}
	for i, s := range f.Sections[1:] {
		i++
		if batch[i] != o.Section(i) {
			t.Errorf("Sections has %+v, Section(%d) %+v", batch[i], i, o.Section(i))
		}
		want := Section{
			Index: i, Name: batch[i].Name, Type: uint32(s.Type), Flags: wantFlags(s), RawFlags: uint64(s.Flags),
			Addr: s.Addr, Offset: s.Offset, Size: s.FileSize, Align: max(s.Addralign, 1), EntSize: s.Entsize, Link: s.Link, Info: s.Info,
		}
		if entry := map[elf.SectionType]uint64{elf.SHT_RELA: s.Entsize, elf.SHT_REL: s.Entsize}[s.Type]; entry != 0 {
			want.Relocs = RelocTable{Offset: s.Offset, Target: s.Info, Num: uint32(s.FileSize / entry), Implicit: s.Type == elf.SHT_REL}
		}
		if diff := cmp.Diff(want, o.Section(i)); diff != "" {
			t.Errorf("section %d (want, got):\n%s", i, diff)
		}
		if name := string(o.SectionName(i)); name != s.Name || string(o.NameOf(&batch[i])) != name || !strings.HasPrefix(name+"\x00\x00\x00", headOf(o, &batch[i])) {
			t.Errorf("section %d is named %q, want %q", i, name, s.Name)
		}
		if s.Type == elf.SHT_NOBITS {
			if o.SectionData(i) != nil {
				t.Errorf("section %d, zero-fill, has contents", i)
			}
			continue
		}
		data, err := f.Sections[i].Data()
		if c := o.Contents(s.Offset, s.FileSize); !bytes.Equal(c, data) || cap(c) != len(c) {
			t.Errorf("section %d: Contents has %d bytes, capacity %d", i, len(c), cap(c))
		}
		if got := o.SectionData(i); err != nil || !bytes.Equal(got, data) || cap(got) != len(got) {
			t.Errorf("section %d: contents of %d bytes, capacity %d, want %d (%v)", i, len(got), cap(got), len(data), err)
		}
	}
}

func wantFlags(s *elf.Section) SectionFlags {
	var flags SectionFlags
	for raw, neutral := range map[elf.SectionFlag]SectionFlags{
		elf.SHF_WRITE: SectionWrite, elf.SHF_ALLOC: SectionAlloc, elf.SHF_EXECINSTR: SectionExec, elf.SHF_MERGE: SectionMerge,
		elf.SHF_STRINGS: SectionStrings, elf.SHF_LINK_ORDER: SectionLinkOrder, elf.SHF_GROUP: SectionGroup, elf.SHF_TLS: SectionTLS,
		elf.SHF_COMPRESSED: SectionCompressed, 0x80000000: SectionExclude,
	} {
		if s.Flags&raw != 0 {
			flags |= neutral
		}
	}
	if s.Type == elf.SHT_NOBITS {
		flags |= SectionZeroFill
	}
	return flags
}

func compareSymbols(t *testing.T, o *Object, f *elf.File) {
	t.Helper()
	want, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	got := allSymbols(t, o)
	if len(got) != len(want)+1 {
		t.Fatalf("%d symbols, want %d", len(got), len(want)+1)
	}
	for i, w := range want {
		g := got[i+1]
		name := string(o.SymbolName(&g))
		if name != w.Name || g.Value != w.Value || g.Size != w.Size || g.Other != w.Other {
			t.Errorf("symbol %d is %q %+v, want %+v", i+1, name, g, w)
		}
		if text := symbolText(&g); text != wantSymbolText(&w) {
			t.Errorf("symbol %d %q: %s, want %s", i+1, name, text, wantSymbolText(&w))
		}
		if (g.Binding == BindLocal) != (i+1 < o.FirstGlobal()) {
			t.Errorf("symbol %d: binding %v, first global is %d", i+1, g.Binding, o.FirstGlobal())
		}
	}
}

func symbolText(s *Symbol) string {
	place := map[Place]string{PlaceUndefined: "UNDEF", PlaceAbsolute: "ABS", PlaceCommon: "COMMON"}[s.Place]
	if s.Place == PlaceSection {
		place = fmt.Sprint(s.Section)
	}
	return strings.Join([]string{
		map[Binding]string{BindLocal: "LOCAL", BindGlobal: "GLOBAL", BindWeak: "WEAK"}[s.Binding],
		map[SymbolType]string{TypeNone: "NOTYPE", TypeObject: "OBJECT", TypeFunc: "FUNC", TypeSection: "SECTION", TypeFile: "FILE", TypeTLS: "TLS"}[s.Type],
		map[Visibility]string{VisibilityDefault: "DEFAULT", VisibilityHidden: "HIDDEN", VisibilityInternal: "INTERNAL", VisibilityProtected: "PROTECTED"}[s.Visibility],
		place,
	}, " ")
}

func wantSymbolText(s *elf.Symbol) string {
	place := strings.TrimPrefix(s.Section.String(), "SHN_")
	if s.Section > 0 && s.Section < elf.SHN_LORESERVE {
		place = fmt.Sprint(int(s.Section))
	}
	return strings.Join([]string{
		strings.TrimPrefix(elf.ST_BIND(s.Info).String(), "STB_"),
		strings.TrimPrefix(elf.ST_TYPE(s.Info).String(), "STT_"),
		strings.TrimPrefix(elf.ST_VISIBILITY(s.Other).String(), "STV_"),
		place,
	}, " ")
}

// wantRelocs decodes relocations with the standard library's structures.
func wantRelocs(t *testing.T, f *elf.File, s *elf.Section) []Reloc {
	t.Helper()
	read := func(into any) { // into a slice
		data, _ := s.Data()
		if err := binary.Read(bytes.NewReader(data), f.ByteOrder, into); err != nil {
			t.Fatal(err)
		}
	}
	relocs := []Reloc{}
	switch {
	case s.Type == elf.SHT_RELA && f.Class == elf.ELFCLASS64:
		entries := make([]elf.Rela64, s.FileSize/24)
		read(entries)
		for _, e := range entries {
			relocs = append(relocs, Reloc{Offset: e.Off, Type: elf.R_TYPE64(e.Info), Sym: elf.R_SYM64(e.Info), Addend: e.Addend})
		}
		if f.Machine == elf.EM_MIPS && f.ByteOrder == binary.LittleEndian {
			for k, e := range entries {
				relocs[k].Sym, relocs[k].Type = uint32(e.Info), uint32(e.Info>>56)|uint32(e.Info>>40&0xff00)|uint32(e.Info>>24&0xff0000)
			}
		}
	case s.Type == elf.SHT_REL && f.Class == elf.ELFCLASS64:
		entries := make([]elf.Rel64, s.FileSize/16)
		read(entries)
		for _, e := range entries {
			relocs = append(relocs, Reloc{Offset: e.Off, Type: elf.R_TYPE64(e.Info), Sym: elf.R_SYM64(e.Info), Addend: 0})
		}
	case s.Type == elf.SHT_RELA:
		entries := make([]elf.Rela32, s.FileSize/12)
		read(entries)
		for _, e := range entries {
			relocs = append(relocs, Reloc{Offset: uint64(e.Off), Type: elf.R_TYPE32(e.Info), Sym: elf.R_SYM32(e.Info), Addend: int64(e.Addend)})
		}
	case s.Type == elf.SHT_REL:
		entries := make([]elf.Rel32, s.FileSize/8)
		read(entries)
		for _, e := range entries {
			relocs = append(relocs, Reloc{Offset: uint64(e.Off), Type: elf.R_TYPE32(e.Info), Sym: elf.R_SYM32(e.Info), Addend: 0})
		}
	}
	return relocs
}

// TestMips64Relocs reads the three relocation types in one that set up $gp, in both byte orders.
func TestMips64Relocs(t *testing.T) {
	for _, triple := range []string{"mips64-linux-gnuabi64", "mips64el-linux-gnuabi64"} {
		o := mustParse(t, compileC(t, target{triple: triple, flags: []string{"-fPIC"}}))
		var batch [64]Reloc
		i := findSection(t, o, ".rela.text.uses")
		r := batch[:o.Relocs(i, 0, batch[:])]
		want := uint32(elf.R_MIPS_GPREL16) | uint32(elf.R_MIPS_SUB)<<8 | uint32(elf.R_MIPS_HI16)<<16
		if !slices.ContainsFunc(r, func(r Reloc) bool { return r.Type == want && int(r.Sym) < o.NumSymbols() && r.Offset < 64 }) {
			t.Errorf("%s: no relocation of type %#x in %+v", triple, want, r)
		}
	}
}

// TestSymbolPlaces names the places, where TestAgainstDebugELF trusts numbers.
func TestSymbolPlaces(t *testing.T) {
	o := mustParse(t, compileC(t, targets[0]))
	want := map[string]Symbol{
		"common_zero": {Value: 4, Size: 4, Place: PlaceCommon, Binding: BindGlobal, Type: TypeObject},
		"absolute":    {Value: 0x1234, Place: PlaceAbsolute, Binding: BindGlobal, Type: TypeNone},
		"external":    {Place: PlaceUndefined, Binding: BindGlobal},
		"maybe":       {Place: PlaceUndefined, Binding: BindWeak},
		"defined":     {Size: 4, Place: PlaceSection, Section: uint32(findSection(t, o, ".data")), Binding: BindGlobal, Type: TypeObject},
	}
	for name, w := range want {
		got := findSymbol(t, o, name)
		got.Name = 0
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("%s (want, got):\n%s", name, diff)
		}
	}
	if s := findSymbol(t, o, "hidden_func"); s.Visibility != VisibilityHidden || s.Place != PlaceSection {
		t.Errorf("hidden_func is %+v", s)
	}
}

func TestSpecialSymbols(t *testing.T) {
	o := mustParse(t, assemble(t, `
	.section .text
	.globl once, chosen
	.type once, @gnu_unique_object
once:	.quad 0
	.type chosen, @gnu_indirect_function
chosen:	ret
	.section .tbss,"awT",@nobits
	.globl thread
	.type thread, @object
thread:	.zero 8
	.largecomm big, 64, 32
`))
	if s := findSymbol(t, o, "once"); s.Binding != BindUnique || s.Type != TypeObject {
		t.Errorf("once is %+v", s)
	}
	if s := findSymbol(t, o, "chosen"); s.Type != TypeIFunc {
		t.Errorf("chosen is %+v", s)
	}
	if s := findSymbol(t, o, "thread"); s.Type != TypeTLS {
		t.Errorf("thread is %+v", s)
	}
	if s := findSymbol(t, o, "big"); s.Place != PlaceCommon || s.Value != 32 || s.Size != 64 {
		t.Errorf("big is %+v", s)
	}
	tbss := o.Section(findSection(t, o, ".tbss"))
	if want := SectionAlloc | SectionWrite | SectionTLS | SectionZeroFill; tbss.Flags != want || tbss.Size != 8 {
		t.Errorf(".tbss has flags %#x, want %#x, size %d", tbss.Flags, want, tbss.Size)
	}
}

func TestGroups(t *testing.T) {
	o := mustParse(t, assemble(t, `
	.section .text.f,"axG",@progbits,f,comdat
	.weak f
f:	ret
	.section .data.f,"awG",@progbits,f,comdat
	.quad f
	.section .data.plain,"awG",@progbits,pair
	.quad 1
	.section .other.plain,"awG",@progbits,pair
	.quad 2
`))
	groups, err := o.Groups()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range groups {
		var members []string
		for _, m := range g.Members {
			members = append(members, string(o.SectionName(int(m))))
		}
		got = append(got, fmt.Sprint(g.Signature, " ", g.COMDAT, " ", members, " ", string(o.SectionName(g.Section))))
	}
	slices.Sort(got)
	want := []string{"f true [.text.f .data.f .rela.data.f] .group", "pair false [.data.plain .other.plain] .group"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (want, got):\n%s", diff)
	}
}

// TestManySections reads an object whose section numbers do not fit in 16 bits.
func TestManySections(t *testing.T) {
	const count = 70_000
	var source strings.Builder
	for i := range count {
		fmt.Fprintf(&source, ".section .s%d,\"aw\"\n.globl v%d\nv%d: .quad v%d\n", i, i, i, count-1-i)
	}
	o := mustParse(t, assemble(t, source.String()))
	if o.NumSections() < 2*count {
		t.Fatalf("%d sections", o.NumSections())
	}
	f, err := elf.NewFile(bytes.NewReader(o.Buffer().Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	compareSections(t, o, f)
	seen := 0
	syms := allSymbols(t, o)
	for _, s := range syms {
		if name, ok := strings.CutPrefix(string(o.SymbolName(&s)), "v"); ok {
			if section := string(o.SectionName(int(s.Section))); section != ".s"+name || s.Place != PlaceSection {
				t.Fatalf("symbol v%s is in %s, %+v", name, section, s)
			}
			seen++
		}
	}
	if seen != count {
		t.Errorf("%d symbols, want %d", seen, count)
	}
	var r [2]Reloc
	i := findSection(t, o, ".rela.s69999")
	if target, n, _, _ := o.RelocTarget(i); string(o.SectionName(target)) != ".s69999" || n != 1 {
		t.Errorf("section %d applies %d relocations to %d", i, n, target)
	}
	if n := o.Relocs(i, 0, r[:]); n != 1 || string(o.SymbolName(&syms[r[0].Sym])) != "v0" {
		t.Errorf("%d relocations, %+v", n, r[0])
	}
}

func TestParseAllocatesOnce(t *testing.T) {
	b := compileC(t, targets[0])
	if n := testing.AllocsPerRun(100, func() { mustParse(t, b) }); n != 1 {
		t.Errorf("Parse allocates %v times", n)
	}
	o := mustParse(t, b)
	var syms [16]Symbol
	var relocs [16]Reloc
	if n := testing.AllocsPerRun(100, func() {
		for i := range o.NumSections() {
			o.Section(i)
			o.SectionName(i)
			o.SectionData(i)
			o.Relocs(i, 0, relocs[:])
		}
		o.Symbols(0, syms[:])
	}); n != 0 {
		t.Errorf("walking an object allocates %v times", n)
	}
}

func headOf(o *Object, s *Section) string {
	head := o.NameHead(s)
	return string(head[:])
}
