//go:build linux && amd64

package epc

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/gdbjit"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A fault is what happens to one message of a connection, instead of or before its delivery. It says what is to be delivered, and what happens then.
type fault struct {
	name string
	// do changes a message, of whose bytes the receiver gets what is returned. It may do something to the executor first.
	do func(m []byte, child *os.Process) []byte
	// then is what happens to the connection afterwards.
	then aftermath
	// calls says that the fault is for calls of the executor only, not for what it answers.
	calls bool
	// refused says that the executor refuses the call, and goes on.
	refused bool
}

type aftermath int

const (
	goesOn aftermath = iota
	closes
	hangs
)

func deliver(m []byte, _ *os.Process) []byte   { return m }
func withhold([]byte, *os.Process) []byte      { return nil }
func shorten(m []byte, _ *os.Process) []byte   { return m[:len(m)/2] }
func behead(m []byte, _ *os.Process) []byte    { return m[:7] }
func garbleAll(m []byte, _ *os.Process) []byte { return garble(m, 0) }
func garbleRest(m []byte, _ *os.Process) []byte {
	return garble(m, headerSize)
}

// garble puts bytes that mean nothing behind the first from bytes of a message. Its size stays below what any executor has memory for.
func garble(m []byte, from int) []byte {
	rng := rand.New(rand.NewPCG(uint64(len(m)), binary.LittleEndian.Uint64(m[16:])))
	b := bytes.Clone(m)
	for i := from; i < len(b); i++ {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// number changes a 64-bit number of a payload, if there is room for it.
func number(m []byte, at int, v uint64) []byte {
	b := bytes.Clone(m)
	if len(b) >= headerSize+at+8 {
		binary.LittleEndian.PutUint64(b[headerSize+at:], v)
	}
	return b
}

// afterwards is the fault of which the last message knows nothing.
const afterwards = "the connection is dropped after the message"

var faults = []fault{
	{name: "the connection is dropped", do: withhold, then: closes},
	{name: afterwards, do: deliver, then: closes},
	{name: "half a message, and it is dropped", do: shorten, then: closes},
	{name: "half a header, and it is dropped", do: behead, then: closes},
	{name: "nothing arrives any more", do: withhold, then: hangs},
	{name: "nothing arrives after half a message", do: shorten, then: hangs},
	{name: "garbage", do: garbleAll},
	{name: "garbage for a payload", do: garbleRest},
}

// childFaults happen to an executor that is a process of its own.
var childFaults = []fault{
	{name: "it is killed", do: func(m []byte, child *os.Process) []byte { child.Kill(); return m }, calls: true},
	{name: "it is killed, having got half a message", do: func(m []byte, child *os.Process) []byte { child.Kill(); return m[:len(m)/2] }, then: hangs, calls: true},
	{name: "it stands still", do: func(m []byte, child *os.Process) []byte { stopProcess(child); return m }, then: hangs, calls: true},
}

// A faulty is the controller's end of a connection, in which a fault happens to one message. Calls and answers are numbered from 1.
type faulty struct {
	io.ReadWriteCloser
	child *os.Process
	fault *fault
	call  int // the call to which the fault happens, 0 for none
	reply int // the answer to which it happens

	mu            sync.Mutex
	calls, replys int
	hung          bool
	happened      time.Time // the fault
	out, in       []byte
	closed        chan struct{}
	close         sync.Once
}

func newFaulty(rw io.ReadWriteCloser) *faulty {
	return &faulty{ReadWriteCloser: rw, closed: make(chan struct{})}
}

func (f *faulty) Close() error {
	f.close.Do(func() { close(f.closed) })
	return f.ReadWriteCloser.Close()
}

// Write collects bytes until they are a message.
func (f *faulty) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.out = append(f.out, b...)
	for len(f.out) >= headerSize {
		size := int(binary.LittleEndian.Uint64(f.out))
		if len(f.out) < size {
			break
		}
		m := f.out[:size:size]
		f.out = f.out[size:]
		if f.hung {
			continue
		}
		if opcode(binary.LittleEndian.Uint64(m[8:])) == opCall {
			f.calls++
			if f.calls == f.call {
				m = f.happen(m)
			}
		}
		if _, err := f.ReadWriteCloser.Write(m); err != nil {
			return 0, err
		}
		if f.calls == f.call && f.fault.then == closes {
			f.ReadWriteCloser.Close()
		}
	}
	return len(b), nil
}

// happen has the fault happen to a message.
func (f *faulty) happen(m []byte) []byte {
	f.happened = time.Now()
	m = f.fault.do(m, f.child)
	f.hung = f.fault.then == hangs
	return m
}

// Read reads messages, of which it has what the fault leaves.
func (f *faulty) Read(b []byte) (int, error) {
	for len(f.in) == 0 {
		m, err := readMessage(f.ReadWriteCloser, 1<<30)
		if err != nil {
			f.mu.Lock()
			hung := f.hung
			f.mu.Unlock()
			if hung {
				<-f.closed
			}
			return 0, err
		}
		f.in = encode(m)
		f.mu.Lock()
		switch {
		case f.hung:
			f.in = nil
		case m.op == opResult:
			f.replys++
			if f.replys == f.reply {
				f.in = f.happen(f.in)
				if f.fault.then == closes {
					f.ReadWriteCloser.Close()
				}
			}
		}
		f.mu.Unlock()
	}
	n := copy(b, f.in)
	f.in = f.in[n:]
	return n, nil
}

const faultSource = `
#include <stdio.h>
#include <stdexcept>
static int began, table[3000];
int *last = &table[2999];
struct Noter { Noter() { began = 40; } ~Noter() { began = 0; } };
static Noter noter;
extern "C" int answer(int n) {
	try { if (n) throw std::runtime_error("far away"); }
	catch (std::exception &) { *last += 2; }
	return began + *last;
}
`

// session does what a controller does with an executor: it loads a module with constructors, unwind tables and debug information, calls it, looks at its memory, and removes it.
func useRemote(p *Process, object []byte) (err error) {
	engine, err := mcjit.New(mcjit.WithMemoryManager(memmgr.NewRemote(p, 0)), mcjit.WithProcess(p), mcjit.WithSymbolResolver(runtimedyld.ResolveIn(p)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	if _, err := p.OpenLibrary("libstdc++.so.6"); err != nil {
		return err
	}
	engine.RegisterJITEventListener(gdbjit.NewRemoteListener(p))
	m, err := engine.AddObject(objimage.NewBuffer("fault.o", object))
	if err != nil {
		return err
	}
	if err := engine.FinalizeObject(); err != nil {
		return err
	}
	if err := engine.Initialize(); err != nil {
		return err
	}
	answer, err := engine.FunctionAddress("answer")
	if err != nil {
		return err
	}
	if got, err := p.Call(answer, 1); err != nil || int32(got) != 42 {
		return errors.Join(fmt.Errorf("answer: %d", int32(got)), err)
	}
	last, err := engine.GlobalValueAddress("last")
	if err != nil {
		return err
	}
	if b, err := p.ReadMemory(last, 8); err != nil || len(b) != 8 {
		return errors.Join(errors.New("ReadMemory"), err)
	}
	return engine.RemoveModule(m)
}

// A faultPeer starts an executor, and returns the connection; ended waits for its end, and says what it has left.
type faultPeer struct {
	name  string
	start func(t *testing.T, f *faulty) (ended func() error)
	own   bool // it is a process of its own
}

// serveVariable has the test program be an executor.
const serveVariable = "GOMCJIT_EPC_TEST_SERVE"

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) == "" {
		os.Exit(m.Run())
	}
	var in, out int
	if _, err := fmt.Sscanf(os.Args[1], "filedescs=%d,%d", &in, &out); err != nil {
		panic(err)
	}
	rw, err := Descriptors(in, out)
	if err != nil {
		panic(err)
	}
	s, err := NewServer(testHost())
	if err != nil {
		panic(err)
	}
	if err := s.Serve(context.Background(), rw); err != nil {
		os.Exit(3)
	}
}

var faultPeers = []faultPeer{
	{"in this process", startHere, false},
	{"ours", func(t *testing.T, f *faulty) func() error {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), serveVariable+"=1", "GORACE=atexit_sleep_ms=0")
		return startFaulty(t, cmd, f)
	}, true},
	{"LLVM's", func(t *testing.T, f *faulty) func() error {
		return startFaulty(t, exec.Command(tool(t, "llvm-jitlink-executor-14", "llvm-14")), f)
	}, true},
}

