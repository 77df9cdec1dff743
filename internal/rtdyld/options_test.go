package rtdyld

import (
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomcjit/gomcjit/internal/llvmcl"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// parse is ParseOptions with files that are given.
func parse(files map[string]string, args ...string) (*Options, error) {
	return ParseOptions("llvm-rtdyld-14", args, func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	})
}

// TestOptions has every option, and the spellings that LLVM takes.
func TestOptions(t *testing.T) {
	defaults := Options{Entry: "_main", AddrStart: 4096, Inputs: []string{"-"}}
	with := func(change func(*Options)) Options {
		o := defaults
		change(&o)
		return o
	}
	files := map[string]string{
		"args": "-entry 'a b'\n\t\"c.o\" d\\ e.o '\\' \"\"",
		"loop": "a @loop b", "nested": "@args -verify",
	}
	for line, want := range map[string]Options{
		"":                    defaults,
		"-":                   defaults,
		"a.o - b.o":           with(func(o *Options) { o.Inputs = []string{"a.o", "-", "b.o"} }),
		"-execute":            defaults,
		"--verify":            with(func(o *Options) { o.Action = Verify }),
		"-printline":          with(func(o *Options) { o.Action = PrintLine }),
		"a -printdebugline b": with(func(o *Options) { o.Action, o.Inputs = PrintDebugLine, []string{"a", "b"} }),
		"--printobjline":      with(func(o *Options) { o.Action = PrintObjLine }),
		"-entry main":         with(func(o *Options) { o.Entry = "main" }),
		"--entry=":            with(func(o *Options) { o.Entry = "" }),
		"-entry -verify":      with(func(o *Options) { o.Entry = "-verify" }),
		"-entry=a=b":          with(func(o *Options) { o.Entry = "a=b" }),
		"-args -entry x -- @args": with(func(o *Options) {
			o.Arguments = []string{"-entry", "x", "--", "-entry", "a b", "c.o", "d e.o", `\`, ""}
		}),
		"a --args":  with(func(o *Options) { o.Inputs = []string{"a"} }),
		"-- -entry": with(func(o *Options) { o.Inputs = []string{"-entry"} }),
		"-dylib=a -dylib b -check c --check=d": with(func(o *Options) {
			o.Libraries, o.Checks = []string{"a", "b"}, []string{"c", "d"}
		}),
		"-triple=x86_64 -mcpu generic": with(func(o *Options) { o.Triple, o.CPU = "x86_64", "generic" }),
		"-map-section a.o,.text=1 -map-section=b,c=2": with(func(o *Options) {
			o.Sections = []string{"a.o,.text=1", "b,c=2"}
		}),
		"-dummy-extern a=1 --dummy-extern=b=0x2": with(func(o *Options) { o.Symbols = []string{"a=1", "b=0x2"} }),
		"-target-addr-start 0x10 -target-addr-end=010 -target-section-sep=0b11": with(func(o *Options) {
			o.AddrStart, o.AddrEnd, o.Separation = 16, 8, 3
		}),
		"-preallocate 65536":                           with(func(o *Options) { o.Preallocate = 65536 }),
		"-print-alloc-requests":                        with(func(o *Options) { o.PrintRequests = true }),
		"-print-alloc-requests=FALSE -show-times=true": with(func(o *Options) { o.ShowTimes = true }),
		"-help": with(func(o *Options) { o.Help = true }),
		"@nested": with(func(o *Options) {
			o.Action, o.Entry, o.Inputs = Verify, "a b", []string{"c.o", "d e.o", `\`, ""}
		}),
		"@loop":    with(func(o *Options) { o.Inputs = []string{"a", "@loop", "b"} }),
		"@missing": with(func(o *Options) { o.Inputs = []string{"@missing"} }),
	} {
		got, err := parse(files, strings.Fields(line)...)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		} else if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", line, diff)
		}
	}
}

// wrongLines are command lines that make no sense, and LLVM's answers.
var wrongLines = map[string]string{
	"-foo a.o":                             "Unknown command line argument '-foo'.  Try: 'llvm-rtdyld-14 --help'\nllvm-rtdyld-14: Did you mean '-h'?",
	"--printlin":                           "Unknown command line argument '--printlin'.  Try: 'llvm-rtdyld-14 --help'\nllvm-rtdyld-14: Did you mean '--printline'?",
	"-chek=foo":                            "Unknown command line argument '-chek=foo'.  Try: 'llvm-rtdyld-14 --help'\nllvm-rtdyld-14: Did you mean '--check=foo'?",
	"a.o -entry":                           "for the --entry option: requires a value!",
	"-entry a -entry b":                    "for the --entry option: may only occur zero or one times!",
	"-execute -verify":                     "for the --verify option: may only occur zero or one times!",
	"-verify=1":                            "Action to perform: option: does not allow a value! '1' specified.",
	"-target-addr-start=zz":                "for the --target-addr-start option: 'zz' value invalid for ulong argument!",
	"-preallocate=-1":                      "for the --preallocate option: '-1' value invalid for ulong argument!",
	"-preallocate=1_000":                   "for the --preallocate option: '1_000' value invalid for ulong argument!",
	"-target-addr-end=0x1ffffffffffffffff": "for the --target-addr-end option: '0x1ffffffffffffffff' value invalid for ulong argument!",
	"-print-alloc-requests=maybe":          "for the --print-alloc-requests option: 'maybe' is invalid value for boolean argument! Try 0 or 1",
	"-args=x":                              "for the --args option: This argument does not take a value.\n\tInstead, it consumes any positional arguments until the next recognized option.",
}

func TestWrongOptions(t *testing.T) {
	for line, want := range wrongLines {
		_, err := parse(nil, strings.Fields(line)...)
		usage := new(llvmcl.UsageError)
		if !errors.As(err, &usage) || usage.Msg != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

// TestWrongOptionsLLVM compares the texts, but for suggestions: LLVM has options that nobody asks for.
func TestWrongOptionsLLVM(t *testing.T) {
	llvm := testenv.NeedsTool(t, "llvm-rtdyld-14", "llvm-14")
	for line, want := range wrongLines {
		cmd := exec.Command(llvm, strings.Fields(line)...)
		cmd.Args[0] = "llvm-rtdyld-14"
		out, err := cmd.CombinedOutput()
		exit := new(exec.ExitError)
		if !errors.As(err, &exit) || exit.ExitCode() != exitError {
			t.Errorf("%s: %v", line, err)
		}
		want = "llvm-rtdyld-14: " + want + "\n"
		got := string(out)
		if strings.HasPrefix(line, "-verify=") {
			got = "llvm-rtdyld-14: " + got
		}
		if strings.HasPrefix(line, "-foo") {
			got, _, _ = strings.Cut(got, "Did you mean")
			want, _, _ = strings.Cut(want, "Did you mean")
		}
		if got != want {
			t.Errorf("%s:\n%swant\n%s", line, got, want)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for s, want := range map[string]uint64{"0": 0, "10": 10, "0x1F": 31, "017": 15, "0b101": 5, "0o17": 15, "18446744073709551615": 1<<64 - 1} {
		if got, err := llvmcl.ParseNumber(s); got != want || err != nil {
			t.Errorf("%s is %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "x", "0x", "-1", "1_0", "09", "18446744073709551616", " 1", "1 "} {
		if got, err := llvmcl.ParseNumber(s); err == nil {
			t.Errorf("%q is %d", s, got)
		}
	}
}
