//go:build linux && amd64

package mcjit_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/epc"
	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

const foreignSource = `
static int began;
static const char text[] = "forty-two bytes, more or less, of a string";
static int table[2000];
int *last = &table[1999];
__attribute__((constructor)) static void begin(void) { began = 2; }
__attribute__((noinline)) int length(const char *s) { int n = 0; while (s[n]) n++; return n; }
int answer(void) { *last += began; return length(text) - 2 + *last; }
int sum(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j) { return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + 9*i + 10*j; }
double scaled(double x, int n, float y) { return x * n + y; }
int fault(int *p) { return *p; }
`

// TestRemoteForeign links functions for other processors here, and runs them in executors there, under qemu-user: big-endian ones and those of 32 bits among them.
func TestRemoteForeign(t *testing.T) {
	if testenv.RaceDetector {
		t.Skip("TestRemote shows the same")
	}
	source := filepath.Join(t.TempDir(), "foreign.c")
	if err := os.WriteFile(source, []byte(foreignSource), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, m := range crosstest.Machines() {
		if !slices.Contains([]string{"arm64", "arm", "riscv64", "s390x"}, m.Arch) {
			continue
		}
		t.Run(m.Arch, func(t *testing.T) {
			object := filepath.Join(t.TempDir(), "foreign.o")
			compile := append(m.GCC(t), "-c", "-O1", "-fPIC", "-o", object, source)
			if out, err := exec.Command(compile[0], compile[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			agent := m.Program(t, "./testdata/agent")
			cmd := exec.Command(agent[0], agent[1:]...)
			cmd.Stderr = os.Stderr
			p, err := epc.Start(context.Background(), cmd, epc.Numbers, epc.WithTimeout(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			runForeign(t, p, object)
			crashForeign(t, p, object)
			_ = p.Close() // it says that the agent has crashed
			if p.State().Success() {
				t.Error("the agent has survived a crash")
			}
		})
	}
}

// loadForeign links an object for a process, and returns what finds its functions.
func loadForeign(t *testing.T, p *epc.Process, object string) (*mcjit.ExecutionEngine, func(name string) executor.Addr) {
	engine, err := mcjit.New(mcjit.WithMemoryManager(memmgr.NewRemote(p, 0)), mcjit.WithProcess(p), mcjit.WithSymbolResolver(runtimedyld.ResolveIn(p)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := objimage.OpenBuffer(object)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engine.AddObject(b); err != nil {
		t.Fatal(err)
	}
	if err := engine.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	if err := engine.Initialize(); err != nil {
		t.Fatal(err)
	}
	return engine, func(name string) executor.Addr {
		at, err := engine.FunctionAddress(name)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
}

func runForeign(t *testing.T, p *epc.Process, object string) {
	engine, function := loadForeign(t, p, object)
	if got, err := p.Call(function("answer")); int32(got) != 42 || err != nil {
		t.Errorf("answer: %d, %v", int32(got), err)
	}
	if got, err := p.Call(function("sum"), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10); int32(got) != 385 || err != nil {
		t.Errorf("sum: %d, %v", int32(got), err)
	}
	v, err := p.CallValues(context.Background(), function("scaled"), executor.Double, executor.DoubleValue(1.5), executor.IntValue(4), executor.FloatValue(0.25))
	if v.Float() != 6.25 || err != nil {
		t.Errorf("scaled: %v, %v", v.Float(), err)
	}
	if err := engine.Close(); err != nil {
		t.Error(err)
	}
}

// crashForeign has a function crash, which on some processors is told.
func crashForeign(t *testing.T, p *epc.Process, object string) {
	engine, function := loadForeign(t, p, object)
	_, err := p.Call(function("fault"), 8)
	if !errors.Is(err, epc.ErrDisconnected) {
		t.Errorf("fault: %v", err)
	}
	if !strings.HasPrefix(p.Triple(), "aarch64") {
		return // nothing is known but that it has ended
	}
	var crash *epc.CrashError
	if !errors.As(err, &crash) || crash.Fault != 8 || !crash.HasFault || !strings.HasPrefix(crash.Signal, "SIGSEGV") {
		t.Fatalf("fault: %+v", err)
	}
	if l, ok := engine.Locate(crash.PC); !ok || l.Symbol != "fault" {
		t.Errorf("%v is in %v", crash.PC, l)
	}
}
