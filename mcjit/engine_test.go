//go:build linux && amd64

package mcjit_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	_ "unsafe" // for go:linkname

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// ways runs a test in both ways of having executable memory.
func ways(t *testing.T, test func(t *testing.T, opts ...mcjit.Option)) {
	t.Run("batch", func(t *testing.T) { test(t) })
	t.Run("dual", func(t *testing.T) { test(t, mcjit.WithMemoryOptions(memmgr.WithDualMapping())) })
}

// newEngine returns an engine that is closed with the test.
func newEngine(t testing.TB, opts ...mcjit.Option) *mcjit.ExecutionEngine {
	t.Helper()
	e, err := mcjit.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return e
}

var objects sync.Map // contents of files in testdata, by name

// object returns a buffer with a file of testdata.
func object(t testing.TB, name string) *objimage.Buffer {
	t.Helper()
	data, ok := objects.Load(name)
	if !ok {
		read, err := os.ReadFile(filepath.Join("..", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		data, _ = objects.LoadOrStore(name, read)
	}
	return objimage.NewBuffer(name, data.([]byte))
}

// compiled returns a buffer with what gcc makes of source.
func compiled(t testing.TB, name, source string, args ...string) *objimage.Buffer {
	t.Helper()
	args = append([]string{"-O2", "-fPIC", "-fno-asynchronous-unwind-tables"}, args...)
	return objimage.NewBuffer(name, testenv.CompileBytes(t, "gcc", testenv.C, source, args...))
}

// assembled returns a buffer with what gas makes of source.
func assembled(t testing.TB, name, source string) *objimage.Buffer {
	t.Helper()
	return objimage.NewBuffer(name, testenv.CompileBytes(t, "gcc", testenv.Assembler, source))
}

// add adds objects to an engine, and returns the modules.
func add(t testing.TB, e *mcjit.ExecutionEngine, buffers ...*objimage.Buffer) []*mcjit.Module {
	t.Helper()
	modules := make([]*mcjit.Module, len(buffers))
	for i, b := range buffers {
		m, err := e.AddObject(b)
		if err != nil {
			t.Fatalf("%s: %v", b.Name(), err)
		}
		modules[i] = m
	}
	return modules
}

// function binds a function of an engine, which is finalized by that.
func function[F any](t testing.TB, e *mcjit.ExecutionEngine, name string, opts ...inprocess.Option) F {
	t.Helper()
	f, err := mcjit.Func[F](e, name, opts...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

type intFunc = func() int32

// wantCall calls a function without parameters.
func wantCall(t testing.TB, e *mcjit.ExecutionEngine, name string, want int32) {
	t.Helper()
	if got := function[intFunc](t, e, name)(); got != want {
		t.Errorf("%s() = %d, want %d", name, got, want)
	}
}

// remove removes modules.
func remove(t testing.TB, e *mcjit.ExecutionEngine, modules ...*mcjit.Module) {
	t.Helper()
	if err := e.RemoveModule(modules...); err != nil {
		t.Fatalf("RemoveModule: %v", err)
	}
}

// wantStats compares what the engine holds with what it held before.
func wantStats(t testing.TB, e *mcjit.ExecutionEngine, before mcjit.Stats) {
	t.Helper()
	if after := e.Stats(); after != before {
		t.Errorf("the engine holds\n%+v, before it held\n%+v", after, before)
	}
}

// protection returns how the page of an address is protected, as /proc/PID/maps shows it, "" for an address where nothing is.
func protection(t testing.TB, addr executor.Addr) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var from, to uint64
		var prot string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &prot); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if from <= uint64(addr) && uint64(addr) < to {
			return prot[:3]
		}
	}
	return ""
}

// usage is what a process has taken from the system.
type usage struct {
	resident, heap        int // bytes
	maps, fds, goroutines int
}

// measure collects garbage and looks.
func measure(t testing.TB) usage {
	t.Helper()
	debug.FreeOSMemory() // after a collection
	var u usage
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	u.heap, u.goroutines = int(mem.HeapAlloc), runtime.NumGoroutine()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		t.Fatal(err)
	}
	u.resident = pages * os.Getpagesize()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	u.maps = strings.Count(string(maps), "\n")
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	u.fds = len(fds)
	return u
}

func (u usage) String() string {
	return fmt.Sprintf("resident %d KiB, heap %d KiB, %d mappings, %d descriptors, %d goroutines",
		u.resident>>10, u.heap>>10, u.maps, u.fds, u.goroutines)
}

// within fails the test with the stacks of all goroutines if work does not end in time.
func within(t testing.TB, limit time.Duration, work func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	select {
	case <-done:
	case <-time.After(limit):
		stacks := make([]byte, 1<<20)
		panic(fmt.Sprintf("%s: deadlock, nothing after %v\n%s", t.Name(), limit, stacks[:runtime.Stack(stacks, true)]))
	}
}

// library makes a static library of sources, by member name, in order, with the options given to ar, and returns its path.
func library(t testing.TB, arOptions string, members ...[2]string) string {
	t.Helper()
	ar := testenv.NeedsTool(t, "ar", "binutils")
	dir := t.TempDir()
	path := filepath.Join(dir, "libtest.a")
	args := []string{arOptions, path}
	for i, m := range members {
		sub := filepath.Join(dir, strconv.Itoa(i)) // so that names may be equal
		if err := os.Mkdir(sub, 0o777); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(sub, m[0])
		if err := os.WriteFile(file, compiled(t, m[0], m[1]).Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if out, err := exec.Command(ar, args...).CombinedOutput(); err != nil {
		t.Fatalf("ar: %v\n%s", err, out)
	}
	return path
}

// addLibrary adds an archive from a file.
func addLibrary(t testing.TB, e *mcjit.ExecutionEngine, path string) {
	t.Helper()
	b, err := objimage.OpenBuffer(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.AddArchive(b); err != nil {
		t.Fatal(err)
	}
}

// moduleNames returns the modules of an engine, each name once with its count.
func moduleNames(e *mcjit.ExecutionEngine) map[string]int {
	names := map[string]int{}
	for _, m := range e.Modules() {
		names[m.Name()]++
	}
	return names
}

func objectOf(name string, data []byte) *objimage.Buffer { return objimage.NewBuffer(name, data) }

func executorAddr(a uint64) executor.Addr { return executor.Addr(a) }

// debuggerDescriptor is the head of the list of objects that debuggers see, struct jit_descriptor of GDB's JIT interface.
//
//go:linkname debuggerDescriptor __jit_debug_descriptor
var debuggerDescriptor struct {
	version, action uint32
	relevant, first *debuggerEntry
}

// A debuggerEntry is struct jit_code_entry, as far as it matters.
type debuggerEntry struct{ next, prev *debuggerEntry }

// debuggerEntries counts the objects that debuggers see. Nobody may change the list meanwhile.
func debuggerEntries(t testing.TB) (n int) {
	t.Helper()
	var prev *debuggerEntry
	for e := debuggerDescriptor.first; e != nil; prev, e = e, e.next {
		if e.prev != prev {
			t.Fatal("the list of the debuggers is broken")
		}
		n++
	}
	return n
}
