package objimage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"testing"
)

// decodedSeeds are objects of each architecture of the formats that are decoded.
var decodedSeeds = []string{
	"../testdata/rules/x86_64-coff/all.o", "../testdata/rules/aarch64-coff/all.o", "../testdata/rules/i386-coff/all.o", "../testdata/rules/arm-coff/all.o",
	"../testdata/rules/x86_64-macho/all.o", "../testdata/rules/aarch64-macho/all.o", "../testdata/rules/i386-macho/all.o", "../testdata/rules/arm-macho/all.o",
}

// FuzzParse walks all of whatever Parse accepts; see walk for what must hold.
func FuzzParse(f *testing.F) {
	for _, wide := range []bool{true, false} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			f.Add(sample(wide, order).build())
		}
	}
	mips := sample(true, binary.LittleEndian)
	mips.machine = 8
	f.Add(mips.build())
	for _, path := range decodedSeeds {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := NewBuffer("fuzz.o", data)
		o, err := Parse(b)
		if err != nil {
			if !errors.Is(err, ErrFormat) || o != nil {
				t.Fatalf("%v, object %v", err, o)
			}
			return
		}
		before := bytes.Clone(data)
		if err := walk(o); err != nil && !errors.Is(err, ErrFormat) {
			t.Fatal(err)
		}
		addr := func(i int) (uint64, bool) { return uint64(i) << 12, i&1 != 0 }
		scribble := func() Relocator {
			return func(_ *RelocTable, contents []byte) {
				for i := range contents {
					contents[i] = 0xff
				}
			}
		}
		if _, err := ImportIn(b); err != nil && !errors.Is(err, ErrFormat) {
			t.Fatal(err)
		}
		if o.Format() == COFF { // debuggers get an ELF file, with the file in it
			out, err := NewRelocatedImage(o, addr, scribble).DebugObject()
			if err == nil && len(out) > 16*len(data)+1<<16 || err != nil && !errors.Is(err, ErrFormat) || !bytes.Equal(before, data) {
				t.Fatalf("copy of %d bytes of %d: %v", len(out), len(data), err)
			}
			return
		}
		if _, err := NewRelocatedImage(o, addr, scribble).DebugObject(); err != nil && !(hasCompressed(o) && errors.Is(err, ErrFormat)) {
			t.Fatal(err)
		}
		out, err := NewImage(o, addr).DebugObject()
		if grown := hasCompressed(o); err != nil && !(grown && errors.Is(err, ErrFormat)) || err == nil && !grown && len(out) != len(data) || len(out) > 2*maxExpansion*len(data) {
			t.Fatalf("copy of %d bytes of %d: %v", len(out), len(data), err)
		}
		if !bytes.Equal(before, data) {
			t.Fatal("the input was changed")
		}
	})
}

// hasCompressed says whether an object has sections that debuggers get decompressed.
func hasCompressed(o *Object) bool {
	for i := range o.NumSections() {
		if o.Section(i).Flags&(SectionCompressed|SectionAlloc) == SectionCompressed {
			return true
		}
	}
	return false
}

// FuzzArchive reads all members and symbols. The members of thin archives are one object, whatever their path.
func FuzzArchive(f *testing.F) {
	object := string(sample(true, binary.LittleEndian).build())
	index := "\x00\x00\x00\x01\x00\x00\x00\x52global\x00"
	f.Add([]byte(archiveMagic + arMember("/", index) + arMember("//", "long_name_of_a_member.o/\n") + arMember("/0", object)))
	f.Add([]byte(archiveMagic + arMember("text/", "abc") + arMember("a.o/", object)))
	f.Add([]byte(archiveMagic + arMember("#1/12", "long name.o\x00"+object)))
	f.Add([]byte(archiveMagic + arMember("__.SYMDEF", "\x08\x00\x00\x00\x00\x00\x00\x00\x52\x00\x00\x00\x08\x00\x00\x00global\x00\x00") + arMember("a.o", object)))
	f.Add([]byte(archiveMagic + arMember("/SYM64/", "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x52global\x00")))
	f.Add([]byte(thinArchiveMagic + arMember("//", "one.o/\ninner.a/\n") + arMember("/0", "") + arMember("/7:120", "")))
	open := func(string) (*Buffer, error) { return NewBuffer("outside.o", []byte(object)), nil }
	f.Fuzz(func(t *testing.T, data []byte) {
		b := NewBuffer("fuzz.a", data)
		a, err := parseArchive(b, open)
		b.Close()
		if err != nil {
			if !errors.Is(err, ErrFormat) || b.Bytes() != nil {
				t.Fatalf("%v, %d bytes held", err, len(b.Bytes()))
			}
			return
		}
		last := MemberID(0)
		for m, err := range a.Members() {
			if err != nil && !errors.Is(err, ErrFormat) || err == nil && m.ID <= last {
				t.Fatalf("%v, member %d after %d", err, m.ID, last)
			}
			if last = m.ID; err == nil {
				readMember(t, a, m.ID)
			}
		}
		size := 0
		for name, id := range a.Symbols() {
			size += len(name)
			if found, ok := a.Lookup(name); !ok || found != id {
				t.Fatalf("Lookup(%q) = %d, %v, want %d", name, found, ok, id)
			}
			readMember(t, a, id)
		}
		if !a.Thin() && size > len(data) {
			t.Fatalf("%d bytes of symbols from %d bytes", size, len(data))
		}
		a.Close()
		if b.Bytes() != nil {
			t.Fatal("an owner is left")
		}
	})
}

func readMember(t *testing.T, a *Archive, id MemberID) {
	m, err := a.Member(id)
	if err != nil {
		if !errors.Is(err, ErrFormat) {
			t.Fatal(err)
		}
		return
	}
	defer m.Close()
	if o, err := Parse(m); err == nil {
		walk(o)
	}
}
