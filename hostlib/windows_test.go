//go:build windows

package hostlib_test

import (
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/hostlib"
)

// TestWindowsLookup finds functions of the C library, and of the modules that every process has.
func TestWindowsLookup(t *testing.T) {
	c, err := hostlib.Open("msvcrt.dll")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, name := range []string{"malloc", "printf", "strlen"} {
		want, _ := c.Lookup(name)
		if got, ok := hostlib.Process().Lookup(name); !ok || got != want {
			t.Errorf("%s is at %v, %v; msvcrt.dll's at %v", name, got, ok, want)
		}
	}
	for _, name := range []string{"VirtualAlloc", "RtlAddFunctionTable", "GetTickCount"} {
		if _, ok := hostlib.Process().Lookup(name); !ok {
			t.Errorf("%s is not found", name)
		}
	}
	for _, name := range []string{"", "no_such_function", "printf\x00"} {
		if a, ok := hostlib.Process().Lookup(name); ok {
			t.Errorf("%q is found at %v", name, a)
		}
	}
}

// TestWindowsOpen opens DLLs by names as -l takes them and by their own, whose functions are found until they are closed.
func TestWindowsOpen(t *testing.T) {
	for _, name := range []string{"ws2_32", "ws2_32.dll", `C:\windows\system32\ws2_32.dll`, "C:/windows/system32/ws2_32.dll"} {
		l, err := hostlib.OpenByName(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, ok := l.Lookup("WSAStartup"); !ok {
			t.Errorf("%s: no WSAStartup", name)
		}
		if _, ok := l.Lookup("VirtualAlloc"); ok {
			t.Errorf("%s has VirtualAlloc", name)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if _, ok := l.Lookup("WSAStartup"); ok {
			t.Errorf("%s: found when closed", name)
		}
	}
	var oe *hostlib.OpenError
	if _, err := hostlib.OpenByName("no_such_library"); !errors.As(err, &oe) || len(oe.Tried) != 2 {
		t.Errorf("no such library: %v", err)
	}
}
