package command_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/command"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// only makes the path one on which there are no other programs than these.
func only(t *testing.T, programs ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, p := range programs {
		pkg := map[string]string{"llc": "llvm", "clang": "clang", "clang++": "clang", "gcc": "gcc", "g++": "g++", "cc": "gcc", "c++": "g++", "as": "binutils"}[p]
		path := testenv.NeedsTool(t, p, pkg)
		if err := os.WriteFile(filepath.Join(dir, p), []byte("#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin exec "+path+" \"$@\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}

func module(t *testing.T, name, text string, o codegen.Options, more ...command.Option) codegen.Module {
	t.Helper()
	g, err := command.New(o, more...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := g.NewModule(codegen.Source{Name: name, Kind: codegen.KindOf(name, []byte(text)), Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func compile(ctx context.Context, m codegen.Module) (*objimage.Buffer, error) {
	w := objimage.NewBufferStream(m.Name())
	if err := m.Generate(ctx, w); err != nil {
		return nil, err
	}
	return w.Seal()
}

// The same function in all languages.
var sources = map[string]string{
	"f.c":  "int f(int a) { return a + BONUS; }\n",
	"f.cc": "extern \"C\" int f(int a) { auto b = BONUS; return a + b; }\n",
	"f.i":  "int f(int a) { return a + 2; }\n",
	"f.s":  ".globl f\nf: lea 2(%rdi), %eax\n ret\n",
	"f.S":  ".globl f\nf: lea BONUS(%rdi), %eax\n ret\n",
	"f.ll": "define i32 @f(i32 %a) {\n %s = add i32 %a, 2\n ret i32 %s\n}\n",
}

func TestEachProgramCompiles(t *testing.T) {
	for _, c := range []struct{ program, files string }{
		{"clang", "f.c f.i f.s f.S f.ll"}, {"gcc", "f.c f.i f.s f.S"}, {"cc", "f.c"}, {"clang++", "f.cc"}, {"g++", "f.cc"}, {"c++", "f.cc"}, {"as", "f.s"}, {"llc", "f.ll"},
	} {
		t.Run(c.program, func(t *testing.T) {
			only(t, c.program)
			for name := range strings.FieldsSeq(c.files) {
				var more []command.Option
				if strings.Contains(sources[name], "BONUS") {
					more = append(more, command.WithFlags("-DBONUS=2"))
				}
				object, err := compile(t.Context(), module(t, name, sources[name], codegen.Options{}, more...))
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				if got := call(t, object, 40); got != 42 {
					t.Errorf("%s: f(40) = %d", name, got)
				}
			}
		})
	}
}

func call(t *testing.T, object *objimage.Buffer, a int32) int32 {
	t.Helper()
	engine, err := mcjit.New()
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	if _, err := engine.AddObject(object); err != nil {
		t.Fatal(err)
	}
	f, err := mcjit.Func[func(int32) int32](engine, "f")
	if err != nil {
		t.Fatal(err)
	}
	return f(a)
}

func TestErrorsHavePositions(t *testing.T) {
	for _, c := range []struct{ program, name, text, want string }{
		{"clang", "dir/a.c", "int f(void) {\n  return nothing;\n}\n", "dir/a.c:2:10: error: use of undeclared identifier 'nothing'"},
		{"gcc", "dir/a.c", "int f(void) {\n  return nothing;\n}\n", "dir/a.c:2:10: error: 'nothing' undeclared"},
		{"g++", "a.cc", "#error \"no\"\n", "a.cc:1:2: error: #error"},
		{"clang", "a.s", "nop\n rubbish here\n", "a.s:2:2: error: invalid instruction mnemonic 'rubbish'"},
		{"as", "a.s", "nop\n rubbish here\n", "a.s:2: error: no such instruction: `rubbish here'"},
		{"llc", "a.ll", "define foo", "a.ll:1:8: error: expected type"},
		{"clang", "a.ll", "define foo", "a.ll:1:8: error: expected type"},
		{"clang", "a.c", "#include \"missing.h\"\n", "a.c:1:10: error: 'missing.h' file not found"},
	} {
		t.Run(c.program+" "+filepath.Base(c.name), func(t *testing.T) {
			only(t, c.program)
			_, err := compile(t.Context(), module(t, c.name, c.text, codegen.Options{}))
			var e *codegen.Error
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), c.want) || e.Output == "" {
				t.Errorf("%v; want %s", err, c.want)
			}
		})
	}
}

func TestNothingInstalled(t *testing.T) {
	only(t)
	for name, want := range map[string]string{
		"a.c":  "looked for clang, gcc, cc on the path",
		"a.cc": "looked for clang++, g++, c++ on the path",
		"a.s":  "looked for clang, gcc, cc, as on the path",
		"a.bc": "looked for llc, clang on the path",
	} {
		_, err := compile(t.Context(), module(t, name, "", codegen.Options{}))
		if !errors.As(err, new(*command.NotFoundError)) || !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", name, err, want)
		}
	}
	_, err := compile(t.Context(), module(t, "a.s", "", codegen.Options{Triple: "aarch64-linux-gnu"}))
	if want := "looked for clang, aarch64-linux-gnu-gcc, aarch64-linux-gnu-as"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v; want %s", err, want)
	}
}

func TestOptions(t *testing.T) {
	o := codegen.Options{CPU: "native", Features: []string{"+sse4.2", "-avx"}, OptLevel: codegen.O1, CodeModel: codegen.CodeModelLarge, KeepFramePointer: true}
	macros := `#if !defined __SSE4_2__ || defined __AVX__ || !defined __OPTIMIZE__ || !defined __PIC__ || !defined __code_model_large__
#error
#endif
int g(int);
int f(int a) { return g(a) + 1; }`
	for _, program := range []string{"clang", "gcc"} {
		t.Run(program, func(t *testing.T) {
			only(t, program)
			object, err := compile(t.Context(), module(t, "a.c", macros, o))
			if err != nil {
				t.Error(err)
			} else if !strings.Contains(string(object.Bytes()), "\x55\x48\x89\xe5") {
				t.Error("no frame pointer")
			}
		})
	}
	for _, o := range []codegen.Options{{Arch: "x86-64"}, {FastISel: true}, {OptLevel: 99}, {RelocModel: 99}, {CodeModel: 99}} {
		if _, err := command.New(o); !errors.As(err, new(*codegen.OptionError)) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestOtherTargets(t *testing.T) {
	only(t, "clang")
	object, err := compile(t.Context(), module(t, "a.c", "int f(int a) { return a; }", codegen.Options{Triple: "aarch64-linux-gnu"}))
	if err != nil {
		t.Fatal(err)
	}
	if o, err := objimage.Parse(object); err != nil || o.Arch() != objimage.ArchAArch64 {
		t.Error(o, err)
	}
}

func TestIncludesBesideTheFile(t *testing.T) {
	testenv.NeedsTool(t, "clang", "clang")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.c": "#include \"a.h\"\nint f(int a) { return a + A; }", "a.h": "#define A 2\n", "a.s": ".include \"b.s\"\n", "b.s": ".globl f\nf: lea 2(%rdi), %eax\nret\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a.c", "a.s"} {
		g, err := command.New(codegen.Options{})
		if err != nil {
			t.Fatal(err)
		}
		src, err := codegen.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		m, err := g.NewModule(src)
		if err != nil {
			t.Fatal(err)
		}
		object, err := compile(t.Context(), m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := call(t, object, 40); got != 42 {
			t.Errorf("%s: f(40) = %d", name, got)
		}
		if name == "a.c" {
			before := key(t, m)
			if err := os.WriteFile(filepath.Join(dir, "a.h"), []byte("#define A 3\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if key(t, m) == before {
				t.Error("another header, the same key")
			}
		} else if _, err := m.Key(t.Context()); !errors.Is(err, codegen.ErrNoKey) {
			t.Errorf("the key of what includes another file: %v", err)
		}
	}
}

func key(t *testing.T, m codegen.Module) string {
	t.Helper()
	k, err := m.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKey(t *testing.T) {
	only(t, "clang", "llc")
	for _, name := range []string{"f.i", "f.c", "f.ll"} {
		plain := key(t, module(t, name, sources[name], codegen.Options{}))
		if key(t, module(t, name, sources[name], codegen.Options{})) != plain {
			t.Errorf("%s: two keys of the same module", name)
		}
		for i, other := range []codegen.Module{module(t, name, sources[name]+";", codegen.Options{}), module(t, name, sources[name], codegen.Options{OptLevel: codegen.O1})} {
			if key(t, other) == plain {
				t.Errorf("%s, %d: the same key for another object", name, i)
			}
		}
	}
}

// TestKeyOfThisProcessor has caches that several machines share: what is compiled for one of them has no key.
func TestKeyOfThisProcessor(t *testing.T) {
	only(t, "clang")
	for _, m := range []codegen.Module{
		module(t, "f.i", sources["f.i"], codegen.Options{CPU: "native"}), module(t, "f.i", sources["f.i"], codegen.Options{}, command.WithFlags("-march=native")),
	} {
		if _, err := m.Key(t.Context()); !errors.Is(err, codegen.ErrNoKey) {
			t.Errorf("%v", err)
		}
	}
}

// TestKeyOfWhatChanges changes a header after, or while, a module is compiled that was looked for in a cache before: its object is not kept for what the header has become.
func TestKeyOfWhatChanges(t *testing.T) {
	only(t, "clang")
	dir := t.TempDir()
	header := filepath.Join(dir, "a.h")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(header, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("#define A 1\n")
	m := module(t, "a.c", fmt.Sprintf("#include %q\nint a = A;\n", header), codegen.Options{})
	first := key(t, m)
	if _, err := compile(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if key(t, m) != first {
		t.Error("another key, of the same")
	}
	write("#define A 2\n")
	if _, err := m.Key(t.Context()); !errors.Is(err, codegen.ErrNoKey) {
		t.Errorf("the key of an object that may be of another header: %v", err)
	}
	if _, err := compile(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if key(t, m) == first {
		t.Error("the same key, of another header")
	}
}

// TestByteOrderMark compiles a source that begins with one, as editors on Windows write it.
func TestByteOrderMark(t *testing.T) {
	for _, program := range []string{"gcc", "clang"} {
		t.Run(program, func(t *testing.T) {
			only(t, program)
			if _, err := compile(t.Context(), module(t, "a.c", "\ufeffint f(void) { return 1; }\n", codegen.Options{})); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "clang"), []byte("#!/bin/sh\nexec /bin/sleep 60\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := compile(ctx, module(t, "a.c", "", codegen.Options{}))
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

// TestCancelDescendants cancels a compiler that has started another program, as gcc does. Both are interrupted.
func TestCancelDescendants(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nobody is told here of what a process has started")
	}
	dir := t.TempDir()
	started, stopped := filepath.Join(dir, "started"), filepath.Join(dir, "stopped")
	script := fmt.Sprintf("#!/bin/sh\n/bin/sh -c 'trap \"echo > %s; exit\" INT; echo > %s; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do /bin/sleep 0.2; done'\n:\n", stopped, started)
	if err := os.WriteFile(filepath.Join(dir, "clang"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		waitFor(started)
		cancel()
	}()
	if _, err := compile(ctx, module(t, "a.c", "", codegen.Options{})); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if !waitFor(stopped) {
		t.Error("what the compiler has started goes on")
	}
}

// waitFor waits until a file is there, some seconds at most.
func waitFor(file string) bool {
	for range 300 {
		if _, err := os.Stat(file); err == nil {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func TestParallel(t *testing.T) {
	only(t, "clang")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			object, err := compile(t.Context(), module(t, "a.c", fmt.Sprintf("int f(int a) { return a + %d; }", i), codegen.Options{}))
			if err != nil {
				t.Error(err)
			} else if got := call(t, object, 1); got != int32(1+i) {
				t.Errorf("f(1) = %d, want %d", got, 1+i)
			}
		})
	}
	wg.Wait()
}
