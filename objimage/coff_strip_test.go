package objimage

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestStrippedCOMDAT: sections of a group whose symbols GNU strip has taken, as in mingw's libstdc++.a, stay in the group.
func TestStrippedCOMDAT(t *testing.T) {
	const source = `
.section .text$f, "x"
.linkonce discard
.globl f
.def f; .scl 2; .type 32; .endef
.seh_proc f
f: sub $40, %rsp
.seh_stackalloc 40
.seh_endprologue
add $40, %rsp
ret
.seh_endproc
.section .rdata$alone, "dr"
.linkonce discard
.long 1
`
	as := testenv.NeedsTool(t, "x86_64-w64-mingw32-as", "binutils-mingw-w64-x86-64")
	dir := t.TempDir()
	path := filepath.Join(dir, "f.o")
	if err := os.WriteFile(filepath.Join(dir, "f.s"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{as, "-o", path, filepath.Join(dir, "f.s")}, {filepath.Join(filepath.Dir(as), "x86_64-w64-mingw32-strip"), "--strip-unneeded", path}} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command, err, out)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	o := parseBytes(t, data)
	groups, err := o.Groups()
	if err != nil || len(groups) != 1 || groups[0].Signature != "f" {
		t.Fatalf("groups %+v, %v", groups, err)
	}
	var members []string
	for _, m := range groups[0].Members {
		members = append(members, string(o.SectionName(int(m))))
	}
	slices.Sort(members)
	if want := []string{".pdata$f", ".text$f", ".xdata$f"}; !slices.Equal(members, want) {
		t.Errorf("members %q, want %q", members, want)
	}
}