// endsWithin is how long an executor may take to end that has lost its controller: more than it needs where nothing else is at work.
const endsWithin = 5 * time.Second

// startHere serves the connection in this process.
func startHere(t *testing.T, f *faulty) func() error {
	s, err := NewServer(testHost(), WithPatience(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	here, there := net.Pipe()
	f.ReadWriteCloser = here
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), there) }()
	return func() error {
		select {
		case err := <-served:
			if errors.Is(err, ErrRunning) {
				return err
			}
			return nil
		case <-time.After(endsWithin):
			return errors.New("the server has not ended")
		}
	}
}

// startFaulty starts an executor.
func startFaulty(t *testing.T, cmd *exec.Cmd, f *faulty) func() error {
	childIn, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, childOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{childIn, childOut}
	cmd.Args = append(cmd.Args, "filedescs=3,4")
	err = cmd.Start()
	childIn.Close()
	childOut.Close()
	if err != nil {
		t.Fatal(err)
	}
	f.ReadWriteCloser, f.child = Files(in, out), cmd.Process
	return func() error {
		late := time.AfterFunc(endsWithin, func() { cmd.Process.Kill() })
		_ = cmd.Wait() // it may have been killed, or have crashed
		if !late.Stop() {
			return errors.New("the executor has not ended")
		}
		return nil
	}
}

