package rtdyld

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/llvmcl"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/runtimedyld/checker"
)

// rulesDir has the rule files of each architecture, and the objects that are built from them. The comment of a rule file says how it is used, as
//
//	# mcjit rtdyld -triple=x86_64-linux-gnu -verify -check=common.s \
//	#   common.o
//
// in a folder with the objects. If llvm-rtdyld is to come to the same verdict, a further line says "# llvm-rtdyld-14: the same". Sources that only make further objects
// have no such line.
const rulesDir = "../../testdata/rules"

const (
	commandPrefix = "# mcjit rtdyld "
	samePrefix    = "# llvm-rtdyld-14: the same"
)

// A ruleFile is a source with rules.
type ruleFile struct {
	path  string
	args  []string // without -check
	rules []string
	same  bool // llvm-rtdyld agrees
}

// name is the architecture and the file.
func (f *ruleFile) name() string {
	return filepath.Base(filepath.Dir(f.path)) + "/" + filepath.Base(f.path)
}

// ruleFiles reads all rule files.
func ruleFiles(t *testing.T) (list []ruleFile) {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"*.s", "*.yaml"} {
		found, err := filepath.Glob(filepath.Join(rulesDir, "*", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no rule files %s (%v)", rulesDir, pattern, err)
		}
		paths = append(paths, found...)
	}
	for _, path := range paths {
		path, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if f := (ruleFile{path: path}); f.parse(t, string(data)) {
			list = append(list, f)
		}
	}
	return list
}

// parse reports whether the source has rules.
func (f *ruleFile) parse(t *testing.T, text string) bool {
	t.Helper()
	command, more := "", false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		rest, begins := strings.CutPrefix(line, commandPrefix)
		if !begins && more {
			rest = strings.TrimPrefix(line, "#")
		}
		if begins || more {
			rest, more = strings.CutSuffix(rest, `\`)
			command += " " + rest
		}
		f.same = f.same || line == samePrefix
	}
	rules, err := checker.Rules(f.path, text, checker.Prefix)
	if (command == "") != (err != nil) {
		t.Errorf("%s: a command %q, but rules: %v", f.path, command, err)
	}
	for _, r := range rules {
		f.rules = append(f.rules, r.Text)
	}
	for _, arg := range llvmcl.SplitArguments(command) {
		if !strings.HasPrefix(arg, "-check") {
			f.args = append(f.args, arg)
		}
	}
	return err == nil
}

// run evaluates rules. It returns the exit status, and how many rules were said to be false.
func (f *ruleFile) run(t *testing.T, rules ...string) (status, failed int, output string) {
	t.Helper()
	check := filepath.Join(t.TempDir(), "rules")
	text := checker.Prefix + " " + strings.Join(rules, "\n"+checker.Prefix+" ") + "\n"
	if err := os.WriteFile(check, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	tool := &Tool{Program: "llvm-rtdyld", Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out}
	status = tool.Run(append([]string{"-check=" + check}, f.args...))
	return status, strings.Count(out.String(), "is false: "), out.String()
}

// inverted returns rules that say the opposite of a rule that holds.
func inverted(t *testing.T, rule string) []string {
	t.Helper()
	left, right, ok := strings.Cut(rule, "=")
	if !ok {
		t.Fatalf("no rule: %s", rule)
	}
	return []string{fmt.Sprintf("%s = (%s) + 1", left, right), fmt.Sprintf("(%s) - 1 = %s", left, right)}
}

// TestRules evaluates all rules, which hold, and then what is their opposite: all together, and alone among those that hold, each, or some of those of large files.
func TestRules(t *testing.T) {
	for _, f := range ruleFiles(t) {
		t.Run(f.name(), func(t *testing.T) {
			t.Chdir(filepath.Dir(f.path))
			if status, _, output := f.run(t, f.rules...); status != 0 || output != "" {
				t.Fatalf("exit status %d:\n%s", status, output)
			}
			var all []string
			for i, rule := range f.rules {
				for _, wrong := range inverted(t, rule) {
					all = append(all, wrong)
					if i%(1+len(f.rules)/32) > 0 {
						continue
					}
					mixed := append(append([]string{wrong}, f.rules[:i]...), f.rules[i+1:]...)
					if status, failed, output := f.run(t, mixed...); status != exitError || failed != 1 {
						t.Errorf("%s: exit status %d, %d rules are false:\n%s", wrong, status, failed, output)
					}
				}
			}
			if status, failed, output := f.run(t, all...); status != exitError || failed != len(all) {
				t.Errorf("of %d inverted rules %d are false, exit status %d:\n%s", len(all), failed, status, output)
			}
		})
	}
}

// TestRulesLLVM asks llvm-rtdyld for the same verdicts.
func TestRulesLLVM(t *testing.T) {
	llvm := testenv.NeedsTool(t, "llvm-rtdyld-14", "llvm-14")
	for _, f := range ruleFiles(t) {
		if !f.same {
			continue
		}
		t.Run(f.name(), func(t *testing.T) {
			verdict := func(rules ...string) error {
				check := filepath.Join(t.TempDir(), "rules")
				if err := os.WriteFile(check, []byte(checker.Prefix+strings.Join(rules, "\n"+checker.Prefix)+"\n"), 0o666); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(llvm, append([]string{"-check=" + check}, f.args...)...)
				cmd.Dir = filepath.Dir(f.path)
				out, err := cmd.CombinedOutput()
				if err != nil {
					return fmt.Errorf("%w\n%s", err, out)
				}
				return nil
			}
			if err := verdict(f.rules...); err != nil {
				t.Error(err)
			}
			for _, rule := range f.rules {
				left, right, _ := strings.Cut(rule, "=")
				if verdict(fmt.Sprintf("%s = 1+(%s)", left, right)) == nil {
					t.Errorf("llvm-rtdyld takes the opposite of %s", rule)
				}
			}
		})
	}
}
