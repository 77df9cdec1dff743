package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// lliFiles are the inputs of the tests of lli, in LLVM 14's language.
var lliFiles = map[string]string{
	"hello.ll": `@s = private constant [6 x i8] c"hello\00"
declare i32 @puts(i8*)
define i32 @main(i32 %c, i8** %v) {
  call i32 @puts(i8* getelementptr ([6 x i8], [6 x i8]* @s, i64 0, i64 0))
  br label %loop
loop:
  %i = phi i32 [0, %0], [%next, %loop]
  %at = getelementptr i8*, i8** %v, i32 %i
  %arg = load i8*, i8** %at
  call i32 @puts(i8* %arg)
  %next = add i32 %i, 1
  %more = icmp slt i32 %next, %c
  br i1 %more, label %loop, label %done
done:
  ret i32 %c
}`,
	"syntax.ll":    "define i32 @main( { ret 0",
	"type.ll":      "define i32 @main() {\n ret i64 0\n}",
	"nomain.ll":    "define i32 @f() { ret i32 7 }",
	"eight.ll":     "define i32 @f() { ret i32 8 }\ndefine i32 @main() { ret i32 80 }",
	"internal.ll":  "define internal i32 @main() { ret i32 12 }",
	"own.ll":       "@n = global i32 3\ndefine i32 @f() {\n %r = load i32, i32* @n\n ret i32 %r\n}",
	"other.ll":     "@n = global i32 4",
	"empty.ll":     "\n",
	"double.ll":    "define double @main() { ret double 0.0 }",
	"four.ll":      "define i32 @main(i32 %a, i8** %b, i8** %c, i32 %d) { ret i32 0 }",
	"first.ll":     "define i32 @main(i64 %a) { ret i32 3 }",
	"second.ll":    "define i32 @main(i32 %a, i32 %b) { ret i32 3 }",
	"third.ll":     "define i32 @main(i32 %a, i8** %b, i32 %c) { ret i32 3 }",
	"long.ll":      "define i64 @main() { ret i64 300 }",
	"longarg.ll":   "define i64 @main(i32 %a) { ret i64 300 }",
	"byte.ll":      "define i8 @main() { ret i8 -1 }",
	"bit.ll":       "define i1 @main() { ret i1 1 }",
	"odd.ll":       "define i17 @main() { ret i17 5 }",
	"noexit.ll":    "declare void @exit(i64)\ndefine i32 @main() { ret i32 3 }",
	"ownexit.ll":   "define void @exit(i32 %a) { ret void }\ndefine i32 @main() { ret i32 3 }",
	"inline.ll":    "define i32 @main() {\n call void asm sideeffect \"nop\\0Afoo bar\", \"\"()\n ret i32 0\n}",
	"undefined.ll": "declare i32 @nowhere()\ndefine i32 @main() {\n %r = call i32 @nowhere()\n ret i32 %r\n}",
	"maybe.ll":     "declare i32 @nowhere()\ndefine i32 @main(i32 %n) {\n %x = icmp sgt i32 %n, 1\n br i1 %x, label %a, label %b\na:\n %r = call i32 @nowhere()\n ret i32 %r\nb:\n ret i32 5\n}",
	"sent.ll":      "declare i32 @nowhere()\ndeclare i32 @raise(i32)\ndefine i32 @main(i32 %n) {\n %x = icmp sgt i32 %n, 1\n br i1 %x, label %a, label %b\na:\n %r = call i32 @nowhere()\n ret i32 %r\nb:\n %s = call i32 @raise(i32 11)\n ret i32 5\n}",
	"maybevar.ll":  "@nowhere = external global i32\ndefine i32 @main(i32 %n) {\n %x = icmp sgt i32 %n, 1\n br i1 %x, label %a, label %b\na:\n %r = load i32, i32* @nowhere\n ret i32 %r\nb:\n ret i32 5\n}",
	"weakf.ll":     "define linkonce_odr i32 @f() { ret i32 71 }\ndefine i32 @usef() {\n %r = call i32 @f()\n ret i32 %r\n}",
	"lastf.ll":     "declare i32 @f()\ndeclare i32 @usef2()\ndefine i32 @main() {\n %a = call i32 @f()\n %b = call i32 @usef2()\n %r = sub i32 %b, %a\n ret i32 %r\n}",
	"usef2.ll":     "declare i32 @f()\ndefine i32 @usef2() {\n %r = call i32 @f()\n %s = add i32 %r, 100\n ret i32 %s\n}",
	"warn.ll":      "@f = private constant [3 x i8] c\"%s\\00\"\n@s = private constant [4 x i8] c\"bad\\00\"\ndeclare void @warnx(i8*, ...)\ndefine i32 @main() {\n call void (i8*, ...) @warnx(i8* getelementptr ([3 x i8], [3 x i8]* @f, i64 0, i64 0), i8* getelementptr ([4 x i8], [4 x i8]* @s, i64 0, i64 0))\n ret i32 0\n}",
	"table.ll":     "declare i32 @nowhere()\n@t = global [3 x i32 ()*] [i32 ()* @nowhere, i32 ()* @f, i32 ()* @nowhere]\ndefine i32 @f() { ret i32 9 }\ndefine i32 @main(i32 %n) {\n %p = getelementptr [3 x i32 ()*], [3 x i32 ()*]* @t, i64 0, i32 %n\n %q = load i32 ()*, i32 ()** %p\n %r = call i32 %q()\n ret i32 %r\n}",
	"broken.ll":    "define i32 @f() {\n%x = add i32 %y, 1\n%y = add i32 %x, 1\nret i32 %y\n}\ndefine i32 @main() { ret i32 6 }",
	"aliased.ll":   "@a = global [2 x i32] [i32 1, i32 2]\n@b = weak alias i32, getelementptr ([2 x i32], [2 x i32]* @a, i64 0, i64 1)\n@c = alias i32, i32* @b\ndefine i32 @main() {\n %r = load i32, i32* @c\n ret i32 %r\n}",
	"uses.ll":      "declare i32 @f()\ndefine i32 @main() {\n %r = call i32 @f()\n ret i32 %r\n}",
	"both.ll":      "define i32 @f() { ret i32 1 }\ndefine i32 @main() {\n %r = call i32 @f()\n ret i32 %r\n}",
	"common.ll":    "@n = common global i32 0\ndefine i32 @main() {\n store i32 5, i32* @n\n %r = load i32, i32* @n\n ret i32 %r\n}",
	"weak.ll":      "declare extern_weak i32 @nowhere()\ndefine i32 @main() {\n %r = select i1 icmp eq (i32 ()* @nowhere, i32 ()* null), i32 4, i32 5\n ret i32 %r\n}",
	"alias.ll":     "@g = alias i32 (), i32 ()* @f\ndefine internal i32 @f() { ret i32 9 }\ndefine i32 @main() {\n %r = call i32 @g()\n ret i32 %r\n}",
	"start.ll": `@n = internal global i32 1
@llvm.global_ctors = appending global [1 x { i32, void ()*, i8* }] [{ i32, void ()*, i8* } { i32 65535, void ()* @early, i8* null }]
define internal void @early() { store i32 6, i32* @n
 ret void }
define i32 @main() {
 %r = load i32, i32* @n
 ret i32 %r
}`,
	"end.ll": `@s = private constant [4 x i8] c"bye\00"
declare i32 @puts(i8*)
declare i32 @atexit(void ()*)
define internal void @late() {
 call i32 @puts(i8* getelementptr ([4 x i8], [4 x i8]* @s, i64 0, i64 0))
 ret void
}
define i32 @main() {
 call i32 @atexit(void ()* @late)
 ret i32 0
}`,
	"thread.ll": "@t = thread_local global i32 8\ndefine i32 @main() {\n %r = load i32, i32* @t\n ret i32 %r\n}",
	"throw.ll": `@_ZTIi = external constant i8*
declare i8* @__cxa_allocate_exception(i64)
declare void @__cxa_throw(i8*, i8*, i8*)
define i32 @f() {
 %e = call i8* @__cxa_allocate_exception(i64 4)
 %i = bitcast i8* %e to i32*
 store i32 11, i32* %i
 call void @__cxa_throw(i8* %e, i8* bitcast (i8** @_ZTIi to i8*), i8* null)
 unreachable
}`,
	"catch.ll": `@_ZTIi = external constant i8*
declare i32 @f()
declare i32 @__gxx_personality_v0(...)
declare i8* @__cxa_begin_catch(i8*)
declare void @__cxa_end_catch()
define i32 @main() personality i8* bitcast (i32 (...)* @__gxx_personality_v0 to i8*) {
 %r = invoke i32 @f() to label %ok unwind label %pad
ok:
 ret i32 1
pad:
 %l = landingpad { i8*, i32 } catch i8* bitcast (i8** @_ZTIi to i8*)
 %e = extractvalue { i8*, i32 } %l, 0
 %p = call i8* @__cxa_begin_catch(i8* %e)
 %i = bitcast i8* %p to i32*
 %v = load i32, i32* %i
 call void @__cxa_end_catch()
 ret i32 %v
}`,
	"deep.ll": `define i32 @f(i32 %n) {
 %p = alloca [1000 x i8]
 %q = getelementptr [1000 x i8], [1000 x i8]* %p, i64 0, i64 7
 store volatile i8 9, i8* %q
 %c = icmp eq i32 %n, 0
 br i1 %c, label %last, label %more
more:
 %m = sub i32 %n, 1
 %r = call i32 @f(i32 %m)
 br label %last
last:
 %v = load volatile i8, i8* %q
 %w = zext i8 %v to i32
 ret i32 %w
}
define i32 @main() {
 %r = call i32 @f(i32 50000)
 ret i32 %r
}`,
	"undeftls.ll": "@t = external thread_local global i32\n@u = external thread_local(initialexec) global i32\ndefine i32 @main(i32 %c) {\n switch i32 %c, label %b [i32 2, label %e i32 3, label %d]\nd:\n %r = load i32, i32* @t\n ret i32 %r\n" +
		"e:\n %s = load i32, i32* @u\n ret i32 %s\nb:\n ret i32 5\n}",
	"order.ll": `@n = internal global i32 1
@llvm.global_ctors = appending global [2 x { i32, void ()*, i8* }] [{ i32, void ()*, i8* } { i32 300, void ()* @six, i8* null }, { i32, void ()*, i8* } { i32 200, void ()* @five, i8* null }]
define internal void @six() { store i32 6, i32* @n
 ret void }
define internal void @five() { store i32 5, i32* @n
 ret void }
define i32 @main() {
 %r = load i32, i32* @n
 ret i32 %r
}`,
	"half.ll":    "define half @main() { ret half 1.0 }",
	"vector.ll":  "define i32 @main(<2 x i32> %a) { ret i32 3 }",
	"strings.ll": "define i32 @main(i32 %a, i8* %b) { ret i32 3 }",
	"oddarg.ll":  "define i17 @main(i32 %a) { ret i17 5 }",
	"wideint.ll": "define i128 @main(i32 %a, i8** %b) { ret i128 5 }",
	"onlyasm.ll": "module asm \".globl main\\0Amain: movl $7,%eax\\0A ret\"",
	"quoted.ll":  "define i32 @\"\\01raw\"() { ret i32 6 }\ndeclare i32 @gone()",
	"exitown.ll": "define internal void @exit(i32 %a) { ret void }\ndefine i32 @main() { ret i32 9 }",
	"exitany.ll": "declare void @exit(i32, ...)\ndefine i32 @main() { ret i32 9 }",
	"exit33.ll":  "declare void @_exit(i32)\ndefine void @exit(i32 %a) {\n call void @_exit(i32 33)\n unreachable\n}",
	"asmbad.ll":  "module asm \"bogus line\"\nmodule asm \"another bad\"\ndefine i32 @main() { ret i32 0 }",
	"asmwarn.ll": "define i32 @main() {\n call void asm sideeffect \".warning \\22careful\\22\", \"\"()\n ret i32 0\n}",
	"asmreg.ll":  "define i32 @main() {\n %r = call i128 asm \"nop\", \"={eax}\"()\n ret i32 0\n}",
	"readsn.ll":  "@n = external global i32\ndefine i32 @readn() {\n %r = load i32, i32* @n\n ret i32 %r\n}",
	"mainn.ll":   "@n = global i32 20\ndeclare i32 @readn()\ndefine i32 @main() {\n %r = call i32 @readn()\n ret i32 %r\n}",
	"once.ll":    "@_ZSt15__once_callable = external thread_local(initialexec) global i8*\ndefine i32 @main() {\n %p = load i8*, i8** @_ZSt15__once_callable\n %c = icmp eq i8* %p, null\n %r = select i1 %c, i32 7, i32 8\n ret i32 %r\n}",
	"raise.ll":   "declare i32 @raise(i32)\ndefine i32 @main(i32 %n) {\n %r = call i32 @raise(i32 %n)\n ret i32 0\n}",
	"asm.ll":     "module asm \".globl g\\0Ag: movl $42, %eax\\0A ret\"\ndeclare i32 @g()\ndefine i32 @main() {\n %r = call i32 @g()\n ret i32 %r\n}",
	"wide.ll":    "define i32 @main() {\n %p = alloca i128\n store i128 1000000000000000000000, i128* %p\n %v = load volatile i128, i128* %p\n %q = sdiv i128 %v, 7\n %r = trunc i128 %q to i32\n ret i32 %r\n}",
	"rem.ll":     "define i32 @main() {\n %p = alloca double\n store volatile double 1e3, double* %p\n %v = load volatile double, double* %p\n %m = frem double %v, 3.5\n %r = fptosi double %m to i32\n ret i32 %r\n}",
	"weakf.c":    "__attribute__((weak)) int f(void) { return 73; }",
	"f.c":        "int f(void) { return 7; }",
	"ten.c":      "int f(void) { return 10; }\nint main(void) { return 100; }",
}

