package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// unpack writes the files of an archive into a folder, and returns one of them.
func unpack(t *testing.T, archive, want string) (dir, text string) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("code is run on linux/amd64 only")
	}
	a, err := txtar.ParseFile(filepath.Join("testdata", "lli", archive))
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for _, f := range a.Files {
		if f.Name == want {
			text = string(f.Data)
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, text
}

// TestLLIPrograms runs each program by LLVM's lli, too: both have to print and return the same.
func TestLLIPrograms(t *testing.T) {
	dir, lines := unpack(t, "programs.txtar", "lines")
	lli := testenv.NeedsTool(t, "lli-14", "llvm-14")
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			sameAsLLVM(t, dir, line, lli)
		})
	}
}

// TestLLINative runs programs in C and C++, of which lli crashes over most, as native ones, too. A first line "// extra: FILE" names a second module.
func TestLLINative(t *testing.T) {
	dir, _ := unpack(t, "native.txtar", "")
	clang := testenv.NeedsTool(t, "clang++", "clang")
	sources, err := filepath.Glob(filepath.Join(dir, "*.cc"))
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		base := strings.TrimSuffix(filepath.Base(source), ".cc")
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			files := []string{base + ".cc"}
			text, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(text), "\n")
			if extra, ok := strings.CutPrefix(first, "// extra: "); ok {
				files = append(files, extra)
			}
			inDir(t, dir, clang, append([]string{"-x", "c++", "-w", "-std=c++17", "-O1", "-pthread", "-o", base}, files...)...)
			var bitcode []string
			for _, f := range files {
				inDir(t, dir, clang, "-x", "c++", "-w", "-std=c++17", "-O1", "-emit-llvm", "-c", "-o", f+".bc", f)
				bitcode = append(bitcode, f+".bc")
			}
			line := strings.Join(append(prefixed("-extra-module=", bitcode[1:]), bitcode[0]), " ")
			for _, model := range []string{"", "-O0 -relocation-model=pic -code-model=small "} {
				sameAsNative(t, dir, model+line, filepath.Join(dir, base))
			}
		})
	}
}

func prefixed(prefix string, list []string) (with []string) {
	for _, s := range list {
		with = append(with, prefix+s)
	}
	return with
}

// inDir runs a tool.
func inDir(t *testing.T, dir, tool string, args ...string) {
	t.Helper()
	cmd := exec.Command(tool, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

func sameAsNative(t *testing.T, dir, line, program string) {
	t.Helper()
	cmd := exec.Command(program)
	var wantOut, wantErr strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(lliFiles["hello.ll"]), &wantOut, &wantErr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	stdout, stderr, status := runLLI(t, dir, line, "mcjit", "lli")
	if want := exitStatus(cmd.ProcessState); stdout != wantOut.String() || stderr != wantErr.String() || status != want {
		t.Errorf("%s: status %d, want %d; output\n%s\nwant\n%s\nerrors\n%s\nwant\n%s", line, status, want, stdout, &wantOut, stderr, &wantErr)
	}
}

// TestLLIInputAgain: a module from standard input is there again if the process has to begin anew.
func TestLLIInputAgain(t *testing.T) {
	dir, lli := lliInputs(t)
	const definitions = "@t = thread_local global [300000 x i8] zeroinitializer, align 128\ndefine i32 @f() {\n store i8 9, i8* getelementptr ([300000 x i8], [300000 x i8]* @t, i64 0, i64 299999)\n" +
		" %v = load i8, i8* getelementptr ([300000 x i8], [300000 x i8]* @t, i64 0, i64 299999)\n %r = zext i8 %v to i32\n ret i32 %r\n}\n"
	for _, args := range [][]string{{"-entry-function=f"}, {"-entry-function=f", "-"}, {"-extra-module=-", "uses.ll"}} {
		for _, program := range [][]string{{lli}, {"mcjit", "lli"}} {
			cmd := exec.Command(program[0], append(append(program[1:], "-jit-kind=mcjit"), args...)...)
			cmd.Dir, cmd.Env, cmd.Stdin = dir, append(os.Environ(), "GOMCJIT_LIBLLVM=14"), strings.NewReader(definitions)
			if out, err := cmd.CombinedOutput(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 9 {
				t.Errorf("%q: %v\n%s", cmd.Args, err, out)
			}
		}
	}
}
