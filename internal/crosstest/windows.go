package crosstest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// wineVariable is the environment variable that tells a program for Windows that wine runs it.
const wineVariable = "GOMCJIT_WINE"

// Wine says whether wine runs this program.
func Wine() bool { return os.Getenv(wineVariable) != "" }

// A Windows is a Windows on x86-64, with files of its own, in which programs are run: wine.
//
// What wine 8 does otherwise than Windows, and what therefore is not tested: a fault that nobody handles ends the process without the last handlers' being asked (Go's runtime has
// its message from one).
type Windows struct {
	wine, prefix string
}

// NewWindows makes one, which ends with the test. The test is skipped, naming the Debian package, when wine or the compiler that it needs is missing.
func NewWindows(t *testing.T) *Windows {
	t.Helper()
	if testenv.RaceDetector {
		t.Skip("Go has no race detector there without cgo: the tests without it run them")
	}
	w := &Windows{wine: testenv.NeedsTool(t, "wine", "wine"), prefix: filepath.Join(t.TempDir(), "wine")}
	w.boot(t)
	return w
}

// Test builds the tests of the package in a directory, and runs them there with these arguments. They compile with [testenv.Run] and what stands on it.
func (w *Windows) Test(t *testing.T, dir string, args ...string) {
	t.Helper()
	if _, err := os.ReadDir(dir); err != nil { // this test has to be run again when there are others
		t.Fatal(err)
	}
	temp := t.TempDir()
	program := filepath.Join(temp, "tests.exe")
	build := exec.Command("go", "test", "-c", "-vet=off", "-o", program, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build.Args, err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go testenv.Relay(ctx, temp)
	cmd := exec.CommandContext(ctx, w.wine, append([]string{program, "-test.timeout=" + (patience - 20*time.Second).String()}, args...)...)
	cmd.Dir = dir
	cmd.Env = w.environment(temp)
	out, err := combined(cmd, filepath.Join(temp, "output"))
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	t.Logf("%s", out)
}

// combined is cmd.CombinedOutput by way of a file: wine's services, which the first program starts, would keep a pipe open.
func combined(cmd *exec.Cmd, name string) ([]byte, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	cmd.Stdout, cmd.Stderr = f, f
	err = cmd.Run()
	out, readErr := os.ReadFile(name)
	return out, errors.Join(err, readErr)
}

// environment is the environment of a program that wine runs. What it wants to be run, and its temporary files, are in dir.
func (w *Windows) environment(dir string) []string {
	return append(os.Environ(), "WINEPREFIX="+w.prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe=", "DISPLAY=",
		testenv.RelayVariable+"="+dir, wineVariable+"=1")
}

// randomSource is the library of Windows 10 that Go's runtime has its random numbers from, and wine 8 lacks.
const randomSource = `
typedef unsigned char BYTE;
__declspec(dllimport) BYTE __stdcall SystemFunction036(void *, unsigned);
__declspec(dllexport) int ProcessPrng(BYTE *p, unsigned long long n) { return SystemFunction036(p, n); }
`

// boot makes the files. What keeps running with them ends with the test.
func (w *Windows) boot(t *testing.T) {
	t.Helper()
	gcc := testenv.NeedsTool(t, "x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-win32")
	dir := t.TempDir()
	env := w.environment(dir)
	run := func(command ...string) {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Env, cmd.Dir = env, dir
		if out, err := combined(cmd, filepath.Join(dir, "output")); err != nil {
			t.Errorf("%v: %v\n%s", command, err, out)
		}
	}
	if err := os.Mkdir(w.prefix, 0o700); err != nil {
		t.Fatal(err)
	}
	run("wineserver", "-p120") // wine's services stay between programs: starting, they crash now and then, and say so in the middle of a program's output
	run("wineboot", "-i")
	t.Cleanup(func() {
		kill := exec.Command("wineserver", "-k")
		kill.Env = env
		_ = kill.Run() // it fails when nothing runs any more
	})
	run(w.wine, "reg", "add", `HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug`, "/v", "Debugger", "/d", "hostname.exe", "/f") // winedbg takes a second to die
	if err := os.WriteFile(filepath.Join(dir, "random.c"), []byte(randomSource), 0o644); err != nil {
		t.Fatal(err)
	}
	run(gcc, "-shared", "-O2", "-o", filepath.Join(w.prefix, "drive_c/windows/system32/bcryptprimitives.dll"), "random.c", "-ladvapi32")
}

// Run has wine run a program, in a directory, with these arguments, and returns what it writes, and its error.
func (w *Windows) Run(t *testing.T, dir string, command ...string) (output string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.wine, command...)
	cmd.Dir, cmd.Env = dir, w.environment(dir)
	out, err := combined(cmd, filepath.Join(dir, "output"))
	return string(out), err
}
