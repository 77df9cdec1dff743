package runtimedyld_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

const relocationDoc = "../docs/relocations.md"

var update = flag.Bool("update", false, "write "+relocationDoc)

// TestShownFresh comes after the tests that show.
func TestShownFresh(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	if testing.Short() {
		t.Skip("not everything is shown")
	}
	runtimedyld.CheckShown(t)
}

func TestRelocationDocFresh(t *testing.T) {
	if *update {
		if err := os.WriteFile(relocationDoc, relocationPage(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(relocationDoc)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, relocationPage(t)) {
		t.Errorf("%s is not what the tables say: run go generate ./runtimedyld", relocationDoc)
	}
}

const head = `# Relocations

Made from the linker's tables by ` + "`go generate ./runtimedyld`" + `; a test says when it is stale.

S is the symbol's address, A the addend, P the address of the place, G the offset of the symbol's entry in the GOT, GOT the GOT's address, L the symbol's address
or that of its stub where the symbol is out of reach, Z the symbol's size. Of a thread-local variable, D is the distance from the start of its
module's block, T the distance from the thread pointer, and G belongs to an entry of the kind that the relocation means: module and offset for TLSGD, module for
TLSLD, distance from the thread pointer for GOTTPOFF, descriptor for TLSDESC. What is called
add or sub is added to what is there, or subtracted: sums of labels are several relocations at one place. RISC-V's second halves of addresses are that of the first half's S - P,
which their label tells. Of MIPS, S is odd in microMIPS and MIPS16 code. Types of Mach-O are with r_length times 16, r_pcrel times 64 and, where a pair of relocations says a difference, 128; B is what the first of such a pair
subtracts. Of COFF, IB is the address of the image, below which nothing of the object is, SB that of the symbol's section with all of its pieces (NAME$...), and SN its number in the file. A value outside of its field's range is an error, never truncated.

Every row is tested: the formula's text against its function, the limits of the field through the linker. What else shows that it is right: "rule", a rule of testdata/rules that holds,
whose opposite does not, and which is false without the relocation, if that does anything; "bytes", those that another linker gives; "run", code that was linked and executed. The last column is what llvm-rtdyld 14 does with an object of that one
relocation: the same, something wrong, nothing (which it does not say), or it dies; "applies" where it has a GOT and stubs elsewhere. Of formats other than ELF it is whether llvm-rtdyld agrees about rules
with it; where nothing stands it does not know the relocation, or was not asked.

Of these no other linker that is to be had on Linux gives bytes: Mach-O's of i386 and ARM, which ld64.lld does not link; COFF's SECREL7, and i386's DIR16 and REL16, which neither lld-link
nor GNU ld knows.
`

func relocationPage(t *testing.T) []byte {
	var b bytes.Buffer
	b.WriteString(head)
	ways := runtimedyld.Shown(t)
	noteRules(t, ways)
	section := ""
	var refused []runtimedyld.Relocation
	for r := range runtimedyld.Relocations() {
		if s := r.Arch + ", " + r.Format; s != section {
			section = s
			fmt.Fprintf(&b, "\n## %s\n\n| type | relocation | formula | field | range | | shown by | llvm-rtdyld 14 |\n|---:|---|---|---|---|---|---|---|\n", s)
		}
		if r.Refusal != "" {
			refused = append(refused, r)
			continue
		}
		fmt.Fprintf(&b, "| %d | %s | `%s` | %s | %s | %s | %s | %s |\n", r.Type, r.Name, strings.ReplaceAll(r.Formula, "|", `\|`), r.Field, limits(r), notes(r), shownBy(ways[docKey(r)][r.Type]), llvm(ways[docKey(r)][r.Type]))
	}
	b.WriteString("\n## Refused\n\nThese are errors that name the relocation and say why.\n\n| architecture | type | relocation | why |\n|---|---:|---|---|\n")
	for _, r := range refused {
		fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", docKey(r), r.Type, r.Name, r.Refusal)
	}
	return b.Bytes()
}

// noteRules adds the relocations of the objects with rules, and of those that package mcjit's tests run.
func noteRules(t *testing.T, ways map[string]map[uint32][]string) {
	for way, pattern := range map[string]string{"rule": "../testdata/rules/*/*.o", "run": "../testdata/*.o"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			o, err := objimage.Parse(objimage.NewBuffer(path, data))
			if err != nil {
				t.Fatal(err)
			}
			noteObject(ways, way, o)
			if o.Format() != objimage.ELF && llvmAgrees(strings.TrimSuffix(path, ".o")+".s") {
				noteObject(ways, "llvm the same", o)
			}
		}
	}
}

// llvmAgrees says whether llvm-rtdyld agrees about the rules in a file, as tests of internal/rtdyld hold it to.
func llvmAgrees(path string) bool {
	text, err := os.ReadFile(path)
	return err == nil && bytes.Contains(text, []byte("\n# llvm-rtdyld-14: the same\n"))
}

func noteObject(ways map[string]map[uint32][]string, way string, o *objimage.Object) {
	arch := runtimedyld.DocArch(o)
	if ways[arch] == nil {
		ways[arch] = map[uint32][]string{}
	}
	for i := 1; i < o.NumSections(); i++ {
		table := o.Section(i).Relocs
		if table.Target == 0 || o.Section(int(table.Target)).Flags&objimage.SectionAlloc == 0 {
			continue
		}
		for _, r := range o.RelocsOf(&table, 0, make([]objimage.Reloc, table.Num)) {
			for _, typ := range runtimedyld.RelocTypes(o, r.Type) {
				if !slices.Contains(ways[arch][typ], way) {
					ways[arch][typ] = append(ways[arch][typ], way)
				}
			}
		}
	}
}

// docKey is DocArch of the objects that have a relocation.
func docKey(r runtimedyld.Relocation) string {
	if r.Format == objimage.ELF.String() {
		return r.Arch
	}
	return r.Arch + "/" + r.Format
}

// shownBy and llvm split the ways into what shows that a relocation is right, and what LLVM makes of it.
func shownBy(ways []string) string {
	var list []string
	for _, way := range []string{"rule", "bytes", "run"} {
		if slices.Contains(ways, way) {
			list = append(list, way)
		}
	}
	return strings.Join(list, ", ")
}

func llvm(ways []string) string {
	for _, way := range ways {
		if verdict, ok := strings.CutPrefix(way, "llvm "); ok {
			return verdict
		}
	}
	return ""
}

func limits(r runtimedyld.Relocation) string {
	switch {
	case r.Field == "none":
		return ""
	case r.Min == math.MinInt64:
		return "all"
	}
	return fmt.Sprintf("%d to %d", r.Min, r.Max)
}

func notes(r runtimedyld.Relocation) string {
	var list []byte
	for _, n := range []struct {
		is   bool
		text string
	}{{r.Thread, "thread-local"}, {r.GOT, "GOT entry"}, {r.Stub, "stub"}, {r.Relaxed, "relaxed"}} {
		if !n.is {
			continue
		}
		if len(list) > 0 {
			list = append(list, ", "...)
		}
		list = append(list, n.text...)
	}
	return string(list)
}
