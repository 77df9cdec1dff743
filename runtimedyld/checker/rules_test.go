package checker

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestRules(t *testing.T) {
	text := "# rtdyld-check: 1 = 1\n" +
		"  \t# rtdyld-check:2 = 2  \r\n" +
		"nop # rtdyld-check: not at the beginning\n" +
		"# rtdyld-check: a +\\\n" +
		"\n" +
		"   # rtdyld-check:  b =\\  \n" +
		"# rtdyld-check: c\n" +
		"# rtdyld-check: d = \\\n" +
		"nop\n" +
		"# rtdyld-check: e\r" +
		"# rtdyld-check:\n" +
		"# jitlink-check: f = 1\n" +
		"# rtdyld-check: last"
	got, err := Rules("x.s", text, Prefix)
	if err != nil {
		t.Fatal(err)
	}
	want := []Rule{
		{Text: "1 = 1", Line: 1}, {Text: "2 = 2", Line: 2}, {Text: "a +  b = c", Line: 4}, {Text: "d = ", Line: 8}, {Text: "e", Line: 10},
		{Text: "last", Line: 13},
	}
	for i := range want {
		want[i].File = "x.s"
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Rule{})); diff != "" {
		t.Error(diff)
	}
	if got, err := Rules("x.s", text, "# jitlink-check:"); err != nil || len(got) != 1 || got[0].Text != "f = 1" {
		t.Errorf("with another prefix: %v, %v", got, err)
	}
}

func TestNoRules(t *testing.T) {
	for _, text := range []string{"", "nop\n", "nop # rtdyld-check: 1 = 1\n", "rtdyld-check: 1 = 1"} {
		if err := CheckAll(sample(t), "x.s", text, Prefix); !errors.Is(err, ErrNoRules) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// All rules are evaluated, and each complaint has the place of what is wrong.
func TestCheckAll(t *testing.T) {
	text := `	nop
# rtdyld-check: call = 1
# rtdyld-check: call = 0x1000
# rtdyld-check: call + \
# rtdyld-check:    nope = 1
`
	err := CheckAll(sample(t), "x.s", text, Prefix)
	want := "x.s:2:17: Expression 'call = 1' is false: 0x1000 != 0x1\n" +
		"x.s:5:20: Error evaluating expression 'call +     nope = 1': No known address for symbol 'nope'"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
	var at *RuleError
	var missing *NotFoundError
	if !errors.As(err, &at) || at.Line != 2 || !errors.As(err, &missing) || missing.Name != "nope" {
		t.Errorf("%#v and %#v", at, missing)
	}
	if err := CheckAll(sample(t), "x.s", "# rtdyld-check: call = 0x1000\n", Prefix); err != nil {
		t.Error(err)
	}
}

func TestNotFoundMessages(t *testing.T) {
	for _, e := range []struct {
		err  NotFoundError
		want string
	}{
		{NotFoundError{Kind: NoSymbol, Name: "s"}, "RTDyldChecker: Symbol not found: s"},
		{NotFoundError{Kind: NoFile, Name: "b.o"}, "RTDyldChecker: No file named b.o"},
		{NotFoundError{Kind: NoSection, Name: ".tex", In: "a.o"}, `RTDyldChecker: No section named ".tex" in file a.o`},
		{NotFoundError{Kind: NoContainer, Name: "a.o/.text"}, "RTDyldChecker: Stub container not found: a.o/.text"},
		{NotFoundError{Kind: NoStub, Name: "s", In: "a.o/.text"}, `RTDyldChecker: Symbol name s in stub container a.o/.text not found`},
	} {
		if got := e.err.Error(); got != e.want {
			t.Errorf("%q, want %q", got, e.want)
		}
	}
}

// TestRulesWithNothing has lines with nothing behind the prefix, which are no rules.
func TestRulesWithNothing(t *testing.T) {
	rules, err := Rules("f", Prefix+"\n"+Prefix+" a = \\\n"+Prefix+"\n"+Prefix+"\r\n", Prefix)
	if err != nil || len(rules) != 1 || rules[0].Text != "a = " {
		t.Errorf("got %+v, %v", rules, err)
	}
}