// An lliRun is a command line behind "lli -jit-kind=mcjit". Standard input is hello.ll.
type lliRun struct {
	line   string
	status int
	stderr string // what ours has to say where LLVM says less, or crashes
}

// Where LLVM does it right, it has to be the same with ours: output, texts, status.
var lliSame = []string{
	"hello.ll one -two -- three", "hello.bc", "- x", "", "-- hello.ll -x", "-fake-argv0=me hello.ll", "-fake-argv0 me hello.bc a",
	"syntax.ll", "type.ll", "nomain.ll", "empty.ll", "missing.ll", "nomain.ll -entry-function=f", "-entry-function=f nomain.ll", "-entry-function=g nomain.ll",
	"double.ll", "four.ll", "first.ll", "second.ll", "third.ll", "long.ll", "longarg.ll", "byte.ll", "bit.ll", "odd.ll", "noexit.ll", "ownexit.ll", "inline.ll",
	"common.ll", "weak.ll", "alias.ll", "start.ll", "end.ll", "thread.ll", "asm.ll", "wide.ll", "rem.ll", "-relocation-model=pic -code-model=small rem.ll",
	"-extra-module=nomain.ll uses.ll", "-extra-object=f.o uses.ll", "-extra-archive=f.a uses.ll", "-extra-module=nomain.ll both.ll", "-extra-module=hello.ll nomain.ll",
	// Of what several define strongly, one counts.
	"-extra-module=nomain.ll -extra-module=eight.ll uses.ll", "-extra-module=eight.ll -extra-module=nomain.ll uses.ll", "-extra-module=eight.ll both.ll",
	"-extra-object=f.o -extra-object=ten.o uses.ll", "-extra-object=ten.o -extra-object=f.o uses.ll", "-extra-object=f.o -extra-module=eight.ll uses.ll",
	"-extra-module=nomain.ll -extra-object=ten.o uses.ll", "-extra-object=ten.o both.ll", "-extra-object=ten.o -extra-archive=f.a uses.ll", "-extra-module=own.ll -extra-module=other.ll uses.ll",
	"internal.ll", "-relocation-model=ropi hello.ll", "-extra-module=",
	"-extra-module=missing.ll hello.ll", "-extra-module=syntax.ll hello.ll", "-extra-archive=f.o uses.ll",
	"-load=libstdc++.so.6 -extra-module=throw.ll catch.ll", "-dlopen=libstdc++.so.6 -extra-module=throw.ll -code-model=large catch.ll",
	"-load=missing.so hello.ll", "-dlopen=missing.so hello.ll",
	"-O0 hello.ll", "-O3 hello.ll", "-O 1 hello.ll", "-O2 -O3 hello.ll", "-O4 hello.ll", "-Ofast hello.ll",
	"-march=x86-64 hello.ll", "-march=nowhere hello.ll", "-march=arm hello.ll", "-mtriple=nowhere-linux hello.ll", "-mtriple=aarch64-linux-gnu hello.ll", "-mtriple=x86_64 hello.ll",
	"-mcpu=native hello.ll", "-mcpu=i386 hello.ll", "-mattr=+avx2,-sse4.1 -mattr +fma hello.ll", "-mattr=+nowhere hello.ll",
	"-relocation-model=pic hello.ll", "-relocation-model=static hello.ll", "-code-model=large hello.ll", "-relocation-model=nowhere hello.ll", "-code-model=nowhere hello.ll",
	"-frame-pointer=all hello.ll", "-emulated-tls hello.ll", "-fp-contract=fast hello.ll", "-soft-float hello.ll", "-x86-asm-syntax=intel hello.ll",
	"-force-interpreter hello.ll", "-disable-lazy-compilation hello.ll", "-disable-lazy-compilation=maybe hello.ll", "-disable-core-files hello.ll",
	"-compile-threads=2 hello.ll", "-thread-entry=f hello.ll", "-per-module-lazy hello.ll", "-remote-mcjit hello.ll", "-remote-mcjit -mcjit-remote-process=missing hello.ll",
	"-jit-kind=orc hello.ll", "-fake-argv0", "-fake-argv0=a -fake-argv0=b hello.ll", "-jit-linker=rtdyld hello.ll", "-jd=main hello.ll", "-generate=x hello.ll",
	"-nonsense hello.ll", "-entry-functon=f hello.ll",
	"half.ll", "vector.ll", "strings.ll", "oddarg.ll", "wideint.ll", "onlyasm.ll", "-entry-function=raw quoted.ll", "-entry-function=puts hello.ll", "-entry-function=gone quoted.ll",
	"exitown.ll", "exitany.ll", "-extra-module=exit33.ll byte.ll", "asmbad.ll", "asmwarn.ll", "asmreg.ll", "-no-warn asmwarn.ll", "-W asmwarn.ll", "-fatal-warnings asmwarn.ll",
	// References are bound to what is loaded already.
	"-extra-module=readsn.ll -extra-module=other.ll mainn.ll", "-extra-module=other.ll -extra-module=readsn.ll mainn.ll",
	"-O hello.ll", "-O10 hello.ll", "-O2x hello.ll", "-O", "-O9 missing.ll", "-tls-size=x hello.ll", "-align-loops=x hello.ll", "-dwarf-version=x hello.ll",
	"-compile-threads=x hello.ll", "-compile-threads=-1 hello.ll", "-compile-threads=4294967296 hello.ll", "-help=1", "-version=1", "-generate=__dump_jit_debug_objects hello.ll",
	"-x86-asm-syntax intel hello.ll", "-x86-asm-syntax=nowhere hello.ll", "-regalloc=nowhere hello.ll", "-inline-threshold=x hello.ll", "-verify-machineinstrs hello.ll",
	// So are references to what objects define: until a module defines it.
	"-extra-object=weakf.o -extra-module=nomain.ll uses.ll", "-extra-object=weakf.o -extra-module=nomain.ll -entry-function=usef weakf.ll", "-extra-object=ten.o -extra-module=eight.ll -extra-module=usef2.ll lastf.ll",
	"-extra-object=f.o -extra-module=usef2.ll -extra-module=eight.ll lastf.ll", "-extra-object=ten.o -extra-module=eight.ll uses.ll", "-extra-object=weakf.o -extra-object=f.o -extra-module=weakf.ll -extra-module=usef2.ll lastf.ll",
	"warn.ll", "-fake-argv0=me warn.ll", // the C library knows the program by lli's name
	// What nobody defines, or is wrong, where nobody gets.
	"maybe.ll", "-O0 -relocation-model=pic -code-model=small maybe.ll", "-relocation-model=static maybe.ll", "maybevar.ll", "table.ll", "-W broken.ll", "-no-warn aliased.ll", "-W -extra-module=broken.ll maybe.ll",
	"undeftls.ll", "undeftls.ll x", "undeftls.ll x x", "-O0 -relocation-model=pic -code-model=small undeftls.ll x",
	"-force-interpreter byte.ll", "-force-interpreter four.ll", "-mcpu=nowhere hello.ll", "-mcpu=help byte.ll",
	"-remote-mcjit missing.ll", "-remote-mcjit -mcjit-remote-process=./hello.ll hello.ll",
}

