package structure

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"go/build"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/crosstest"
)

var update = flag.Bool("update", false, "write the tables of README.md")

// TestReadmeTables holds the tables of README.md to what they are made of: docs/relocations.md, whose own test holds it to the linker's tables and to what tests have shown;
// the machines of internal/crosstest; the platforms of the Makefile; and the build constraints of the packages that depend on hosts.
func TestReadmeTables(t *testing.T) {
	path := filepath.Join(moduleRoot(), "README.md")
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- tables: go generate ./internal/structure -->\n", "<!-- end of tables -->\n"
	before, rest, ok := bytes.Cut(have, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !ok || !ended {
		t.Fatal("README.md has no place for the tables")
	}
	want := slices.Concat(before, []byte(begin), []byte(supportTables(t)), []byte(end), after)
	if bytes.Equal(have, want) {
		return
	}
	if !*update {
		t.Fatal("the tables of README.md are not what they are made of: run go generate ./internal/structure")
	}
	if err := os.WriteFile(path, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

func supportTables(t *testing.T) string {
	platforms := readPlatforms(t)
	return archTable(t, platforms) + "\n" + hostTable(t, platforms)
}

// A target is a section of docs/relocations.md: an architecture and a format, and how many relocation types there are of them.
type target struct {
	arch, format             string
	types                    int
	rule, bytes, run, agreed int // of these, how many are shown to be right by rules, by another linker's bytes, by execution, and by llvm-rtdyld
}

func readTargets(t *testing.T) (list []*target) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot(), "docs", "relocations.md"))
	if err != nil {
		t.Fatal(err)
	}
	var now *target
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(strings.TrimSpace(line), "## "); ok {
			arch, format, isTarget := strings.Cut(title, ", ")
			if now = nil; isTarget {
				now = &target{arch: arch, format: format}
				list = append(list, now)
			}
		}
		cells := strings.Split(strings.ReplaceAll(line, `\|`, ""), " | ")
		if now == nil || len(cells) != 8 || cells[1] == "relocation" {
			continue
		}
		now.types++
		for way, n := range map[string]*int{"rule": &now.rule, "bytes": &now.bytes, "run": &now.run} {
			if slices.Contains(strings.Split(cells[6], ", "), way) {
				*n++
			}
		}
		if strings.Trim(cells[7], " |\n") == "the same" {
			now.agreed++
		}
	}
	if len(list) == 0 {
		t.Fatal("docs/relocations.md has no tables")
	}
	return list
}