// withFault uses an executor, with a fault or without one, and returns how many calls and answers there were, and the error.
func withFault(t *testing.T, peer *faultPeer, object []byte, fault *fault, call, reply int) (calls, replys int, err error) {
	t.Helper()
	f := newFaulty(nil)
	f.fault, f.call, f.reply = fault, call, reply
	ended := peer.start(t, f)
	timeout := 10 * time.Second
	if fault != nil && fault.mayHang() {
		timeout = hostileTimeout
	}
	p, err := Connect(context.Background(), f, WithTimeout(timeout), WithHeartbeat(timeout/4))
	if err != nil {
		f.Close()
		return 0, 0, errors.Join(err, ended())
	}
	err = useRemote(p, object)
	f.mu.Lock()
	if d := time.Since(f.happened); !f.happened.IsZero() && fault.mayHang() && d > timeout+timeout/4+time.Second {
		t.Errorf("%s: %s (call %d, answer %d): it took %v", peer.name, fault.name, call, reply, d)
	}
	f.mu.Unlock()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if fault != nil && fault.then == hangs && f.child != nil {
		f.child.Kill() // it may stand still
	}
	if err := ended(); err != nil && !(fault != nil && peer.name == "LLVM's") { // which hangs on garbage
		t.Error(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock() // a message that nobody waits for may still be on its way
	return f.calls, f.replys, err
}

// mayHang says that the other end's silence may be how the fault is found out: a message without meaning has no answer either.
func (f *fault) mayHang() bool { return f.then == hangs || f.then == goesOn && !f.refused }

// TestFaults has every fault happen to every message of a session, in both directions, with each executor: there is an error, in time, and nothing is left on either side.
func TestFaults(t *testing.T) {
	object := testenv.CompileBytes(t, "g++", testenv.CXX, faultSource, "-O1", "-g", "-fPIC")
	for i := range faultPeers {
		peer := &faultPeers[i]
		calls, replys, err := withFault(t, peer, object, nil, 0, 0)
		if err != nil {
			t.Fatalf("%s: %v", peer.name, err)
		}
		if calls < 10 || replys != calls {
			t.Fatalf("%s: %d calls, %d answers", peer.name, calls, replys)
		}
		list := faults
		if peer.own {
			list = append(list[:len(list):len(list)], childFaults...)
		}
		// Stacks for C, code of callbacks and the like stay for those who come next.
		manyFaults(t, peer, object, []fault{{name: "nothing", do: deliver, refused: true}}, calls)
		before := leftovers(t)
		manyFaults(t, peer, object, list, calls)
		checkLeftovers(t, before)
	}
}

// atWork is how many sessions there are at a time. Most wait for a deadline.
const atWork = 24

// manyFaults has faults happen to each call and each answer.
func manyFaults(t *testing.T, peer *faultPeer, object []byte, list []fault, calls int) {
	var all sync.WaitGroup
	slots := make(chan struct{}, atWork)
	one := func(f *fault, call, reply int) {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			_, _, err := withFault(t, peer, object, f, call, reply)
			// Garbage may be an answer that makes sense, to those calls that return nothing; and nobody minds what happens after the last answer.
			if err == nil && f.then != goesOn && (f.name != afterwards || max(call, reply) < calls) {
				t.Errorf("%s: %s (call %d, answer %d): no error", peer.name, f.name, call, reply)
			}
		})
	}
	for i := range list {
		if !peer.own && list[i].then == goesOn && !list[i].refused {
			continue // our own memory would be garbled
		}
		for n := 1; n <= calls; n++ {
			one(&list[i], n, 0)
			if !list[i].calls {
				one(&list[i], 0, n)
			}
		}
	}
	all.Wait()
}

