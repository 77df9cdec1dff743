package rtdyld

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// The suite is what llvm-rtdyld says of everything that rules can ask of two or three objects: all words of all sections, stubs behind them included, all operands of labelled instructions, all addresses. No rule
// holds, so that both tools print what is there instead. A source of testdata/suite begins with three comments: for the assembler, with a bar
// between processors that all assemble it; for the tools; and, after "LLVM is wrong:", which rules are left out.

type suiteCase struct {
	triple  string
	args    []string
	wrong   *regexp.Regexp
	names   []string // symbols
	labels  []string // of instructions
	objects []string
}

const wrongPrefix = "# LLVM is wrong: "

var (
	labelPattern  = regexp.MustCompile(`(?m)^(i\d+):`)
	symbolPattern = regexp.MustCompile(`(?m)^\s*\.globl\s+(\w+)`)
	nextObject    = regexp.MustCompile(`# The (second|third) object\.\n`)
	externPattern = regexp.MustCompile(`-dummy-extern=(\w+)=`)
)

// assemble assembles a source for one of its processors, in the current folder. head has its comments, and the rest.
func assemble(t *testing.T, head []string, processor string) suiteCase {
	t.Helper()
	mc := testenv.NeedsTool(t, "llvm-mc-14", "llvm-14")
	flags := strings.Fields(processor)
	c := suiteCase{triple: flags[0], args: strings.Fields(head[1][1:])}
	if wrong, ok := strings.CutPrefix(head[2], wrongPrefix); ok {
		c.wrong = regexp.MustCompile(wrong)
	}
	for i, source := range nextObject.Split(head[3], -1) {
		c.objects = append(c.objects, string(rune('a'+i))+".o")
		cmd := exec.Command(mc, append(flags, "-filetype=obj", "-o", c.objects[i])...)
		cmd.Stdin = strings.NewReader(source)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd, err, out)
		}
	}
	for _, m := range labelPattern.FindAllStringSubmatch(head[3], -1) {
		c.labels = append(c.labels, m[1])
	}
	for _, m := range append(symbolPattern.FindAllStringSubmatch(head[3], -1), externPattern.FindAllStringSubmatch(head[1], -1)...) {
		c.names = append(c.names, m[1])
	}
	return c
}

// falsehood is what no rule's left side is.
const falsehood = " = 0x77777777"

// rules returns the rules; sizes has what LLVM allocates, by section.
func (c *suiteCase) rules(t *testing.T, sizes map[string]uint64) (rules []string) {
	t.Helper()
	add := func(format string, args ...any) {
		rule := fmt.Sprintf(format, args...) + falsehood
		if c.wrong == nil || !c.wrong.MatchString(rule) {
			rules = append(rules, rule)
		}
	}
	for _, label := range c.labels {
		add("%s", label)
		add("next_pc(%s)", label)
		for i := range 7 {
			add("decode_operand(%s, %d)", label, i)
		}
	}
	for _, name := range c.names {
		add("%s", name)
	}
	for _, object := range c.objects {
		b, err := objimage.OpenBuffer(object)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		img, err := objimage.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < img.NumSections(); i++ {
			s, name := img.Section(i), string(img.SectionName(i))
			if s.Flags&objimage.SectionAlloc == 0 && !isExtra(&s) || s.Relocs.Target != 0 {
				continue
			}
			add("section_addr(%s, %s)", object, name)
			for off := uint64(0); off < sizes[name]; off += 4 {
				add("*{4}(section_addr(%s, %s)+%d)", object, name, off)
			}
			for _, symbol := range c.names {
				add("stub_addr(%s/%s, %s)", object, name, symbol)
			}
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules) // sections may have one name
}

// said returns the lines about each rule.
func said(stderr string) map[string]string {
	lines := map[string]string{}
	for line := range strings.Lines(stderr) {
		if _, rest, ok := strings.Cut(line, "xpression '"); ok {
			rule, _, _ := strings.Cut(rest, "'")
			lines[rule] = strings.TrimSpace(line)
		}
	}
	return lines
}

// sameVerdict compares what both say of a rule. What LLVM reads behind sections is its own, and where it has no stub there may be one here: a GOT entry that it does not tell of.
func sameVerdict(ours, llvms string) bool {
	return ours == llvms || strings.Contains(ours, ", outside of the section at ") || strings.Contains(llvms, "tub container")
}

// warningPattern is what is said here of names that are defined twice.
var warningPattern = regexp.MustCompile(`(?m)^.*: warning: duplicate symbol .*\n`)

var requestPattern = regexp.MustCompile(`(?m)^allocate\w+\(Size = (\d+), Alignment = \d+, SectionName = (.+)\)$`)

// TestSuite compares with llvm-rtdyld, with the objects in both orders.
func TestSuite(t *testing.T) {
	llvm := testenv.NeedsTool(t, "llvm-rtdyld-14", "llvm-14")
	paths, err := filepath.Glob("testdata/suite/*.s")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no sources (%v)", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		head := strings.SplitN(string(data), "\n", 4)
		for _, processor := range strings.Split(head[0][1:], " | ") {
			t.Run(filepath.Base(path)+strings.TrimSpace(processor), func(t *testing.T) {
				t.Chdir(t.TempDir())
				c := assemble(t, head, processor)
				for range 2 {
					c.compare(t, llvm)
					slices.Reverse(c.objects)
				}
			})
		}
	}
}

func (c *suiteCase) compare(t *testing.T, llvm string) {
	t.Helper()
	args := append(append([]string{"-verify", c.triple, "-print-alloc-requests"}, c.args...), c.objects...)
	want, got := runLLVM(llvm, "", args...), run("", args...)
	got.stderr = warningPattern.ReplaceAllString(got.stderr, "")
	if want.status != 0 || got != want {
		t.Fatalf("%v:\ngot  %v\nwant %v", args, got, want)
	}
	sizes := map[string]uint64{}
	for _, m := range requestPattern.FindAllStringSubmatch(want.stdout, -1) {
		n, _ := strconv.ParseUint(m[1], 10, 64)
		sizes[m[2]] = max(sizes[m[2]], n)
	}
	rules := c.rules(t, sizes)
	writeFile(t, "rules", "# rtdyld-check: "+strings.Join(rules, "\n# rtdyld-check: ")+"\n")
	args = append(args, "-check=rules")
	want, got = runLLVM(llvm, "", args...), run("", args...)
	if want.status != got.status {
		t.Errorf("exit status %d, want %d", got.status, want.status)
	}
	ours, llvms := said(got.stderr), said(want.stderr)
	if len(llvms) < len(rules)*9/10 {
		t.Fatalf("llvm-rtdyld says something of %d of %d rules only", len(llvms), len(rules))
	}
	for _, rule := range rules {
		if !sameVerdict(ours[rule], llvms[rule]) {
			t.Errorf("llvm-rtdyld: %s\nwe:          %s", llvms[rule], ours[rule])
		}
	}
	t.Logf("%d rules", len(rules))
}
