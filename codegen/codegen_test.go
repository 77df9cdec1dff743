package codegen_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/codegen"
)

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       codegen.Kind
	}{
		{"a.ll", "", codegen.IR},
		{"a.bc", "", codegen.Bitcode},
		{"a", "BC\xc0\xde", codegen.Bitcode},
		{"a.ll", "BC\xc0\xde35", codegen.Bitcode},
		{"a.o", "\xde\xc0\x17\x0b\x00", codegen.Bitcode},
		{"dir.c/a", "", codegen.KindUnknown},
		{"a.c", "BC", codegen.C},
		{"a.C", "", codegen.CXX},
		{"a.cc", "", codegen.CXX},
		{"a.s", "", codegen.Assembly},
		{"a.S", "", codegen.AssemblyCPP},
		{"a.i", "", codegen.Preprocessed},
		{"a.o", "\x7fELF", codegen.KindUnknown},
		{"", "", codegen.KindUnknown},
	} {
		if got := codegen.KindOf(c.name, []byte(c.data)); got != c.want {
			t.Errorf("%q %q: %v, want %v", c.name, c.data, got, c.want)
		}
	}
	for k := codegen.IR; k <= codegen.Preprocessed; k++ {
		if got := codegen.KindOf("x"+k.Suffix(), nil); got != k {
			t.Errorf("%v: its suffix is that of %v", k, got)
		}
	}
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.s")
	if err := os.WriteFile(path, []byte(".globl a\na:\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	src, err := codegen.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if src.Name != path || src.Path != path || src.Kind != codegen.Assembly || string(src.Data) != ".globl a\na:\n" || src.String() != path+" (assembly)" {
		t.Errorf("%+v, %v", src, src)
	}
	if _, err := codegen.Open(path + ".missing"); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&codegen.Error{Module: "m"}, "m: the compiler failed and did not say why"},
		{&codegen.Error{Module: "m", Err: os.ErrNotExist}, "m: file does not exist"},
		{&codegen.Error{Module: "m", Diagnostics: []codegen.Diagnostic{
			{Severity: "error", File: "m.ll", Line: 3, Column: 7, Message: "expected type"},
			{Severity: "note", File: "m.ll", Line: 2, Message: "here"},
			{Severity: "warning", Message: "linking"},
		}}, "m.ll:3:7: error: expected type\nm.ll:2: note: here\nwarning: linking"},
		{&codegen.UnsupportedError{Source: "a.f", Kind: codegen.KindUnknown}, "a.f: it is not known what it is written in"},
		{&codegen.UnsupportedError{Source: "a.c", Kind: codegen.C, Reason: "use codegen/command"}, "a.c: no code generator here for C; use codegen/command"},
		{&codegen.OptionError{Option: "CodeModel", Value: "tiny", Reason: "x86_64 has none"}, "option CodeModel tiny: x86_64 has none"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
