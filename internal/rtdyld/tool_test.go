package rtdyld

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// outcome is what a run of the tool leaves.
type outcome struct {
	status         int
	stdout, stderr string
}

// String shows it on a line.
func (o outcome) String() string {
	return fmt.Sprintf("%d, %q, %q", o.status, o.stdout, o.stderr)
}

// run runs the tool in the current folder.
func run(stdin string, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	t := &Tool{Program: "llvm-rtdyld-14", Version: "1", Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr}
	status := t.Run(args)
	return outcome{status, stdout.String(), stderr.String()}
}

// inTestdata makes a folder with the objects of the project's testdata the current one, and files that are given beside them.
func inTestdata(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for _, pattern := range []string{"*.o", "rules/x86_64/*.[os]"} {
		paths, err := filepath.Glob(filepath.Join("../../testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(dir, filepath.Base(path)), string(data))
		}
	}
	for name, text := range files {
		writeFile(t, filepath.Join(dir, name), text)
	}
	t.Chdir(dir)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// sameLines are command lines on which this tool and llvm-rtdyld agree: in exit status and standard output, and, but for the exception that is named, in what is on
// standard error.
var sameLines = []struct {
	line   string
	except string // what LLVM's and our standard error do not have in common, as a regular expression
}{
	{"-printobjline nofile.o", ""},
	{"-verify -triple=x86_64 nofile.o", ""},
	{"-verify -triple=x86_64 .", ""},
	{"-verify helper.o", ""},
	{"-verify=1 helper.o", ""},
	{"-help=1", ""},
	{"-version=2", ""},
	{"-help-hidden=x helper.o", ""},
	{"-print-alloc-requests -printobjline helper.o", ""},
	{"-printobjline @recursive", ""},
	{"-verify -triple= helper.o", ""},
	{"-verify -triple=linux-x86_64 -check=rules helper.o", ""},
	{"-verify -triple=pc-gnu-x86_64-linux -check=rules helper.o", ""},
	{"-verify -triple=foo helper.o", `( \(.*\))?\n+`},
	{"-x helper.o", ""},
	{"-o helper.o", ""},
	{"-verify=3", ""},
	{"-entri=3 helper.o", ""},
	{"-versio=3 helper.o", ""},
	{"-foo -bar=2 helper.o", ""},
	{"-foo -entry", ""},
	{"-entry=main -entry=foo -foo -stats=x -verify=1", ""},
	{"-args=3 helper.o -foo", ""},
	{"-arg=3 -xyz=4 -ver -dash.o -march=x86_64 -mattr=help", ""},
	{"-stats -track-memory=0 -verify -triple=x86_64 helper.o", ""},
	{"-verify -triple x86_64 -check nostub helper.o", `( not found)?\n+(  at .*\n)?`},
	{"-verify -triple=x86_64 helper.o", ""},
	{"-verify -triple x86_64 - <helper.o", ""},
	{"-verify -triple x86_64 <helper.o", ""},
	{"-verify -triple x86_64 -check=missing helper.o", ""},
	{"-verify -triple x86_64 -check=norules helper.o", `(?m)^norules: .*\n`},
	{"-verify -triple x86_64 -check - helper.o <rules", ""},
	{"-verify -triple x86_64 -check nosymbol helper.o", `(?m)^  nosymbol:1.*\n`},
	{"-verify -triple x86_64 -check false -check nosymbol helper.o", `(?m)^  at .*\n|^\n`},
	{"-verify -triple x86_64 -mcpu=bogus -check rules helper.o", ""},
	{"-verify -triple i386 -mcpu cortex-a8 nofile.o", ""},
	{"-verify -triple x86_64 -mcpu=x86-64-v3 -check rules helper.o", ""},
	{"-verify -triple x86_64 -mcpu= -check rules helper.o", ""},
	{"-verify -triple bpf -mcpu=help nofile.o", `(?s)Available features.*feature2\n|  v4 .*?\n`},
	{"-printobjline -mcpu=help helper.o", ""},
	{"-verify -triple x86_64 -check rules helper.o", ""},
	{"-verify -triple x86_64 -check rules -check rules helper.o", ""},
	{"-verify -triple x86_64 -check false helper.o", `(?m)^  at .*\n|^\n`},
	{"-verify -triple x86_64 -check false -check missing helper.o", `(?m)^  at .*\n|^\n`},
	{"-verify -triple x86_64 -check false -check placed helper.o", `(?m)^  at .*\n|^\n`},
	{"-verify -triple x86_64 -check rules -check placed -check false helper.o", `(?m)^  at .*\n|^\n`},
	{"-verify -triple x86_64 -check missing -check false helper.o", ""},
	{"-verify -triple x86_64 -check rules -target-addr-start 0x1000 helper.o", ""},
	{"-verify -triple x86_64 -check rules -target-addr-start=0x100000 helper.o", `(?m)^  at .*\n`},
	{"-verify -triple x86_64 -check placed -target-addr-start=0x100000 -target-section-sep=0x100 helper.o", ""},
	{"-verify -triple x86_64 -check placed -map-section helper.o,.text=0x100000 -map-section=helper.o,.data=0x101100 helper.o", ""},
	{"-verify -triple x86_64 -check placed -map-section helper.o,.text=1048576 -map-section=helper.o,.data=0x101100 sub/helper.o", ""},
	{"-verify -triple x86_64 -check around -map-section strong.o,.text=0x2000 helper.o strong.o", ""},
	{"-verify -triple x86_64 -check below -map-section strong.o,.text=0x2000 -target-addr-start=0x5000 helper.o strong.o", ""},
	{"-verify -triple x86_64 -target-addr-end=0x1fff helper.o", ""},
	{"-verify -triple x86_64 -print-alloc-requests helper.o", ""},
	{"-verify -triple x86_64 -print-alloc-requests -dummy-extern=puts=0x10 hello.o", ""},
	{"-verify -triple x86_64 -map-section helper.o,.nope=0x1 helper.o", ""},
	{"-verify -triple x86_64 -map-section nope.o,.text=0x1 helper.o", ""},
	{"-verify -triple x86_64 common.o", `(?m)^.*Could not find definition for ".*"\n`},
	{"-verify -triple x86_64 hello.o", ""},
	{"-verify -triple x86_64 -dummy-extern=puts=0x10 hello.o", ""},
	{"-verify -triple x86_64 rules", `(?m)^  .*\n`},
	{"-printobjline helper.o", ""},
	{"-printobjline debug.o", ""},
	{"-printobjline hello.o", ""},
	{"-printline hello.o", ""},
	{"-printline common.o helper.o", `(?m)^.*Could not find definition for ".*"\n`},
	{"-printobjline helper.o nofile.o hello.o", ""},
	{"-printdebugline hello.o", ""},
	{"-printobjline hello.o debug.o", ""},
	{"-show-times -verify -triple x86_64 helper.o", `(?s)===-.*`},
}

var sameFiles = map[string]string{
	"recursive":    "@recursive helper.o",
	"norules":      "# nothing\n",
	"rules":        "# rtdyld-check: helper = 0x1000\n# rtdyld-check: section_addr(helper.o, .text) = helper\n  # rtdyld-check: *{1}helper=0x90\n# rtdyld-check: next_pc(helper)=helper+1\n",
	"false":        "# rtdyld-check: helper = 0x10a0\n# rtdyld-check: *{1}helper = 0x90\n# rtdyld-check: helper[15:8] = 0xFF\n# rtdyld-check: section_addr(a.o, .text) = 0\n",
	"placed":       "# rtdyld-check: helper = 0x100000\n# rtdyld-check: section_addr(helper.o, .data) = 0x101100\n",
	"around":       "# rtdyld-check: helper = 0x1000\n# rtdyld-check: section_addr(helper.o, .data) = 0x3000\n",
	"nosymbol":     "# rtdyld-check: next_pc(none) = helper\n# rtdyld-check: helper = 1\n",
	"nostub":       "# rtdyld-check: stub_addr(helper.o/.text, x) = 0\n",
	"below":        "# rtdyld-check: helper = 0x3000\n",
	"sub/helper.o": "",
}

// TestSameAsLLVM runs both.
func TestSameAsLLVM(t *testing.T) {
	llvm := testenv.NeedsTool(t, "llvm-rtdyld-14", "llvm-14")
	inTestdata(t, sameFiles)
	helper, err := os.ReadFile("helper.o")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, "sub/helper.o", string(helper))
	for _, c := range sameLines {
		line, input, _ := strings.Cut(c.line, "<")
		args := strings.Fields(line)
		stdin, err := os.ReadFile(input)
		if err != nil && input != "" {
			t.Fatal(err)
		}
		want := runLLVM(llvm, string(stdin), args...)
		got := run(string(stdin), args...)
		if c.except != "" {
			re := regexp.MustCompile(c.except)
			got.stderr, want.stderr = re.ReplaceAllString(got.stderr, ""), re.ReplaceAllString(want.stderr, "")
		}
		if got != want {
			t.Errorf("%s:\ngot  %v\nwant %v", c.line, got, want)
		}
	}
}

func runLLVM(llvm, stdin string, args ...string) outcome {
	cmd := exec.Command(llvm, args...)
	cmd.Args[0] = "llvm-rtdyld-14"
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	cmd.Run()
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// ourLines are command lines on which LLVM aborts, or does what it should not.
var ourLines = []struct {
	line   string
	status int
	stdout string
	stderr string
}{
	{"-verify -triple x86_64 -map-section foo helper.o", 1, "", "error: Invalid section specification 'foo'. Should be '<file name>,<section name>=<addr>'"},
	{"-verify -triple x86_64 -map-section helper.o=1 helper.o", 1, "", "error: Invalid section specification 'helper.o=1'. Should be"},
	{"-verify -triple x86_64 -map-section helper.o,.text helper.o", 1, "", "error: Invalid section address in mapping 'helper.o,.text'."},
	{"-verify -triple x86_64 -map-section helper.o,.text=zz helper.o", 1, "", "error: Invalid section address in mapping 'helper.o,.text=zz'."},
	{"-verify -triple x86_64 -dummy-extern foo helper.o", 1, "", "error: Invalid dummy symbol specification 'foo'. Should be '<symbol name>=<addr>'"},
	{"-verify -triple x86_64 -dummy-extern foo=zz helper.o", 1, "", "error: Invalid symbol mapping 'foo=zz'."},
	{"-verify -triple=nowhere helper.o", 1, "", "error: Error accessing target 'nowhere': : error: unable to get target for 'nowhere', see --version and --triple."},
	{"-printobjline -dylib nolib.so helper.o", 1, "", "error: Dylib not found: 'nolib.so'."},
	{"-dylib= helper.o", 1, "", "error: Dylib not found: ''."},
	{"-dylib nolib.so helper.o", 1, "", "error: Dylib not found: 'nolib.so'."},
	{"-verify -triple x86_64 -preallocate=10 helper.o", 1, "", "error: helper.o: Can't allocate enough memory. Tune --preallocate"},
	{"-verify -triple x86_64 -preallocate=64 helper.o", 0, "", ""},
	{"-verify -triple x86_64 -preallocate=63 helper.o", 1, "", "Tune --preallocate"},
	{"-verify -triple x86_64 -target-addr-end=0x400f helper.o", 0, "", ""},
	{"-verify -triple x86_64 -map-section helper.o,.text=1 helper.o sub/helper.o", 1, "", `Several inputs are called helper.o and have a section ".text"`},
	{"-verify -triple x86_64 helper.o sub/helper.o", 0, "", `warning: duplicate symbol "helper": defined in helper.o and in sub/helper.o, which is used`},
	{"-verify -triple x86_64 -check last -map-section sub/helper.o,.text=0x7000 helper.o sub/helper.o", 0, "", "warning"},
	{"-verify -triple x86_64 -map-section x.o,.text=0x7000 x.o sub/x.o", 1, "", `Several inputs are called x.o and have a section ".text"`},
	{"-verify -triple x86_64 -map-section sub/x.o,.text=0x7000 -check both ./x.o sub/x.o", 0, "", ""},
	{"-verify -triple x86_64 -check old -dummy-extern=printf=0x20 hello.o", 0, "", ""},
	{"-execute helper.o", 1, "", "error: -execute: cannot be done on this host"},
	{"-version -foo", 0, "LLVM version 14.0.6\n  Optimized build.\n  Engine: gomcjit 1, whose behaviour is that version's\n", ""},
}

func TestOurs(t *testing.T) {
	inTestdata(t, map[string]string{
		"old":   "# rtdyld-check: stub_addr(hello.o, .text.startup, printf) = stub_addr(hello.o/.text.startup, printf)\n",
		"after": "# rtdyld-check: helper = 0x5000\n",
		"last":  "# rtdyld-check: helper = 0x7000\n",
		"both":  "# rtdyld-check: section_addr(sub/x.o, .text) = 0x7000\n# rtdyld-check: section_addr(./x.o, .text) = 0x1000\n",
	})
	copyFile(t, "helper.o", "sub/helper.o")
	copyFile(t, "hidden.o", "sub/hidden.o")
	copyFile(t, "strong.o", "x.o")
	copyFile(t, "helper.o", "sub/x.o")
	for _, c := range ourLines {
		got := run("", strings.Fields(c.line)...)
		if got.status != c.status || got.stdout != c.stdout || !strings.Contains(got.stderr, c.stderr) || (c.stderr == "") != (got.stderr == "") {
			t.Errorf("%s:\ngot  %v\nwant %v", c.line, got, outcome{c.status, c.stdout, c.stderr})
		}
	}
	help := run("", "-help")
	for _, opt := range new(Options).table() {
		if opt.Help != "" && !strings.Contains(help.stdout, "\n  --"+opt.Name) {
			t.Errorf("-help does not tell of -%s", opt.Name)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, to, string(data))
}
