package main

import (
	"strings"
	"testing"
)

// TestNeedsBuiltIn: what is built in does not have to come from elsewhere.
func TestNeedsBuiltIn(t *testing.T) {
	n := newNeeds()
	n.undefined["__muloti4"] = true // which libgcc has not, so that no process has it by chance
	n.undefined["no_such_name"] = true
	var out strings.Builder
	n.writeSymbols(&out)
	for _, want := range []string{"__muloti4     built in", "no_such_name  not in the C library", "1 symbol has to come from"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &out)
		}
	}
}