// Where LLVM crashes or says nothing.
var lliBetter = []lliRun{
	{"undefined.ll", -11, "LLVM ERROR: Program used external function 'nowhere' which could not be resolved!\n"},
	{"maybe.ll x", -11, "'nowhere' which could not be resolved"}, {"-O0 -relocation-model=pic -code-model=small maybevar.ll x", -11, "'nowhere' which could not be resolved"},
	{"-relocation-model=static -code-model=small maybevar.ll x", -11, "'nowhere' which could not be resolved"}, {"table.ll x", -11, "'nowhere' which could not be resolved"},
	{"broken.ll", 6, "warning: Instruction does not dominate all uses!"}, {"aliased.ll", 2, "warning: Alias cannot point to an interposable alias"},
	{"-relocation-model=static undeftls.ll", 1, "LLVM ERROR: Program used external function 't' which could not be resolved!\n"},
	{"-relocation-model=static -code-model=small -fake-argv0=hello.ll -", 1, ""}, // which is linked twice
	{"uses.ll -extra-object=f.o", -11, "'f' which could not be resolved"},
	{"-extra-object=missing.o hello.ll", 1, "lli: missing.o: error: Could not open input file: No such file or directory\n"},
	{"-extra-object=hello.ll hello.ll", 1, "lli: error: hello.ll: this is text, not a"},
	{"-code-model=small hello.ll", 1, ""},
	{"-relocation-model=static -code-model=small hello.ll", 1, ""},
	{"-code-model=kernel hello.ll", 1, ""},
	{"-mtriple=x86_64-pc-windows-msvc hello.ll", 1, "lli: error: the target is x86_64-pc-windows-msvc: its calling convention is not that of this process"},
}

