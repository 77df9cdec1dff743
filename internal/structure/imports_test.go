package structure

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// rows is the table "The house" of the design: each package, or tree of packages, and what of this module and of others it may import.
// Everything may import the standard library and internal/. The first row that fits a package is its row.
var rows = []struct {
	tree    string
	imports []string
}{
	{"objimage", []string{"golang.org/x/sys"}},
	{"executor", []string{"executor", "golang.org/x/sys"}},
	{"memmgr", []string{"executor", "golang.org/x/sys"}},
	{"runtimedyld/checker", []string{"runtimedyld", "objimage", "memmgr", "executor", "golang.org/x/arch"}},
	{"runtimedyld", []string{"runtimedyld", "objimage", "memmgr", "executor", "golang.org/x/sys"}},
	{"gdbjit", []string{"objimage", "executor", "golang.org/x/sys"}},
	{"perfjit", []string{"objimage", "executor", "golang.org/x/sys"}},
	{"mcjit", []string{"codegen", "objimage", "executor", "memmgr", "runtimedyld", "gdbjit", "perfjit", "testdata/crt", logging}},
	{"orc", []string{"orc", "objimage", "executor", "memmgr", "runtimedyld", "gdbjit", "perfjit", logging}},
	{"hostlib", []string{"executor", "github.com/ebitengine/purego", "golang.org/x/sys"}},
	{"codegen", []string{"codegen", "objimage", "executor", "hostlib", logging}},
	{"compat", []string{"compat", "mcjit", "codegen", "hostlib", "objimage", "executor", "memmgr", logging}},
	{"internal/rtdyld", []string{"runtimedyld", "objimage", "memmgr", "executor"}},        // a command, that cmd/mcjit would be too large with
	{"internal/toygen", []string{"codegen", "objimage", "executor"}},                      // a code generator for tests
	{"internal/lli", []string{"mcjit", "codegen", "runtimedyld", "objimage", "executor"}}, // another one
	{"internal/threadtest", []string{"mcjit", "objimage", "executor"}},                    // for tests
	{"internal", []string{"internal", "golang.org/x/sys", "golang.org/x/arch"}},
	// Programs: they stand on everything.
	{"cmd", []string{anything}},
	{"bench", []string{anything}},
	{"examples", []string{anything}},
}

const (
	logging  = "github.com/sirupsen/logrus"
	anything = "*"
)

func TestImportDirection(t *testing.T) {
	for _, s := range allSources(t) {
		if !s.isGo() || s.isTest() || s.dir() == "." {
			continue
		}
		row := rowOf(s.dir())
		if row == nil {
			t.Errorf("%s: the package has no row in the design's table", s.path)
			continue
		}
		for _, spec := range s.file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !mayImport(row, name) {
				t.Errorf("%s imports %s; its row allows the standard library, internal/ and %s", s.path, name, strings.Join(row, ", "))
			}
		}
	}
}

func rowOf(dir string) []string {
	for _, row := range rows {
		if below(dir, row.tree) {
			return row.imports
		}
	}
	return nil
}

func mayImport(row []string, name string) bool {
	own := strings.TrimPrefix(name, module+"/")
	if own == name && !strings.Contains(strings.Split(name, "/")[0], ".") {
		return name != "C"
	}
	if own != name && below(own, "internal") {
		return true
	}
	for _, allowed := range row {
		if allowed == anything || below(own, allowed) {
			return true
		}
	}
	return false
}

// static lists the packages of which a program can be made that is one static binary: they need no ld.so and no C compiler.
var static = []string{"objimage", "executor", "executor/inprocess", "executor/ptrace", "memmgr", "runtimedyld", "gdbjit", "perfjit", "codegen", "mcjit", "orc"}

// TestStaticPackages asks the go command, with cgo enabled, for all that these packages depend on, also through other modules.
func TestStaticPackages(t *testing.T) {
	for _, pkg := range static {
		if _, err := os.Stat(moduleRoot() + "/" + pkg); err != nil {
			continue
		}
		cmd := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{len .CgoFiles}}", "./"+pkg)
		cmd.Dir = moduleRoot()
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
		out, err := cmd.CombinedOutput()
		if strings.Contains(string(out), "no Go files") {
			continue
		}
		if err != nil {
			t.Fatalf("go list %s: %v\n%s", pkg, err, out)
		}
		for line := range strings.Lines(string(out)) {
			dep, cgoFiles, _ := strings.Cut(strings.TrimSpace(line), " ")
			if cgoFiles != "0" || dep == "runtime/cgo" || strings.HasPrefix(dep, "github.com/ebitengine/purego") {
				t.Errorf("%s depends on %s (%s files with cgo): it would not be static", pkg, dep, cgoFiles)
			}
		}
	}
}

func TestMayImport(t *testing.T) {
	for _, c := range []struct {
		from, name string
		want       bool
	}{
		{"objimage", "debug/elf", true},
		{"objimage", "C", false},
		{"objimage", module + "/executor", false},
		{"memmgr", module + "/executor/inprocess", true},
		{"runtimedyld", "golang.org/x/arch/x86/x86asm", false},
		{"runtimedyld/checker", "golang.org/x/arch/x86/x86asm", true},
		{"mcjit", "github.com/ebitengine/purego", false},
		{"mcjit", module + "/internal/bits", true},
		{"orc", module + "/mcjit", false},
		{"cmd/mcjit", module + "/mcjit", true},
	} {
		if got := mayImport(rowOf(c.from), c.name); got != c.want {
			t.Errorf("%s may import %s: %v, want %v", c.from, c.name, got, c.want)
		}
	}
}