// variants returns the architectures whose relocations are those of a target: byte orders and widths, as there are folders with rules for them.
func (x *target) variants(t *testing.T, all []*target) string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(moduleRoot(), "testdata", "rules", "*"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{x.arch}
	for _, dir := range dirs {
		if name := filepath.Base(dir); name != x.arch && rowOfArch(name, all) == x.arch {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// rowOfArch returns under which name docs/relocations.md has an ELF architecture: its own, that of the other byte order, or that of the other width.
func rowOfArch(name string, all []*target) string {
	order := regexp.MustCompile(`(_be|eb|el|le)(_ilp32)?$|_x32$`)
	width := regexp.MustCompile(`(32|64)$`)
	base := func(name string) string { return order.ReplaceAllString(name, "$2") }
	family := func(name string) string { return width.ReplaceAllString(base(name), "") }
	for _, same := range []func(string) string{strings.Clone, base, family} {
		for _, x := range all {
			if x.format == "ELF" && same(x.arch) == same(name) {
				return x.arch
			}
		}
	}
	return ""
}

// hostFormats are the systems that have a format for their own.
var hostFormats = map[string]string{"linux": "ELF", "freebsd": "ELF", "darwin": "Mach-O", "windows": "COFF"}

func archTable(t *testing.T, platforms []platform) string {
	var b strings.Builder
	b.WriteString("| architecture | format | linked: types of relocations | of which rules | other linkers' bytes | llvm-rtdyld 14 | run | executed on Linux | Windows | macOS | FreeBSD |\n" +
		"|---|---|---:|---:|---:|---:|---:|---|---|---|---|\n")
	all := readTargets(t)
	for _, x := range all {
		names := x.arch
		if x.format == "ELF" {
			names = x.variants(t, all)
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d | %s |", names, x.format, x.types, x.rule, x.bytes, x.agreed, x.run, onLinux(t, x, all))
		for _, goos := range []string{"windows", "darwin", "freebsd"} {
			fmt.Fprintf(&b, " %s |", elsewhere(t, goos, x, all, platforms))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// isForeign says whether a format is another system's, and Go programs on Linux call its code for the architecture in the same engine as ELF's: TestEveryFormat of package mcjit does.
func (x *target) isForeign(t *testing.T) bool {
	t.Helper()
	system := map[string]string{"Mach-O": "apple", "COFF": "windows"}[x.format]
	if system == "" {
		return false
	}
	row := regexp.MustCompile(`"` + x.arch + `": +\{.*-` + system + `.*\}`)
	return slices.ContainsFunc(allSources(t), func(s source) bool {
		return s.dir() == "mcjit" && s.isTest() && strings.Contains(s.text, "func TestEveryFormat(") && row.MatchString(s.text)
	})
}

// onLinux says how code is executed on Linux that was linked for a target: by itself, and in a Go program.
func onLinux(t *testing.T, x *target, all []*target) string {
	if x.run == 0 {
		return ""
	}
	emulated, called := true, false
	for _, m := range crosstest.Machines() {
		if rowOfArch(inprocess.ArchOf(m.Arch), all) == x.arch {
			called = true
			emulated = emulated && m.Emulated()
		}
	}
	how := map[bool]string{false: "natively", true: "qemu-user"}[emulated]
	if strings.HasPrefix(x.arch, "bpf") {
		how = "in the kernel"
	}
	if called && (x.format == "ELF" || x.isForeign(t)) {
		how += ", called from Go"
	}
	return how
}

// elsewhere says whether a system whose format is that of a target, and for whose processors the tests are built, executes any.
func elsewhere(t *testing.T, goos string, x *target, all []*target, platforms []platform) string {
	if x.format != hostFormats[goos] {
		return ""
	}
	how := ""
	for _, p := range platforms {
		if p.goos == goos && rowOfArch(inprocess.ArchOf(p.goarch), all) == x.arch && p.has(t, "executor/inprocess/unsupported.go") {
			how = "built only"
			if goos == "windows" && p.goarch == "amd64" && underWine(t, "mcjit") {
				how = "wine, called from Go"
			}
		}
	}
	return how
}

// underWine says whether package crosstest runs the tests of a package for Windows.
func underWine(t *testing.T, dir string) bool {
	return slices.ContainsFunc(allSources(t), func(s source) bool {
		return s.dir() == "internal/crosstest" && s.isTest() && strings.Contains(s.text, "var onWindows = ") && strings.Contains(s.text, "{\""+dir+"\", ")
	})
}

// executed says how tests are executed on a platform; "" if they are not.
func executed(t *testing.T, p platform) string {
	if p == (platform{"windows", "amd64"}) && underWine(t, "executor/inprocess") {
		return "wine"
	}
	for _, m := range crosstest.Machines() {
		switch {
		case p.goos != "linux" || p.goarch != m.Arch:
		case m.Emulated():
			return "qemu-user"
		default:
			return "natively"
		}
	}
	return ""
}

// A platform is one of those for which everything is built and vetted.
type platform struct{ goos, goarch string }

func readPlatforms(t *testing.T) (list []platform) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot(), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(strings.ReplaceAll(string(text), "\\\n", ""), "\nPLATFORMS")
	line, _, _ := strings.Cut(rest, "\n")
	for _, name := range strings.Fields(line) {
		if goos, goarch, ok := strings.Cut(name, "/"); ok {
			list = append(list, platform{goos, goarch})
		}
	}
	if len(list) == 0 {
		t.Fatal("the Makefile has no PLATFORMS")
	}
	return list
}

// has says whether a platform has what a package does, if the given file of it is for the platforms that have not. Programs are built without cgo.
func (p platform) has(t *testing.T, without string) bool {
	t.Helper()
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled = p.goos, p.goarch, false
	path := filepath.Join(moduleRoot(), without)
	match, err := ctx.MatchFile(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	return !match
}

// hostParts are what depends on the host, and the files of platforms that do not have it.
var hostParts = []struct{ name, without string }{
	{"memory", "memmgr/mapper_other.go"},
	{"calls", "executor/inprocess/unsupported.go"},
	{"shared libraries", "hostlib/dlfcn_unsupported.go"},
	{"debuggers", "gdbjit/list_none.go"},
}

func hostTable(t *testing.T, platforms []platform) string {
	var b strings.Builder
	b.WriteString("| host | tests are executed |")
	for _, part := range hostParts {
		fmt.Fprintf(&b, " %s |", part.name)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(hostParts)) + "\n")
	for len(platforms) > 0 {
		row, n := describe(t, platforms[0]), 1
		names := platforms[0].goos + "/" + platforms[0].goarch
		for ; n < len(platforms) && platforms[n].goos == platforms[0].goos && describe(t, platforms[n]) == row; n++ {
			names += ", " + platforms[n].goarch
		}
		fmt.Fprintf(&b, "| %s | %s\n", names, row)
		platforms = platforms[n:]
	}
	return b.String()
}

// describe returns the cells of a platform.
func describe(t *testing.T, p platform) string {
	cells := cmp.Or(executed(t, p), "no, built and vetted only") + " |"
	for _, part := range hostParts {
		cells += map[bool]string{true: " yes |", false: " |"}[p.has(t, part.without)]
	}
	return cells
}

// TestCrossTested: where the table says that tests are executed, all packages that have code for processors execute theirs.
func TestCrossTested(t *testing.T) {
	for _, dir := range []string{"executor/inprocess", "memmgr", "gdbjit", "mcjit"} {
		if !slices.ContainsFunc(allSources(t), func(s source) bool {
			return s.dir() == dir && s.isTest() && strings.Contains(s.text, "crosstest.Run(t, crosstest.Others()")
		}) {
			t.Errorf("no test of %s is executed on other processors", dir)
		}
	}
}
