//go:build linux && amd64

package epc

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/threads"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

const threadSource = `
#include <pthread.h>
#include <string.h>
static int ended, began;
struct Object { int n; Object() : n(10) { began++; } ~Object() { ended++; } };
thread_local int counter = 40;
thread_local char text[100] = "forty";
thread_local Object object;
static void *work(void *result) {
	counter += 2;
	*(int *)result = counter + (strcmp(text, "forty") != 0) + (object.n - 10);
	text[0] = 'x';
	return 0;
}
extern "C" int threads() {
	int results[4] = {0}, sum = 0;
	pthread_t list[4];
	for (int i = 0; i < 4; i++) if (pthread_create(&list[i], 0, work, &results[i])) return -1;
	for (int i = 0; i < 4; i++) pthread_join(list[i], 0), sum += results[i];
	int own = 0;
	work(&own);
	return sum + own == 5 * 42 && began == 5 ? ended : -2;
}
`

// testThreads runs code with thread-local variables: each thread has its own, and its objects end with it.
func testThreads(t *testing.T, p *Process) {
	load := func(flags ...string) (*mcjit.ExecutionEngine, error) {
		engine, err := mcjit.New(mcjit.WithMemoryManager(memmgr.NewRemote(p, 0)), mcjit.WithProcess(p), mcjit.WithSymbolResolver(runtimedyld.ResolveIn(p)),
			mcjit.WithThreadStorage(threads.NewRemote(p)))
		if err != nil {
			t.Fatal(err)
		}
		object := testenv.CompileBytes(t, "g++", testenv.CXX, threadSource, append(flags, "-O1")...)
		if _, err := engine.AddObject(objimage.NewBuffer("threads.o", object)); err != nil {
			return engine, err
		}
		return engine, engine.FinalizeObject()
	}
	if _, err := p.OpenLibrary("libstdc++.so.6"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		engine, err := load("-fPIC")
		if err != nil {
			t.Fatal(err)
		}
		f, err := engine.FunctionAddress("threads")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Call(f); int32(got) != 4 || err != nil {
			t.Errorf("threads: %d, %v", int32(got), err)
		}
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}
	engine, err := load("-fno-pic")
	if err == nil || !strings.Contains(err.Error(), "-fPIC") {
		t.Errorf("code that takes the thread pointer for its own: %v", err)
	}
	if err := engine.Close(); err != nil {
		t.Error(err)
	}
	if a, err := p.Lookup("pthread_create"); err != nil || a[0] == executor.Addr(0) {
		t.Errorf("afterwards: %v, %v", a, err)
	}
}

func TestThreads(t *testing.T) {
	t.Run("ours", func(t *testing.T) { testThreads(t, serveHere(t, testHost())) })
	withPeers(t, testThreads)
}

// TestThreadEnds: what the C library may call when a thread ends is still there when the session is not. Everything else is given back.
func TestThreadEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		kept bool
	}{{"pthread_key_create", true}, {"__cxa_thread_atexit_impl", true}, {"pthread_self", false}} {
		var code executor.Addr
		t.Run(c.name, func(t *testing.T) {
			p := serveHere(t, testHost())
			if a, err := p.Lookup(c.name); err != nil || a[0] == 0 {
				t.Fatalf("%v, %v", a, err)
			}
			size := p.PageSize()
			base, err := p.Reserve(2*size, 0)
			if err != nil {
				t.Fatal(err)
			}
			code = base
			if err := p.Install(base, []executor.Segment{{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: size, Content: []byte{0xc3}}}); err != nil {
				t.Fatal(err)
			}
		})
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		kept := false
		for line := range strings.Lines(string(maps)) {
			var from, to executor.Addr
			var protection string
			fmt.Sscanf(line, "%x-%x %s", &from, &to, &protection)
			kept = kept || from <= code && code < to && protection == "r-xp"
		}
		if kept != c.kept {
			t.Errorf("after a session that has asked for %s, its code is there: %v, want %v", c.name, kept, c.kept)
		}
	}
}
