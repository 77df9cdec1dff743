package llvmcl_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/llvmcl"
)

// values are what the parser of the tests sets.
type values struct {
	level, kind string
	list, after []string
	flag        bool
}

func parse(line string) (v values, inputs []string, err error) {
	p := llvmcl.Parser{Program: "tool", After: &v.after, Options: []llvmcl.Option{
		{Name: "O", Text: &v.level, Prefix: true, Repeated: true},
		{Name: "Output", Flag: &v.flag, Help: "an option that begins like the one with a prefix"},
		{Name: "kind", Text: &v.kind, Choices: []string{"a", "b"}, Help: "a choice"},
		{Name: "list", List: &v.list, Commas: true},
	}, Unknown: func(arg string) bool { return strings.HasPrefix(arg, "-theirs") }}
	inputs, err = p.Parse(strings.Fields(line), func(string) ([]byte, error) { return nil, errors.New("no files") })
	return v, inputs, err
}

// What lli needs beyond llvm-rtdyld, whose tests have the rest.
func TestParse(t *testing.T) {
	for line, want := range map[string]string{
		"-O2 -O3 in":               "{3  [] [] false} [in]",
		"-O 1 -Output":             "{1  [] [] true} []",
		"-O=0 --Output=false":      "{0  [] [] false} []",
		"-Ofast":                   "{fast  [] [] false} []",
		"-kind=a -kind=b":          "for the --kind option: may only occur zero or one times!",
		"-kind c":                  "for the --kind option: Cannot find option named 'c'!",
		"-list=+a,-b -list c":      "{  [+a -b c] [] false} []",
		"in -O2 -- x -unknown @no": "{  [] [-O2 -- x -unknown @no] false} [in]",
		"-- -O2 -kind":             "{  [] [-kind] false} [-O2]",
		"-theirs=1 in":             "{  [] [] false} [in]",
		"-knd=a":                   "Unknown command line argument '-knd=a'.  Try: 'tool --help'\ntool: Did you mean '--kind=a'?",
	} {
		v, inputs, err := parse(line)
		got := fmt.Sprint(v, inputs)
		if err != nil {
			got = err.Error()
			if !errors.As(err, new(*llvmcl.UsageError)) {
				t.Errorf("%s: the wrong type of error", line)
			}
		}
		if got != strings.TrimSpace(want) {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

func ExampleHelp() {
	fmt.Print(llvmcl.Help([]llvmcl.Option{
		{Name: "O", Prefix: true, Operand: "LEVEL", Help: "how much is optimised"},
		{Name: "entry", Operand: "NAME", Help: "the function to call"},
		{Name: "internal"},
	}))
	// Output:
	//   -OLEVEL                             how much is optimised
	//   -entry NAME                         the function to call
}