// The signals that end a program of C's, some of which LLVM's lli and Go's runtime keep for themselves.
func TestLLISignals(t *testing.T) {
	dir, _ := lliInputs(t)
	for signal := range signalNames {
		line := "raise.ll" + strings.Repeat(" x", signal-1) // main's argc is the signal
		if stdout, stderr, status := runLLI(t, dir, line, "mcjit", "lli"); status != -signal || stdout+stderr != "" {
			t.Errorf("signal %d: status %d\n%s%s", signal, status, stdout, stderr)
		}
	}
	// One that somebody sends where there are traps for undefined symbols.
	if stdout, stderr, status := runLLI(t, dir, "sent.ll", "mcjit", "lli"); status != -11 || stdout+stderr != "" {
		t.Errorf("SIGSEGV in a program with undefined symbols: status %d\n%s%s", status, stdout, stderr)
	}
}

// lliInputs returns a folder with the inputs, and LLVM's lli.
func lliInputs(t *testing.T) (dir, lli string) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("code is run on linux/amd64 only")
	}
	lli = testenv.NeedsTool(t, "lli-14", "llvm-14")
	dir = t.TempDir()
	for name, text := range lliFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{"llvm-as-14 -o hello.bc hello.ll", "gcc -c -fPIC -o f.o f.c", "gcc -c -fPIC -o ten.o ten.c", "gcc -c -fPIC -o weakf.o weakf.c", "ar rc f.a f.o"} {
		words := strings.Fields(line)
		cmd := exec.Command(testenv.NeedsTool(t, words[0], map[string]string{"llvm-as-14": "llvm-14", "gcc": "gcc", "ar": "binutils"}[words[0]]), words[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	return dir, lli
}

// runLLI runs a program on a line of arguments.
func runLLI(t *testing.T, dir string, line string, program ...string) (stdout, stderr string, status int) {
	t.Helper()
	return runLLIOf(t, "14", dir, line, program...)
}

// runLLIOf does so with a version of libLLVM.
func runLLIOf(t *testing.T, version, dir string, line string, program ...string) (stdout, stderr string, status int) {
	t.Helper()
	if !strings.Contains(line, "-jit-kind") {
		program = append(program, "-jit-kind=mcjit")
	}
	cmd := exec.Command(program[0], append(program[1:], strings.Fields(line)...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOMCJIT_LIBLLVM="+version, "LLVM_DISABLE_SYMBOLIZATION=1")
	cmd.Stdin = strings.NewReader(lliFiles["hello.ll"])
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), exitStatus(cmd.ProcessState)
}

// What LLVM prints about itself when it crashes or aborts, and its opinion of what an unknown option may be, which depends on options that nobody asks for.
var lliNoise = regexp.MustCompile(`(?m)(^PLEASE submit(.*\n)+|^Stack dump(.*\n)+|Did you mean .*)`)

func TestLLISameAsLLVM(t *testing.T) {
	dir, lli := lliInputs(t)
	for _, line := range lliSame {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			sameAsLLVM(t, dir, line, lli)
		})
	}
}

// sameAsLLVM runs a line of arguments by both.
func sameAsLLVM(t *testing.T, dir, line, lli string) {
	t.Helper()
	_, version, _ := strings.Cut(filepath.Base(lli), "-")
	stdout, stderr, status := runLLIOf(t, version, dir, line, "mcjit", "lli")
	wantOut, wantErr, wantStatus := runLLIOf(t, version, dir, line, lli)
	wantErr = strings.ReplaceAll(strings.ReplaceAll(wantErr, lli, "lli"), filepath.Base(lli), "lli")
	if stdout != wantOut || status != wantStatus {
		t.Errorf("status %d, want %d; output\n%s\nwant\n%s\nerrors\n%s", status, wantStatus, stdout, wantOut, stderr)
	}
	if got, want := lliNoise.ReplaceAllString(stderr, ""), lliNoise.ReplaceAllString(wantErr, ""); got != want {
		t.Errorf("errors\n%s\nwant\n%s", got, want)
	}
}

// TestLLIVersions: what is different in later versions.
func TestLLIVersions(t *testing.T) {
	dir, _ := lliInputs(t)
	for version, lines := range map[string][]string{
		"15": {"-jit-kind=mcjit -jit-kind=mcjit byte.ll", "-fake-argv0=a -fake-argv0=b hello.ll", "-enable-jmc-instrument -lower-global-dtors-via-cxa-atexit byte.ll", "-print-changed=diff byte.ll", "-print-changed byte.ll", "-print-changed=x byte.ll"},
		"19": {
			"-enable-approx-func-fp-math -enable-tlsdesc -no-integrated-as -separate-named-sections -mxcoff-roptr -basic-block-address-map byte.ll", "-large-data-threshold=5 -swift-async-fp=never byte.ll",
			"-frame-pointer=reserved -lljit-platform=Auto -orc-lazy-debug=jit-debug-objects byte.ll", "-swift-async-fp=x byte.ll", "-large-data-threshold=x byte.ll",
		},
	} {
		lli := testenv.NeedsTool(t, "lli-"+version, "llvm-"+version+"-runtime")
		for _, line := range lines {
			t.Run(line, func(t *testing.T) {
				t.Parallel()
				sameAsLLVM(t, dir, line, lli)
			})
		}
	}
}

// TestLLIStack: a program has as large a stack as the limit says.
func TestLLIStack(t *testing.T) {
	dir, lli := lliInputs(t)
	for _, program := range []string{lli + " -jit-kind=mcjit", "mcjit lli"} {
		cmd := exec.Command("sh", "-c", "ulimit -S -s 100000 && exec "+program+" deep.ll")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOMCJIT_LIBLLVM=14")
		if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 9 {
			t.Errorf("%s: %v\n%s", program, cmd.ProcessState, out)
		}
	}
}

func TestLLIBetterThanLLVM(t *testing.T) {
	dir, _ := lliInputs(t)
	for _, c := range lliBetter {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, status := runLLI(t, dir, c.line, "mcjit", "lli")
			if status != c.status || !strings.Contains(stderr, c.stderr) || c.stderr == "" && (stderr != "" || stdout != "hello\nhello.ll\n") {
				t.Errorf("status %d, want %d; output\n%s\nerrors\n%s", status, c.status, stdout, stderr)
			}
		})
	}
}

