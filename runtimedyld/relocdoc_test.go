package runtimedyld_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/runtimedyld"
)

const relocationDoc = "../docs/relocations.md"

var update = flag.Bool("update", false, "write "+relocationDoc)

func TestRelocationDocFresh(t *testing.T) {
	if *update {
		if err := os.WriteFile(relocationDoc, relocationPage(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(relocationDoc)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, relocationPage()) {
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
which their label tells. A value outside of its field's range is an error, never truncated.
Every row is tested: the formula's text against its function, the limits of the field through the linker, bytes against ld.lld.
`

func relocationPage() []byte {
	var b bytes.Buffer
	b.WriteString(head)
	section := ""
	var refused []runtimedyld.Relocation
	for r := range runtimedyld.Relocations() {
		if s := r.Arch + ", " + r.Format; s != section {
			section = s
			fmt.Fprintf(&b, "\n## %s\n\n| type | relocation | formula | field | range | |\n|---:|---|---|---|---|---|\n", s)
		}
		if r.Refusal != "" {
			refused = append(refused, r)
			continue
		}
		fmt.Fprintf(&b, "| %d | %s | `%s` | %s | %s | %s |\n", r.Type, r.Name, strings.ReplaceAll(r.Formula, "|", `\|`), r.Field, limits(r), notes(r))
	}
	b.WriteString("\n## Refused\n\nThese are errors that name the relocation and say why.\n\n| type | relocation | why |\n|---:|---|---|\n")
	for _, r := range refused {
		fmt.Fprintf(&b, "| %d | %s | %s |\n", r.Type, r.Name, r.Refusal)
	}
	return b.Bytes()
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