// A leftover counts what sessions might leave in this process. The mappings are code, and address space of services.
type leftover struct{ goroutines, files, mappings int }

func leftovers(t *testing.T) leftover {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		f := strings.Fields(line)
		fmt.Sscanf(line, "%x-%x", &from, &to)
		const stack = 8 << 20 // guards of C stacks have the size of what is looked for, and begin at a multiple of that
		if len(f) == 5 && (f[1] == "r-xp" || f[1] == "---p" && to-from == namesSize && from%stack != 0) {
			n++
		}
	}
	return leftover{runtime.NumGoroutine(), len(files), n}
}

// checkLeftovers waits until no more is left than there was.
func checkLeftovers(t *testing.T, before leftover) {
	t.Helper()
	var after leftover
	for range 50 {
		after = leftovers(t)
		if after.goroutines <= before.goroutines && after.files <= before.files && after.mappings <= before.mappings {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("left: %+v, before: %+v", after, before)
}

// TestRefusals has an executor refuse each reservation and each finalization of a session in turn, because it is asked for what cannot be. Whoever has asked gets the executor's words, and has left nothing
// over there that was not there before.
func TestRefusals(t *testing.T) {
	object := testenv.CompileBytes(t, "g++", testenv.CXX, faultSource, "-O1", "-g", "-fPIC")
	for i := range faultPeers {
		peer := &faultPeers[i]
		if !peer.own {
			continue
		}
		t.Run(peer.name, func(t *testing.T) {
			f := newFaulty(nil)
			ended := peer.start(t, f)
			p, err := Connect(context.Background(), f)
			if err != nil {
				t.Fatal(err)
			}
			if err := useRemote(p, object); err != nil { // what it makes once: the bridge, arenas of malloc
				t.Fatal(err)
			}
			refusals := 0
			for n := 1; ; n++ {
				before := executorMaps(t, f.child.Pid)
				first := f.calls
				f.fault, f.call = &fault{do: func(m []byte, _ *os.Process) []byte { return p.makeImpossible(m) }, refused: true}, first+n
				err := useRemote(p, object)
				var said *RemoteError
				if errors.As(err, &said) {
					refusals++
				} else if err != nil {
					t.Fatalf("call %d: %v", n, err)
				}
				if after := executorMaps(t, f.child.Pid); after != before {
					t.Errorf("call %d: the executor had\n%s\nand has\n%s", n, before, after)
				}
				if f.calls < f.call {
					break
				}
			}
			if refusals < 4 { // two reservations, two finalizations
				t.Errorf("%d refusals", refusals)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if err := ended(); err != nil {
				t.Error(err)
			}
		})
	}
}

// makeImpossible changes a reservation into one of more than there is, and a finalization into one beyond its reservation. Others stay.
func (p *Process) makeImpossible(m []byte) []byte {
	switch executor.Addr(binary.LittleEndian.Uint64(m[24:])) {
	case p.symbols[nameReserve]:
		return number(m, 8, 1<<62)
	case p.symbols[nameReserveNear]:
		return number(m, 0, 1<<62)
	case p.symbols[nameFinalize]:
		return number(m, 8+8+1+8, 1<<40) // the size of the first segment
	}
	return m
}

// executorMaps returns the mappings of a process that are nobody's but the session's: anonymous ones of code, and read-only ones.
func executorMaps(t *testing.T, pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 5 && (f[1] == "r-xp" || f[1] == "r--p") {
			list.WriteString(line)
		}
	}
	return list.String()
}

// stopProcess makes a process stand still.
func stopProcess(p *os.Process) {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		panic(err)
	}
}
