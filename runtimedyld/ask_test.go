package runtimedyld

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestAskedOnce: what is left after a round of questions is not asked again in the same link; what has come up meanwhile is, and so is data of the same name.
func TestAskedOnce(t *testing.T) {
	var a asked
	round := func(names ...string) (asked []string) {
		var refs []Reference
		for _, name := range names {
			name, data := strings.CutSuffix(name, " data")
			refs = append(refs, Reference{Name: name, Data: data})
		}
		for _, r := range a.fresh(refs) {
			asked = append(asked, r.Name)
		}
		return asked
	}
	for _, c := range []struct{ names, want string }{
		{"a b", "a b"}, {"b", ""}, {"b c", "c"}, {"", ""}, {"a b c d", "d"},
	} {
		if got := round(strings.Fields(c.names)...); !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("of %q is asked %q, want %q", c.names, got, c.want)
		}
	}
	if got := round("a data"); len(got) != 1 {
		t.Error("data is not asked for because a function of the same name was")
	}
}

// TestAskedInManyRounds: in a long chain of objects, each of which needs the next one, a round does not look through all that were before.
func TestAskedInManyRounds(t *testing.T) {
	var a asked
	var refs []Reference
	for i := range 100 {
		refs = append(refs, Reference{Name: strconv.Itoa(i)})
		if got := a.fresh(slices.Clone(refs)); len(got) != 1 || got[0] != refs[i] {
			t.Errorf("in round %d is asked %+v", i, got)
		}
		if len(a.rounds) > fewRounds {
			t.Fatalf("%d lists in round %d", len(a.rounds), i)
		}
	}
}

// TestTexts: names are what they were, whatever comes behind them, and long ones, too.
func TestTexts(t *testing.T) {
	var all texts
	var got, want []string
	for i := range 3000 {
		name := strings.Repeat(string(rune('a'+i%26)), i)
		got, want = append(got, all.of([]byte(name))), append(want, name)
	}
	if !slices.Equal(got, want) {
		t.Error("names have changed")
	}
}
