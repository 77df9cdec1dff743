package runtimedyld

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// shownPath is the record of what shows that relocations are right: for an architecture and a way, the types. Tests that need other people's tools note what they have
// shown; where they have run, TestShownFresh compares, and writes the record anew with -update.
const shownPath = "testdata/shown.txt"

// A shownBy is an architecture and a way: "bytes" are those of another linker, "run" is execution; "llvm ..." is what llvm-rtdyld makes of it.
type shownBy struct{ arch, way string }

// A shownRecord has the relocation types that are shown.
type shownRecord map[shownBy]map[uint32]bool

var evidence = struct {
	sync.Mutex
	shownRecord
}{shownRecord: shownRecord{}}

// noteShown notes the relocations of an object's loaded sections.
func noteShown(way string, img *objimage.Object) {
	evidence.Lock()
	defer evidence.Unlock()
	key := shownBy{DocArch(img), way}
	for i := 1; i < img.NumSections(); i++ {
		table := img.Section(i).Relocs
		if table.Target == 0 || img.Section(int(table.Target)).Flags&objimage.SectionAlloc == 0 {
			continue
		}
		for _, r := range img.RelocsOf(&table, 0, make([]objimage.Reloc, table.Num)) {
			for _, typ := range relocTypes(img, r.Type) {
				evidence.note(key, typ)
			}
		}
	}
}

func (s shownRecord) note(key shownBy, typ uint32) {
	if s[key] == nil {
		s[key] = map[uint32]bool{}
	}
	s[key][typ] = true
}

// relocTypes returns the types of a relocation: 64-bit Mips has three in one, SPARC an addend above it.
func relocTypes(img *objimage.Object, typ uint32) []uint32 {
	if a := img.Arch(); a == objimage.ArchMips64 || a == objimage.ArchMips64el {
		return []uint32{typ & 0xff, typ >> 8 & 0xff, typ >> 16 & 0xff}
	}
	if img.Arch() == objimage.ArchSparcV9 {
		typ &= 0xff
	}
	return []uint32{typ}
}

// DocArch returns the name under which docs/relocations.md has the relocations of an object.
func DocArch(img *objimage.Object) string {
	a := archOf(img)
	for a != nil && a.like != nil {
		a = a.like
	}
	if a == nil {
		return ""
	}
	if a.format != 0 {
		return a.name + "/" + a.format.String()
	}
	return a.name
}

// RelocTypes is relocTypes for the documentation.
func RelocTypes(img *objimage.Object, typ uint32) []uint32 { return relocTypes(img, typ) }

// Shown returns the ways in which a relocation type is shown to be right, by architecture.
func Shown(t *testing.T) map[string]map[uint32][]string {
	ways := map[string]map[uint32][]string{}
	record := readShown(t)
	for _, key := range slices.SortedFunc(maps.Keys(record), shownBy.compare) {
		if ways[key.arch] == nil {
			ways[key.arch] = map[uint32][]string{}
		}
		for typ := range record[key] {
			ways[key.arch][typ] = append(ways[key.arch][typ], key.way)
		}
	}
	return ways
}

func (k shownBy) compare(other shownBy) int {
	return cmp.Or(cmp.Compare(k.arch, other.arch), cmp.Compare(k.way, other.way))
}

func readShown(t *testing.T) shownRecord {
	t.Helper()
	text, err := os.ReadFile(shownPath)
	if err != nil {
		t.Fatal(err)
	}
	record := shownRecord{}
	for line := range strings.Lines(string(text)) {
		head, types, ok := strings.Cut(strings.TrimSpace(line), ": ")
		arch, way, _ := strings.Cut(head, " ")
		if !ok {
			t.Fatalf("%s: %q", shownPath, line)
		}
		for _, number := range strings.Fields(types) {
			typ, err := strconv.ParseUint(number, 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			record.note(shownBy{arch, way}, uint32(typ))
		}
	}
	return record
}

func (s shownRecord) bytes() []byte {
	var b bytes.Buffer
	for _, key := range slices.SortedFunc(maps.Keys(s), shownBy.compare) {
		fmt.Fprintf(&b, "%s %s:", key.arch, key.way)
		for _, typ := range slices.Sorted(maps.Keys(s[key])) {
			fmt.Fprintf(&b, " %d", typ)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// CheckShown compares the record with what has been shown, in the ways that have been gone. Without -update it wants all tools.
func CheckShown(t *testing.T) {
	evidence.Lock()
	defer evidence.Unlock()
	record := readShown(t)
	update := flag.Lookup("update").Value.String() == "true"
	if !update && os.Getenv("GOMCJIT_REQUIRE_TOOLS") != "1" {
		t.Skip("tools may be missing")
	}
	if update {
		for key := range evidence.shownRecord { // "llvm dies" goes with "llvm wrong"
			kind, _, _ := strings.Cut(key.way, " ")
			maps.DeleteFunc(record, func(k shownBy, _ map[uint32]bool) bool { return k.arch == key.arch && strings.HasPrefix(k.way, kind) })
		}
	}
	for key, types := range evidence.shownRecord {
		if update {
			record[key] = types
		}
		for typ := range record[key] {
			if !types[typ] {
				t.Errorf("%s: type %d of %s is not shown by %s any more", shownPath, typ, key.arch, key.way)
			}
		}
		for typ := range types {
			if !record[key][typ] {
				t.Logf("%s: type %d of %s is shown by %s, too: go test ./runtimedyld -update", shownPath, typ, key.arch, key.way)
			}
		}
	}
	if update && len(evidence.shownRecord) > 0 {
		if err := os.MkdirAll(filepath.Dir(shownPath), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(shownPath, record.bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
