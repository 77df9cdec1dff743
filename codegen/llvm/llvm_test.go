package llvm_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// installed returns all versions of libLLVM that are installed.
func installed(t *testing.T) (list []*llvm.Library) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the inputs are for x86-64 Linux")
	}
	for version := 11; version <= 22; version++ {
		l, err := llvm.Open(fmt.Sprint(version))
		switch {
		case err == nil:
			list = append(list, l)
		case !errors.Is(err, llvm.ErrNoLibrary):
			t.Errorf("version %d: %v", version, err)
		}
	}
	if len(list) == 0 {
		testenv.NeedsFile(t, "/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1", "llvm-14")
	}
	return list
}

// eachVersion runs a test with all versions that are installed.
func eachVersion(t *testing.T, f func(t *testing.T, l *llvm.Library)) {
	for _, l := range installed(t) {
		t.Run(fmt.Sprint(l.Version()), func(t *testing.T) { f(t, l) })
	}
}

func module(t *testing.T, l *llvm.Library, text string, o codegen.Options, more ...llvm.Option) codegen.Module {
	t.Helper()
	if l != nil {
		more = append(more, llvm.WithLibrary(l))
	}
	g, err := llvm.New(o, more...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := g.NewModule(codegen.Source{Name: "test.ll", Kind: codegen.IR, Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// compile verifies and compiles a module.
func compile(ctx context.Context, m codegen.Module) (*objimage.Buffer, error) {
	if err := m.(codegen.Verifier).Verify(ctx); err != nil {
		return nil, err
	}
	w := objimage.NewBufferStream(m.Name())
	if err := m.Generate(ctx, w); err != nil {
		return nil, err
	}
	return w.Seal()
}

const add = `define i32 @add(i32 %a, i32 %b) {
  %sum = add i32 %a, %b
  ret i32 %sum
}
`

func TestCompiledCodeRuns(t *testing.T) {
	for _, passes := range []string{"", "default<O2>"} {
		eachVersion(t, func(t *testing.T, l *llvm.Library) {
			m := module(t, l, add, codegen.Options{CPU: "native"}, llvm.WithPasses(passes))
			object, err := compile(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			again, err := compile(t.Context(), m)
			if err != nil || string(again.Bytes()) != string(object.Bytes()) {
				t.Errorf("compiled a second time it is another object, or none: %v", err)
			}
			engine, err := mcjit.New()
			if err != nil {
				t.Fatal(err)
			}
			defer engine.Close()
			if _, err := engine.AddObject(object); err != nil {
				t.Fatal(err)
			}
			f, err := mcjit.Func[func(a, b int32) int32](engine, "add")
			if err != nil {
				t.Fatal(err)
			}
			if got := f(40, 2); got != 42 {
				t.Errorf("40+2 = %d", got)
			}
		})
	}
}

const manySymbols = `target triple = "x86_64-pc-linux-gnu"
@shared = global i32 1
@outside = external global i32
@own = internal global i32 2
@hidden = private constant i32 3
@common = common global i32 0
@thread = thread_local global i32 4
@"\01raw" = global i32 5
@llvm.global_ctors = appending global [0 x { i32, void ()*, i8* }] zeroinitializer
@other = alias i32 (i32, double), i32 (i32, double)* @defined
@chosen = ifunc void (), i8* ()* @resolver
declare void @used()
declare extern_weak void @maybe()
define i8* @resolver() { ret i8* null }
define i32 @defined(i32 %a, double %b) { ret i32 %a }
define linkonce_odr void @inline() { ret void }
define available_externally void @elsewhere() { ret void }
define <4 x i32> @vector(i32 %a) { ret <4 x i32> zeroinitializer }
`

func TestSymbolsAreKnownBeforeCompiling(t *testing.T) {
	want := []string{
		"shared defined", "outside", "own defined internal", "common defined weak", "thread defined tls", "raw defined",
		"other defined function alias int32_t(int32_t, double)", "chosen defined function ifunc void()",
		"used function void()", "maybe weak function void()", "resolver defined function void*()", "defined defined function int32_t(int32_t, double)",
		"inline defined weak function void()", "elsewhere function void()", "vector defined function",
	}
	slices.Sort(want)
	eachVersion(t, func(t *testing.T, l *llvm.Library) {
		text := manySymbols
		if l.Version() >= 14 { // until then an ifunc has the type of a pointer
			text = strings.Replace(text, "i8* ()* @resolver", "void ()* ()* @resolver", 1)
			text = strings.Replace(text, "i8* @resolver() { ret i8* null }", "void ()* @resolver() { ret void ()* null }", 1)
		}
		symbols, err := module(t, l, text, codegen.Options{}).Symbols(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range symbols {
			got = append(got, describe(s))
		}
		slices.Sort(got)
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("symbols:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func describe(s codegen.Symbol) string {
	text := s.Name
	for _, f := range []struct {
		name string
		set  bool
	}{{"defined", s.Defined}, {"weak", s.Weak}, {"internal", s.Internal}, {"tls", s.ThreadLocal}, {"function", s.Function}, {"alias", s.Alias}, {"ifunc", s.IFunc}} {
		if f.set {
			text += " " + f.name
		}
	}
	if s.Signature != nil {
		text += " " + s.Signature.String()
	}
	return text
}

func TestMangling(t *testing.T) {
	text := "target triple = \"x86_64-apple-macosx10.15\"\ntarget datalayout = \"e-m:o-i64:64\"\ndefine void @f() { ret void }\ndefine void @\"\\01g\"() { ret void }"
	symbols, err := module(t, installed(t)[0], text, codegen.Options{}).Symbols(t.Context())
	if err != nil || len(symbols) != 2 || symbols[0].Name != "_f" || symbols[1].Name != "g" {
		t.Errorf("%v, %v; want _f and g", symbols, err)
	}
}

func TestModuleAssemblyHidesSymbols(t *testing.T) {
	_, err := module(t, installed(t)[0], "module asm \".globl f\\0Af: ret\"", codegen.Options{}).Symbols(t.Context())
	if !errors.Is(err, codegen.ErrSymbolsUnknown) {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	inline := func(assembly string) string {
		return "define void @f() {\n call void asm sideeffect \"" + assembly + "\", \"\"()\n ret void\n}"
	}
	for _, c := range []struct {
		name, text string
		options    codegen.Options
		passes     string
		want       string // of the error's text
		is         func(error) bool
	}{
		{"syntax", "define i32 @main() {\n  ret i64 0\n}\n", codegen.Options{}, "", "test.ll:2:7: error: value doesn't match function result type 'i32'", nil},
		{"empty", "x", codegen.Options{}, "", "test.ll:1:1: error: expected top-level entity", nil},
		{"bitcode", "BC\xc0\xderubbish!", codegen.Options{}, "", "test.ll: error: ", nil},
		{"broken", "define i32 @f() {\n%x = add i32 %y, 1\n%y = add i32 %x, 1\nret i32 %y\n}", codegen.Options{}, "", "Instruction does not dominate all uses!",
			func(err error) bool { return errors.Is(err, llvm.ErrBroken) }},
		{"inline assembly", inline("nop\\0Arubbish here"), codegen.Options{}, "", "<inline asm>:2:1: error: invalid instruction mnemonic 'rubbish'", nil},
		{"fatal", add, codegen.Options{CPU: "i386"}, "", "64-bit code requested on a subtarget that doesn't support it!",
			func(err error) bool { return errors.As(err, new(*llvm.FatalError)) }},
		{"triple", add, codegen.Options{Triple: "nowhere-linux"}, "", `No available targets are compatible with triple "nowhere-linux"`,
			func(err error) bool { return errors.As(err, new(*llvm.TargetError)) }},
		{"arch", add, codegen.Options{Arch: "nowhere"}, "", "No available targets are compatible with this -march",
			func(err error) bool { return errors.As(err, new(*llvm.TargetError)) }},
		{"passes", add, codegen.Options{}, "rubbish", `passes "rubbish": `, func(err error) bool { return errors.As(err, new(*llvm.PassesError)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachVersion(t, func(t *testing.T, l *llvm.Library) {
				_, err := compile(t.Context(), module(t, l, c.text, c.options, llvm.WithPasses(c.passes)))
				if !errors.As(err, new(*codegen.Error)) || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("%v; want %q", err, c.want)
				}
				if c.is != nil && !c.is(err) {
					t.Errorf("the wrong type of error: %v", err)
				}
				if _, err := compile(t.Context(), module(t, l, add, codegen.Options{})); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

// TestUnservedCodeModel has a code model that x86-64 has not: LLVM ends the process when it makes the target machine.
func TestUnservedCodeModel(t *testing.T) {
	eachVersion(t, func(t *testing.T, l *llvm.Library) {
		_, err := compile(t.Context(), module(t, l, add, codegen.Options{CodeModel: codegen.CodeModelTiny}))
		if !errors.As(err, new(*llvm.FatalError)) || !errors.As(err, new(*codegen.Error)) {
			t.Errorf("%v", err)
		}
		if _, err := compile(t.Context(), module(t, l, add, codegen.Options{})); err != nil {
			t.Errorf("the next one: %v", err)
		}
	})
}

func TestOldTextIsReadByOldVersions(t *testing.T) {
	if all := installed(t); all[0].Version() > 14 || all[len(all)-1].Version() < 17 || os.Getenv(llvm.Variable) != "" {
		t.Skip("needs an old libLLVM and a new one (Debian's libllvm14 and libllvm19)")
	}
	// LLVM 15 has taken out division of constants.
	m := module(t, nil, "@a = global i32 0\ndefine i64 @f() { ret i64 udiv (i64 ptrtoint (i32* @a to i64), i64 7) }", codegen.Options{})
	if _, err := compile(t.Context(), m); err != nil {
		t.Error(err)
	}
}

func TestOtherTargets(t *testing.T) {
	eachVersion(t, func(t *testing.T, l *llvm.Library) {
		for o, arch := range map[[2]string]objimage.Arch{
			{"aarch64-linux-gnu", ""}:           objimage.ArchAArch64,
			{"riscv64-linux-gnu", ""}:           objimage.ArchRISCV64,
			{"x86_64-linux-gnu", "aarch64"}:     objimage.ArchAArch64,
			{"aarch64-linux-gnu", "x86-64"}:     objimage.ArchX86_64,
			{"powerpc64le-linux", "ppc64le"}:    objimage.ArchPPC64LE,
			{"x86_64-unknown-linux-gnu", "x86"}: objimage.ArchI386,
		} {
			b, err := compile(t.Context(), module(t, l, add, codegen.Options{Triple: o[0], Arch: o[1]}))
			if err != nil {
				t.Errorf("%v: %v", o, err)
				continue
			}
			object, err := objimage.Parse(b)
			if err != nil || object.Arch() != arch {
				t.Errorf("%v: %v for %v, want %v", o, err, object.Arch(), arch)
			}
		}
	})
}

func TestParallelCompiles(t *testing.T) {
	eachVersion(t, func(t *testing.T, l *llvm.Library) {
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				text, want := strings.ReplaceAll(add, "@add", fmt.Sprintf("@add%d", i)), ""
				if i%4 == 3 { // some are stopped in the middle
					text, want = "define void @f() {\n call void asm sideeffect \"rubbish\", \"\"()\n ret void\n}", "rubbish"
				}
				_, err := compile(t.Context(), module(t, l, text, codegen.Options{}))
				if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("module %d: %v", i, err)
				}
			})
		}
		wg.Wait()
	})
}

func TestCancel(t *testing.T) {
	var text strings.Builder
	for f := range 600 {
		fmt.Fprintf(&text, "define i32 @f%d(i32 %%a) {\n", f)
		for i := range 20 {
			fmt.Fprintf(&text, "%%x%d = mul i32 %%a, %d\n", i, i)
		}
		text.WriteString("ret i32 %x7\n}\n")
	}
	eachVersion(t, func(t *testing.T, l *llvm.Library) {
		m := module(t, l, text.String(), codegen.Options{})
		if err := m.(codegen.Verifier).Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := m.Generate(ctx, objimage.NewBufferStream("o"))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("after %v: %v", time.Since(start), err)
		}
		if _, err := compile(t.Context(), module(t, l, add, codegen.Options{})); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestNoLibrary(t *testing.T) {
	for name, want := range map[string]string{
		"/nowhere/libLLVM.so": "/nowhere/libLLVM.so",
		"libm.so.6":           "is no libLLVM",
		"3":                   "libLLVM-3.so",
	} {
		t.Setenv(llvm.Variable, name)
		g, err := llvm.New(codegen.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := g.NewModule(codegen.Source{Name: "test.ll", Kind: codegen.IR, Data: []byte(add)})
		if err != nil {
			t.Fatal("NewModule opens libLLVM:", err)
		}
		_, err = m.Symbols(t.Context())
		if !errors.Is(err, llvm.ErrNoLibrary) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnservedOptions(t *testing.T) {
	for _, o := range []codegen.Options{{EmulatedTLS: true}, {OptLevel: 99}, {RelocModel: 99}, {CodeModel: 99}} {
		if _, err := llvm.New(o); !errors.As(err, new(*codegen.OptionError)) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	g, err := llvm.New(codegen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.NewModule(codegen.Source{Name: "a.c", Kind: codegen.C}); !errors.As(err, new(*codegen.UnsupportedError)) {
		t.Error(err)
	}
}

func TestKey(t *testing.T) {
	l := installed(t)[0]
	key := func(text string, o codegen.Options, more ...llvm.Option) string {
		k, err := module(t, l, text, o, more...).Key(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	plain := key(add, codegen.Options{})
	if key(add, codegen.Options{}) != plain {
		t.Error("two keys of the same module")
	}
	for i, other := range []string{
		key(add+" ", codegen.Options{}), key(add, codegen.Options{OptLevel: codegen.O0}), key(add, codegen.Options{Features: []string{"+avx"}}),
		key(add, codegen.Options{}, llvm.WithPasses("default<O1>")), key(add, codegen.Options{CPU: "native"}),
	} {
		if other == plain {
			t.Errorf("%d: the same key for another object", i)
		}
	}
}

// TestKeyHasTheName compares the objects of one text under two names.
func TestKeyHasTheName(t *testing.T) {
	g, err := llvm.New(codegen.Options{}, llvm.WithLibrary(installed(t)[0]))
	if err != nil {
		t.Fatal(err)
	}
	var keys, objects []string
	for _, name := range []string{"one.ll", "two.ll"} {
		m, err := g.NewModule(codegen.Source{Name: name, Kind: codegen.IR, Data: []byte(add)})
		if err != nil {
			t.Fatal(err)
		}
		k, err := m.Key(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		object, err := compile(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		keys, objects = append(keys, k), append(objects, string(object.Bytes()))
		m.Close()
	}
	if (keys[0] == keys[1]) != (objects[0] == objects[1]) {
		t.Errorf("the same key: %v, the same object: %v", keys[0] == keys[1], objects[0] == objects[1])
	}
}

// TestKeyHasTheOptions gives LLVM an option of its own.
func TestKeyHasTheOptions(t *testing.T) {
	l := installed(t)[0]
	m := module(t, l, add, codegen.Options{})
	before, err := m.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.ParseOptions("test", "-enable-shrink-wrap=false"); err != nil {
		t.Fatal(err)
	}
	if after, err := m.Key(t.Context()); err != nil || after == before {
		t.Errorf("the same key: %v", err)
	}
}

func TestKeyOpensNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "libLLVM.so")
	keys := map[string]bool{}
	for _, text := range []string{"no library", "another file"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(llvm.Variable, file)
		k, err := module(t, nil, add, codegen.Options{}).Key(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		keys[k] = true
	}
	if len(keys) != 2 {
		t.Error("the same key with two versions of libLLVM")
	}
}

func TestFramePointers(t *testing.T) {
	eachVersion(t, func(t *testing.T, l *llvm.Library) {
		without, err := compile(t.Context(), module(t, l, add, codegen.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		with, err := compile(t.Context(), module(t, l, add, codegen.Options{KeepFramePointer: true}))
		if err != nil {
			t.Fatal(err)
		}
		prologue := "\x55\x48\x89\xe5" // push %rbp; mov %rsp, %rbp
		if strings.Contains(string(without.Bytes()), prologue) || !strings.Contains(string(with.Bytes()), prologue) {
			t.Error("the option makes no difference")
		}
	})
}
