//go:build linux && amd64

package epc

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

const dispatchSource = `
#include <stdlib.h>
#include <string.h>
typedef struct { union { char *at; char in[8]; } data; size_t size; } Result;
extern Result __orc_rt_jit_dispatch(void *ctx, const void *tag, const char *data, size_t size);
extern char __orc_rt_jit_dispatch_ctx;
char known, unknown;
/* asks the controller with n bytes, and returns the sum of the answer's bytes; less than 0 for an error, by its length. */
long ask(long n, char *tag) {
	char *data = malloc(n + 1);
	for (long i = 0; i < n; i++) data[i] = i;
	Result r = __orc_rt_jit_dispatch(&__orc_rt_jit_dispatch_ctx, tag, data, n);
	free(data);
	long sum = 0;
	if (r.size == 0 && r.data.at) {
		sum = -(long)strlen(r.data.at);
		free(r.data.at);
	}
	const char *answer = r.size > sizeof r.data ? r.data.at : r.data.in;
	for (size_t i = 0; i < r.size; i++) sum += (unsigned char)answer[i];
	if (r.size > sizeof r.data) free(r.data.at);
	return sum;
}
`

// loadInto links an object for a process. It is removed at the end of the test.
func loadInto(t *testing.T, p *Process, name string, object []byte) *mcjit.ExecutionEngine {
	t.Helper()
	engine, err := mcjit.New(mcjit.WithMemoryManager(memmgr.NewRemote(p, 0)), mcjit.WithProcess(p), mcjit.WithSymbolResolver(runtimedyld.ResolveIn(p)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engine.AddObject(objimage.NewBuffer(name, object)); err != nil {
		t.Fatal(err)
	}
	if err := engine.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	return engine
}

// testDispatch has code call functions of its controller, which call the executor in turn.
func testDispatch(t *testing.T, p *Process) {
	engine := loadInto(t, p, "dispatch.o", testenv.CompileBytes(t, "gcc", testenv.C, dispatchSource, "-O1", "-fPIC"))
	address := func(name string) executor.Addr {
		a, err := engine.GlobalValueAddress(name)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	abs, err := p.Lookup("abs")
	if err != nil {
		t.Fatal(err)
	}
	p.Handle(address("known"), func(args []byte) ([]byte, error) {
		if len(args) == 5 {
			return nil, errors.New("twelve bytes")
		}
		if n, err := p.Call(abs[0], uint64(len(args))); err != nil || int(n) != len(args) {
			return nil, err
		}
		return bytes.Repeat([]byte{1}, len(args)), nil
	})
	ask, known := address("ask"), address("known")
	// LLVM's executors see nothing in place of an error.
	refused, unknown := int64(0), int64(0)
	if _, ours := p.symbols[nameCall]; ours {
		refused, unknown = -int64(len("twelve bytes")), -int64(len("No function registered for tag 0x123456789abc"))
	}
	for n, want := range map[int64]int64{0: 0, 1: 1, 8: 8, 9: 9, 5: refused, 100_000: 100_000} {
		if got, err := p.Call(ask, uint64(n), uint64(known)); int64(got) != want || err != nil {
			t.Errorf("asked with %d bytes: %d, %v, want %d", n, int64(got), err, want)
		}
	}
	if got, err := p.Call(ask, 1, uint64(address("unknown"))); int64(got) != unknown || err != nil {
		t.Errorf("a tag that nobody knows: %d, %v", int64(got), err)
	}
	p.Handle(known, nil)
	if got, err := p.Call(ask, 1, uint64(known)); int64(got) != unknown || err != nil {
		t.Errorf("a tag that nobody knows any more: %d, %v", int64(got), err)
	}
	if err := engine.Close(); err != nil {
		t.Error(err)
	}
}

func TestDispatch(t *testing.T) {
	t.Run("ours", func(t *testing.T) { testDispatch(t, serveHere(t, testHost())) })
	withPeers(t, testDispatch)
}

// TestDispatchTooLarge has code ask with more bytes than a message may have, or than there are.
func TestDispatchTooLarge(t *testing.T) {
	p := serveHere(t, testHost())
	source := strings.ReplaceAll(dispatchSource, "malloc(n + 1)", "malloc(1)")
	source = strings.ReplaceAll(source, "data[i] = i;", "data[0] = i, i = n;")
	engine := loadInto(t, p, "dispatch.o", testenv.CompileBytes(t, "gcc", testenv.C, source, "-O1", "-fPIC"))
	defer engine.Close()
	ask, err := engine.FunctionAddress("ask")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []uint64{1<<30 + 1, 1 << 40, 1 << 62} {
		if got, err := p.Call(ask, n, uint64(ask)); int64(got) >= 0 || err != nil {
			t.Errorf("asked with %d bytes: %d, %v", n, int64(got), err)
		}
	}
}

// TestDispatchEnds has a controller hang up while code waits for its answer: the code gets an error, and the server ends.
func TestDispatchEnds(t *testing.T) {
	p := serveHere(t, testHost())
	engine := loadInto(t, p, "dispatch.o", testenv.CompileBytes(t, "gcc", testenv.C, dispatchSource, "-O1", "-fPIC"))
	known, err := engine.GlobalValueAddress("known")
	if err != nil {
		t.Fatal(err)
	}
	ask, err := engine.FunctionAddress("ask")
	if err != nil {
		t.Fatal(err)
	}
	asked, release := make(chan struct{}), make(chan struct{})
	p.Handle(known, func([]byte) ([]byte, error) {
		close(asked)
		<-release
		return nil, nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := p.CallValues(ctx, ask, executor.Integer, executor.IntValue(1), executor.PointerValue(known)); !errors.Is(err, context.Canceled) {
		t.Errorf("CallValues: %v", err)
	}
	if err := p.Close(); err != nil { // serveHere makes sure that the server ends
		t.Error(err)
	}
	close(release)
}
