//go:build linux && amd64

package hostlib

import (
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// TestLookupWhileClosing closes a library whose destructor calls back, where the library is used.
func TestLookupWhileClosing(t *testing.T) {
	l := library(t, "gcc", "bye.c", `
static void (*last)(void);
void say(void (*f)(void)) { last = f; }
__attribute__((destructor)) void bye(void) { if (last) last(); }`)
	found, called := true, false
	bind[func(executor.Addr)](t, l, "say")(callback(t, func() {
		_, found = l.Lookup("say")
		called = true
	}))
	done := make(chan error)
	go func() { done <- l.Close() }()
	select {
	case err := <-done:
		if err != nil || found || !called {
			t.Errorf("Close: %v; symbols are found meanwhile: %v; the destructor called back: %v", err, found, called)
		}
	case <-time.After(time.Minute):
		t.Fatal("Close does not return")
	}
	if err := l.Close(); err != nil {
		t.Error("the second time:", err)
	}
}
