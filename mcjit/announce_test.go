package mcjit

import (
	"testing"

	"github.com/gomcjit/gomcjit/runtimedyld"
)

// TestFinalizedWhileTold: of an object that is finalized again while listeners are being told of it they are told again afterwards, and not at the same time.
func TestFinalizedWhileTold(t *testing.T) {
	var a announcements
	a.changed.L = &a.mu
	o := new(runtimedyld.Object)
	a.add(o, false)
	if ok, again := a.begin(o); !ok || again {
		t.Fatalf("begin: %v, %v", ok, again)
	}
	a.add(o, true)
	a.add(o, true)
	if ok, _ := a.begin(o); ok {
		t.Error("it is told of by two at a time")
	}
	a.end(o)
	if ok, again := a.begin(o); !ok || !again {
		t.Errorf("begin after it was finalized again: %v, %v", ok, again)
	}
	a.end(o)
	if ok, _ := a.begin(o); ok || !a.drop(o) || a.objects != nil {
		t.Error("it is still to be told of")
	}
}
