//go:build linux && amd64

package mcjit_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/executor/epc"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// startRemote starts LLVM's executor and an engine whose modules go there.
func startRemote(t testing.TB) (*epc.Process, *memmgr.RemoteMemoryManager, *mcjit.ExecutionEngine) {
	t.Helper()
	cmd := exec.Command(testenv.NeedsTool(t, "llvm-jitlink-executor-14", "llvm-14"))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	p, err := epc.Start(context.Background(), cmd, epc.Filedescs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	mm := memmgr.NewRemote(p, 0)
	engine, err := mcjit.New(mcjit.WithMemoryManager(mm), mcjit.WithProcess(p), mcjit.WithSymbolResolver(runtimedyld.ResolveIn(p)))
	if err != nil {
		t.Fatal(err)
	}
	return p, mm, engine
}

const remoteSource = `
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <stdexcept>
static int began, table[3000] = {0};
int *written = &table[2999];
struct Noter { Noter() { began = 40; } ~Noter() { began = 0; } };
static Noter noter;
static int two(void) { return 2; }
extern "C" int resolved(void) __attribute__((ifunc("choose")));
extern "C" int (*choose(void))(void) { return two; }
extern "C" int answer() { return began + resolved() + *written; }
extern "C" int thrown(int n) {
	try { if (n) throw std::runtime_error("far away"); return 0; }
	catch (std::exception &e) { return (int)strlen(e.what()); }
}
extern "C" double scaled(double x, int n, float y) { return x * n + y; }
`

func TestRemote(t *testing.T) {
	p, mm, engine := startRemote(t)
	dir := t.TempDir()
	source, object := filepath.Join(dir, "remote.cc"), filepath.Join(dir, "remote.o")
	if err := os.WriteFile(source, []byte(remoteSource), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(testenv.NeedsTool(t, "g++", "g++"), "-c", "-O1", "-g", "-fPIC", "-o", object, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := objimage.OpenBuffer(object)
	if err != nil {
		t.Fatal(err)
	}
	m, err := engine.AddObject(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	if err := engine.Initialize(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		arg  uint64
		want int32
	}{{"answer", 0, 42}, {"thrown", 0, 0}, {"thrown", 1, 8}} {
		at, err := engine.FunctionAddress(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Call(at, c.arg); int32(got) != c.want || err != nil {
			t.Errorf("%s(%d): %d, %v, want %d", c.name, c.arg, int32(got), err, c.want)
		}
	}
	if s := mm.Stats(); s.Allocations == 0 || s.Reservations == 0 || s.Reservations > 2 {
		t.Errorf("stats: %+v", s)
	}
	if err := engine.RemoveModule(m); err != nil {
		t.Error(err)
	}
	if err := engine.Close(); err != nil {
		t.Error(err)
	}
	if s := mm.Stats(); s != (memmgr.RemoteStats{}) {
		t.Errorf("left: %+v", s)
	}
}

// BenchmarkRemote loads 100 modules that refer to each other and to the C library, one finalization each, or all in one, into LLVM's executor, and removes them.
func BenchmarkRemote(b *testing.B) {
	dir := b.TempDir()
	var objects [][]byte
	for i := range 100 {
		source := fmt.Sprintf("#include <stdio.h>\nint f%d(int); int table%d[64]; int f%d(int n) { table%d[n&63]++; if (n < 0) puts(\"no\"); return n ? f%d(n - 1) + 1 : 0; }\n", max(i-1, 0), i, i, i, max(i-1, 0))
		file, object := filepath.Join(dir, "f.c"), filepath.Join(dir, "f.o")
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			b.Fatal(err)
		}
		if out, err := exec.Command(testenv.NeedsTool(b, "gcc", "gcc"), "-c", "-O1", "-fPIC", "-o", object, file).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		content, err := os.ReadFile(object)
		if err != nil {
			b.Fatal(err)
		}
		objects = append(objects, content)
	}
	for _, together := range []bool{false, true} {
		b.Run(fmt.Sprintf("together=%v", together), func(b *testing.B) {
			p, _, engine := startRemote(b)
			defer engine.Close()
			before := p.Traffic()
			for b.Loop() {
				loadAll(b, engine, objects, together)
			}
			after := p.Traffic()
			b.ReportMetric(float64(after.RoundTrips-before.RoundTrips)/float64(b.N), "trips/op")
			b.ReportMetric(float64(after.Sent-before.Sent)/float64(b.N), "sent-B/op")
		})
	}
}

func loadAll(b *testing.B, engine *mcjit.ExecutionEngine, objects [][]byte, together bool) {
	var modules []*mcjit.Module
	for i, content := range objects {
		m, err := engine.AddObject(objimage.NewBuffer(fmt.Sprintf("f%d.o", i), content))
		if err != nil {
			b.Fatal(err)
		}
		modules = append(modules, m)
		if !together {
			if err := engine.FinalizeObject(); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := engine.FinalizeObject(); err != nil {
		b.Fatal(err)
	}
	if err := engine.RemoveModule(modules...); err != nil {
		b.Fatal(err)
	}
}
