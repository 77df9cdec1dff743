package toygen_test

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestObject reads an object with debug/elf.
func TestObject(t *testing.T) {
	g := &toygen.Generator{}
	m := g.Module("m", "func five = 5\ninternal var v = 7 # a comment\nweak func seven = load v\nfunc use = other + 1\nalias again = five\nctor 100 seven\n")
	stream := objimage.NewBufferStream("m.o")
	if err := m.Generate(context.Background(), stream); err != nil {
		t.Fatal(err)
	}
	buffer, err := stream.Seal()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(buffer.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range syms {
		names = append(names, s.Name)
	}
	if want := []string{"v", "five", "seven", "other", "use", "again"}; !slices.Equal(names, want) {
		t.Errorf("symbols %v, want %v", names, want)
	}
	if s := f.Section(".init_array.00100"); s == nil || s.Type != elf.SHT_INIT_ARRAY || s.Size != 8 {
		t.Errorf("%+v", s)
	}
	list, err := m.Symbols(context.Background())
	if err != nil || len(list) != 6 {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, s := range list {
		if s.Defined == (s.Name == "other") || s.Weak != (s.Name == "seven") || s.Internal != (s.Name == "v") || s.Function != (s.Name != "v") || s.Alias != (s.Name == "again") {
			t.Errorf("%+v", s)
		}
	}
}

func TestErrors(t *testing.T) {
	g := &toygen.Generator{}
	for text, want := range map[string]string{
		"func":                  "m:1:1: error: not a statement: [\"func\"]",
		"\n  fun x = 5":         "m:2:3: error: unknown word \"fun\"",
		"func x = y + z":        "m:1:1: error: not a number: \"z\"",
		"func x = no idea here": "m:1:1: error: not a function's body: [\"no\" \"idea\" \"here\"]",
		"alias x = y":           "m:1:1: error: alias of \"y\", which is not defined before",
	} {
		_, err := g.Module("m", text).Symbols(context.Background())
		var e *codegen.Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
