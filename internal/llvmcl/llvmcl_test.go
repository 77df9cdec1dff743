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
	theirs      []string // what options of More were given
}

func parse(line string) (v values, inputs []string, err error) {
	p := llvmcl.Parser{Program: "tool", After: &v.after, Options: []llvmcl.Option{
		{Name: "O", Text: &v.level, Prefix: true, Repeated: true},
		{Name: "Output", Flag: &v.flag, Help: "an option that begins like the one with a prefix"},
		{Name: "kind", Text: &v.kind, Choices: []string{"a", "b"}, Help: "a choice"},
		{Name: "list", List: &v.list, Commas: true},
		{Name: "help", Flag: &v.flag, NoValue: true},
	}, More: func() []llvmcl.Option {
		take := func(value string) { v.theirs = append(v.theirs, value) }
		return []llvmcl.Option{{Name: "theirs", Take: take, Repeated: true}, {Name: "uint", Take: take, Type: "uint"}, {Name: "int", Take: take, Type: "int"},
			{Name: "number", Take: take, Type: "number"}, {Name: "one-of", Take: take, Choices: []string{"a"}, Help: "a choice"}}
	}}
	inputs, err = p.Parse(strings.Fields(line), func(string) ([]byte, error) { return nil, errors.New("no files") })
	return v, inputs, err
}

// What lli needs beyond llvm-rtdyld, whose tests have the rest.
func TestParse(t *testing.T) {
	for line, want := range map[string]string{
		"-O2 -O3 in":                 "{3  [] [] false []} [in]",
		"-O 1 -Output":               "{1  [] [] true []} []",
		"-O=0 --Output=false":        "{0  [] [] false []} []",
		"-Ofast":                     "{fast  [] [] false []} []",
		"-kind=a -kind=b":            "for the --kind option: may only occur zero or one times!",
		"-kind c":                    "for the --kind option: Cannot find option named 'c'!",
		"-list=+a,-b -list c":        "{  [+a -b c] [] false []} []",
		"in -O2 -- x -unknown @no":   "{  [] [-O2 -- x -unknown @no] false []} [in]",
		"-- -O2 -kind":               "{  [] [-kind] false []} [-O2]",
		"-theirs=1 -theirs 2 in":     "{  [] [] false [1 2]} [in]",
		"-uint=5 -int -5 -number=.5": "{  [] [] false [5 -5 .5]} []",
		"-uint=-1":                   "for the --uint option: '-1' value invalid for uint argument!",
		"-uint=4294967296":           "for the --uint option: '4294967296' value invalid for uint argument!",
		"-int=x":                     "for the --int option: 'x' value invalid for integer argument!",
		"-number=x":                  "for the --number option: 'x' value invalid for floating point argument!",
		"-one-of=b":                  "for the --one-of option: Cannot find option named 'b'!",
		"-one-f=b":                   "Unknown command line argument '-one-f=b'.  Try: 'tool --help'\ntool: Did you mean '--one-of=b'?",
		"-kind c -help -list":        "for the --kind option: Cannot find option named 'c'!",
		"-kind c -uint=x":            "for the --kind option: Cannot find option named 'c'!\nfor the --uint option: 'x' value invalid for uint argument!",
		"-help=1":                    "for the --help option: does not allow a value! '1' specified.",
		"-O":                         "for the -O option: requires a value!",
		"-knd=a":                     "Unknown command line argument '-knd=a'.  Try: 'tool --help'\ntool: Did you mean '--kind=a'?",
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
	//   -O=LEVEL                            - how much is optimised
	//   --entry=NAME                        - the function to call
}
