package testenv

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// recorder stands in for a test, to see how it would have ended.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper() {}

func (r *recorder) Skipf(format string, args ...any)  { r.end("skip", format, args...) }
func (r *recorder) Fatalf(format string, args ...any) { r.end("fail", format, args...) }

func (r *recorder) end(how, format string, args ...any) {
	r.ended = how + ": " + fmt.Sprintf(format, args...)
	panic(r)
}

// outcome runs f as the body of a test and returns how it ended, "" when it ran to its end.
func outcome(t *testing.T, f func(testing.TB)) (ended string) {
	r := &recorder{TB: t}
	defer func() {
		if p := recover(); p != nil && p != any(r) {
			panic(p)
		}
		ended = r.ended
	}()
	f(r)
	return ""
}

func TestMissingToolSkipsOrFails(t *testing.T) {
	needs := map[string]func(testing.TB){
		"no-such-tool":  func(t testing.TB) { NeedsTool(t, "no-such-tool", "some-package") },
		"/no/such/file": func(t testing.TB) { NeedsFile(t, "/no/such/file", "some-package") },
	}
	for what, f := range needs {
		text := "needs " + what + ": apt-get install some-package"
		t.Setenv(requireTools, "0")
		if got := outcome(t, f); got != "skip: "+text {
			t.Errorf("tools not required: %q", got)
		}
		t.Setenv(requireTools, "1")
		if got := outcome(t, f); got != "fail: "+text {
			t.Errorf("tools required: %q", got)
		}
	}
}

func TestNeedsToolFindsPath(t *testing.T) {
	path := NeedsTool(t, "sh", "dash")
	if !strings.HasSuffix(path, "/sh") {
		t.Errorf("path of sh: %q", path)
	}
	if got := NeedsFile(t, path, "dash"); got != path {
		t.Errorf("NeedsFile(%q) = %q", path, got)
	}
}

func TestSoakRounds(t *testing.T) {
	for value, want := range map[string]int{"": 7, "100000": 100000} {
		t.Setenv(soakRounds, value)
		if got := SoakRounds(t, 7); got != want {
			t.Errorf("%s=%q: %d rounds, want %d", soakRounds, value, got, want)
		}
	}
	t.Setenv(soakRounds, "many")
	if got := outcome(t, func(t testing.TB) { SoakRounds(t, 7) }); !strings.HasPrefix(got, "fail: ") {
		t.Errorf("a value that is no number: %q", got)
	}
}

func TestCompile(t *testing.T) {
	for lang, source := range map[string]string{
		C:         "int answer(void) { return 42; }",
		Assembler: ".globl answer\nanswer:\n",
	} {
		first := CompileBytes(t, "gcc", lang, source)
		file, err := elf.NewFile(bytes.NewReader(first))
		if err != nil || file.Type != elf.ET_REL {
			t.Fatalf("%s: not a relocatable object: %v", lang, err)
		}
		clear(first)
		second, err := os.ReadFile(Compile(t, "gcc", lang, source))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(second, []byte(elf.ELFMAG)) {
			t.Errorf("%s: a change to one test's object is seen by another", lang)
		}
	}
}

func TestCompileErrorShowsCompilerOutput(t *testing.T) {
	NeedsTool(t, "gcc", "gcc")
	got := outcome(t, func(t testing.TB) { CompileBytes(t, "gcc", C, "int f(void) { return nonsense; }") })
	if !strings.HasPrefix(got, "fail: ") || !strings.Contains(got, "nonsense") {
		t.Errorf("ended with %q", got)
	}
}

func TestCompilerPackage(t *testing.T) {
	for compiler, want := range map[string]string{
		"gcc": "gcc", "g++": "g++", "clang": "clang", "clang++": "clang", "clang-19": "clang-19", "clang++-19": "clang-19",
		"aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu", "riscv64-linux-gnu-g++": "g++-riscv64-linux-gnu",
	} {
		if got := compilerPackage(compiler); got != want {
			t.Errorf("%s: package %s, want %s", compiler, got, want)
		}
	}
}

// TestCPUTime: work takes time, and a pause does not.
func TestCPUTime(t *testing.T) {
	begin := CPUTime()
	for start, n := time.Now(), 0; CPUTime()-begin < 20*time.Millisecond; n++ {
		if time.Since(start) > time.Minute {
			t.Fatalf("%v after a minute of work", CPUTime()-begin)
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	begin = CPUTime()
	time.Sleep(200 * time.Millisecond)
	if d := CPUTime() - begin; d > 150*time.Millisecond {
		t.Errorf("a pause took %v", d)
	}
}
