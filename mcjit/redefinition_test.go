//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// TestRedefinition: the definition that was loaded last counts for look-ups and for what is linked afterwards, as with LLVM's MCJIT, and what was linked before keeps its own.
func TestRedefinition(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, append(opts, mcjit.WithRedefinition())...)
		first := add(t, e, compiled(t, "one.o", "int f(void) { return 1; }"))
		add(t, e, compiled(t, "caller.o", "int f(void); int call_first(void) { return f(); }"))
		wantCall(t, e, "f", 1)
		wantCall(t, e, "call_first", 1)

		second := add(t, e, compiled(t, "two.o", "int f(void) { return 2; }"))
		add(t, e, compiled(t, "later.o", "int f(void); int call_second(void) { return f(); }"))
		wantCall(t, e, "call_second", 2)
		wantCall(t, e, "f", 2)
		wantCall(t, e, "call_first", 1)

		third := add(t, e, compiled(t, "three.o", "int f(void) { return 3; }"))
		wantCall(t, e, "f", 3)
		remove(t, e, third...)
		wantCall(t, e, "f", 2) // not 1: of those that are left, the last one
		remove(t, e, first...)
		wantCall(t, e, "f", 2)
		wantCall(t, e, "call_first", 1) // which refers to memory that stays
		remove(t, e, second...)
		if _, err := e.FunctionAddress("f"); !errors.Is(err, mcjit.ErrSymbolNotFound) {
			t.Errorf("without a definition: error %v", err)
		}
		wantCall(t, e, "call_second", 2)
	})
}

// TestRedefinitionInOneLink: what is linked together refers to the last definition.
func TestRedefinitionInOneLink(t *testing.T) {
	e := newEngine(t, mcjit.WithRedefinition())
	add(t, e, compiled(t, "caller.o", "int f(void); int call(void) { return f(); }"), compiled(t, "one.o", "int f(void) { return 1; }"), compiled(t, "two.o", "int f(void) { return 2; }"))
	wantCall(t, e, "call", 2)
	wantCall(t, e, "f", 2)
}

// TestRedefinitionWithin: what no linker takes is an error as ever, and so are duplicates without the option.
func TestRedefinitionWithin(t *testing.T) {
	e := newEngine(t, mcjit.WithRedefinition())
	if err := e.AddGlobalMapping("mapped", 0x1000); err != nil {
		t.Fatal(err)
	}
	var duplicate *runtimedyld.DuplicateError
	if _, err := e.AddObject(compiled(t, "mapped.o", "int mapped(void) { return 1; }")); !errors.As(err, &duplicate) {
		t.Errorf("a mapping and a definition: error %v", err)
	}
	plain := newEngine(t)
	add(t, plain, compiled(t, "one.o", "int f(void) { return 1; }"))
	if _, err := plain.AddObject(compiled(t, "two.o", "int f(void) { return 2; }")); !errors.As(err, &duplicate) {
		t.Errorf("without the option: error %v", err)
	}
}

// TestAddParsed: an object that was changed since it was parsed is added as it is now.
func TestAddParsed(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		add(t, e, compiled(t, "one.o", "int f(void) { return 1; }"))
		img, err := objimage.Parse(compiled(t, "two.o", "int f(void) { return 2; }", "-g"))
		if err != nil {
			t.Fatal(err)
		}
		edit, err := img.Edit()
		if err != nil {
			t.Fatal(err)
		}
		edit.Rename(uint32(img.FirstGlobal()), "g")
		img, _ = edit.Object()
		m, err := e.AddParsed(img)
		if err != nil {
			t.Fatal(err)
		}
		wantCall(t, e, "f", 1)
		wantCall(t, e, "g", 2)
		remove(t, e, m)
	})
}