// TestLLIThreads: code reaches the thread-local variables of the C++ library, which libLLVM uses, too, as if it were linked with it. LLVM's does not.
func TestLLIThreads(t *testing.T) {
	dir, _ := lliInputs(t)
	if _, stderr, status := runLLI(t, dir, "once.ll", "mcjit", "lli"); status != 7 {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

// TestLLIConstructors: they run in the order of their priorities, as the language has it and native programs do. LLVM's lli takes that of the list.
func TestLLIConstructors(t *testing.T) {
	dir, _ := lliInputs(t)
	if _, stderr, status := runLLI(t, dir, "order.ll", "mcjit", "lli"); status != 6 {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

// TestLLIByName: mcjit under the name of lli is lli, also when it starts itself.
func TestLLIByName(t *testing.T) {
	dir, _ := lliInputs(t)
	if stdout, stderr, status := runLLI(t, dir, "-x86-asm-syntax=intel hello.ll", "lli"); status != 1 || stdout != "hello\nhello.ll\n" || stderr != "" {
		t.Errorf("status %d; output\n%s\nerrors\n%s", status, stdout, stderr)
	}
}

func TestLLICache(t *testing.T) {
	dir, lli := lliInputs(t)
	cache := filepath.Join(dir, "cache", "deep")
	line := "-enable-cache-manager -object-cache-dir=" + cache + " -entry-function=f " + filepath.Join(dir, "nomain.ll")
	if _, stderr, status := runLLI(t, dir, line, "mcjit", "lli"); status != 7 || stderr != "" {
		t.Fatalf("status %d: %s", status, stderr)
	}
	if _, err := os.Stat(filepath.Join(cache, dir, "nomain.o")); err != nil {
		t.Fatal(err)
	}
	// It is for those for whom files are, by the mask of the process.
	cmd := exec.Command("sh", "-c", "umask 027; mcjit lli -enable-cache-manager -object-cache-dir=masked -entry-function=f nomain.ll; stat -c %a masked/nomain.o")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); string(out) != "640\n" {
		t.Errorf("%s%v", out, err)
	}
	// The name is all that counts: the object of the old module is taken, by LLVM, too.
	if err := os.WriteFile(filepath.Join(dir, "nomain.ll"), []byte("define i32 @f() { ret i32 8 }"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, program := range [][]string{{"mcjit", "lli"}, {lli}} {
		if _, stderr, status := runLLI(t, dir, line, program...); status != 7 {
			t.Errorf("%v: status %d: %s", program, status, stderr)
		}
	}
	// Standard input is another one each time.
	line = "-enable-cache-manager -object-cache-dir=" + cache
	for _, input := range []string{"nomain.ll", "eight.ll"} {
		cmd := exec.Command("mcjit", append([]string{"lli", "-entry-function=f"}, strings.Fields(line)...)...)
		cmd.Stdin = strings.NewReader(lliFiles[input])
		out, _ := cmd.CombinedOutput()
		if want := map[string]int{"nomain.ll": 7, "eight.ll": 8}[input]; cmd.ProcessState.ExitCode() != want {
			t.Errorf("%s from standard input: %v, want %d\n%s", input, cmd.ProcessState, want, out)
		}
	}
	// What LLVM keeps is taken as well, beside the module.
	for _, program := range [][]string{{lli}, {"mcjit", "lli"}} {
		if _, stderr, status := runLLI(t, dir, "-enable-cache-manager start.ll", program...); status != 6 {
			t.Errorf("%v: status %d: %s", program, status, stderr)
		}
	}
}

func TestLLIHelp(t *testing.T) {
	dir, _ := lliInputs(t)
	for line, want := range map[string]string{
		"-help":      "--extra-module=FILE",
		"-version":   "LLVM version 14.0.6\n",
		"-help-llvm": "--x86-asm-syntax",
	} {
		if stdout, stderr, status := runLLI(t, dir, line, "mcjit", "lli"); status != 0 || !strings.Contains(stdout, want) {
			t.Errorf("%s: status %d\n%s%s", line, status, stdout, stderr)
		}
	}
	t.Setenv("GOMCJIT_LIBLLVM", "/nowhere/libLLVM.so")
	cmd := exec.Command("mcjit", "lli", filepath.Join(dir, "hello.ll"))
	if out, _ := cmd.CombinedOutput(); !strings.Contains(string(out), "/nowhere/libLLVM.so") || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("without libLLVM: %v\n%s", cmd.ProcessState, out)
	}
}
