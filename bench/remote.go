package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/epc"
	"github.com/gomcjit/gomcjit/executor/gdbremote"
	"github.com/gomcjit/gomcjit/executor/ptrace"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// This file links sets for other processes, over every transport, and runs them there.

// A target is a process that modules are linked for.
type target interface {
	executor.Process
	executor.Memory
	executor.Symbols
	Close() error
}

// A transport is a way into another process.
type transport struct {
	engine string // by which results name it; with oneByOne, where modules are finalized one by one
	tool   string // what has to be installed for it, "" if nothing has
	// start starts a process and gets into it. The process ends when the context does.
	start func(ctx context.Context) (target, error)
}

var transports = []transport{
	{remotePipes, "", startPipes},
	{remoteUnix, "", func(ctx context.Context) (target, error) { return startListening(ctx, "unix") }},
	{remoteTCP, "", func(ctx context.Context) (target, error) { return startListening(ctx, "tcp") }},
	{remoteLLVM, llvmExecutor, func(ctx context.Context) (target, error) {
		return epc.Start(ctx, exec.CommandContext(ctx, llvmExecutor), epc.Filedescs)
	}},
	{remotePtrace, "", startPtrace},
	{remoteGDB, "gdbserver", startGDB},
}

// oneByOne ends the names of engines that finalize modules one by one.
const oneByOne = "-each"

func transportEngines(suffix string) (engines []string) {
	for _, name := range []string{remotePipes, remoteUnix, remoteTCP, remoteLLVM, remotePtrace, remoteGDB} {
		engines = append(engines, name+suffix)
	}
	return engines
}

// llvmExecutor is LLVM's own executor.
const llvmExecutor = "llvm-jitlink-executor-14"

// serveVariable has this program be an executor: controllers give no further arguments than where they are.
const serveVariable = "GOMCJIT_BENCH_SERVE"

func serving(cmd *exec.Cmd) *exec.Cmd {
	cmd.Env = append(os.Environ(), serveVariable+"=1")
	cmd.Stderr = os.Stderr
	return cmd
}

func startPipes(ctx context.Context) (target, error) {
	return epc.Start(ctx, serving(exec.CommandContext(ctx, os.Args[0])), epc.Filedescs)
}

// startListening starts an executor that listens, which says where on its standard output.
func startListening(ctx context.Context, network string) (target, error) {
	cmd := serving(exec.CommandContext(ctx, os.Args[0], "listen="+network))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	where, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(err, cmd.Wait())
	}
	return epc.Dial(ctx, network, strings.TrimSpace(where))
}

// serve is an executor, until its controller has gone.
func serve(args []string) error {
	host := epc.Host{Open: func(path string) (epc.Library, error) {
		if path == "" {
			return hostlib.Process(), nil
		}
		return hostlib.Open(path)
	}}
	s, err := epc.NewServer(host, epc.WithoutToken()) // as LLVM's, with which it is compared
	if err != nil {
		return err
	}
	if len(args) != 1 {
		return errors.New("an executor has one argument")
	}
	var in, out int
	if _, err := fmt.Sscanf(args[0], "filedescs=%d,%d", &in, &out); err == nil {
		rw, err := epc.Descriptors(in, out)
		if err != nil {
			return err
		}
		return s.Serve(context.Background(), rw)
	}
	network, address := strings.TrimPrefix(args[0], "listen="), ":0"
	if network == "unix" {
		dir, err := os.MkdirTemp("", "bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		address = filepath.Join(dir, "socket")
	}
	return s.ServeOne(context.Background(), network, address, func(at net.Addr) { fmt.Println(at) })
}

// sleepers are the processes that startSleeping has started: this one must not end before them.
var sleepers sync.WaitGroup

// startSleeping starts a process that knows nothing of us.
func startSleeping(ctx context.Context) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, "sleep", "1000")
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	sleepers.Go(func() {
		<-ctx.Done()   // nobody waits for a child that is traced: see ptrace.Attach
		_ = cmd.Wait() // it has been killed
	})
	for range 1000 {
		if sleeps(cmd.Process.Pid) {
			return cmd, nil
		}
		time.Sleep(500 * time.Microsecond)
	}
	return nil, errors.New("a program that sleeps does not")
}

// sleeps says whether a process has its C library, and waits in a system call.
func sleeps(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	maps, mapsErr := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	return err == nil && mapsErr == nil && strings.Contains(string(stat), ") S ") && strings.Contains(string(maps), "libc")
}

func startPtrace(ctx context.Context) (target, error) {
	cmd, err := startSleeping(ctx)
	if err != nil {
		return nil, err
	}
	return ptrace.Attach(cmd.Process.Pid)
}

func startGDB(ctx context.Context) (target, error) {
	cmd, err := startSleeping(ctx)
	if err != nil {
		return nil, err
	}
	server := exec.CommandContext(ctx, "gdbserver", "--once", "--attach", "127.0.0.1:0", fmt.Sprint(cmd.Process.Pid))
	says, err := server.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(says); lines.Scan(); {
		if port, ok := strings.CutPrefix(lines.Text(), "Listening on port "); ok {
			go io.Copy(io.Discard, says)
			return gdbremote.Dial(ctx, "tcp", "127.0.0.1:"+port)
		}
	}
	return nil, errors.New("gdbserver does not listen")
}

// roundTrips returns how often a target was asked, and how many bytes it was sent, as far as it counts that.
func roundTrips(t target) (trips, sent uint64, ok bool) {
	switch t := t.(type) {
	case interface{ Traffic() epc.Traffic }:
		traffic := t.Traffic()
		return traffic.RoundTrips, traffic.Sent, true
	case interface{ Traffic() gdbremote.Traffic }:
		traffic := t.Traffic()
		return traffic.RoundTrips, traffic.Sent, true
	case interface{ Traffic() ptrace.Traffic }:
		traffic := t.Traffic()
		return traffic.SystemCalls, traffic.Written, true
	}
	return 0, 0, false
}

// remoteEngines are what children know of transports.
func remoteEngines(engines map[string]func(*child) error) map[string]func(*child) error {
	for _, t := range transports {
		engines[t.engine] = func(c *child) error { return c.remote(&t, false) }
		engines[t.engine+oneByOne] = func(c *child) error { return c.remote(&t, true) }
	}
	return engines
}

// remote links the set for another process, all modules together or one by one, and calls mn_check there.
func (c *child) remote(by *transport, each bool) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer sleepers.Wait()
	defer cancel()
	t, err := by.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	e, err := mcjit.New(mcjit.WithMemoryManager(memmgr.NewRemote(t, 0)), mcjit.WithProcess(t), mcjit.WithSymbolResolver(runtimedyld.ResolveIn(t)), mcjit.WithGDB(mcjit.GDBOff))
	if err != nil {
		return err
	}
	tripsBefore, sentBefore, counted := roundTrips(t)
	start := time.Now()
	for _, buffer := range c.buffers {
		if _, err := e.AddObject(buffer.Retain()); err != nil {
			return err
		}
		if each {
			if err := e.FinalizeObject(); err != nil {
				return err
			}
		}
	}
	if err := e.FinalizeObject(); err != nil {
		return err
	}
	linked, modules := time.Since(start), float64(len(c.buffers))
	c.sample(figRemote, float64(linked)/modules)
	c.sample(figRate, float64(c.result.LoadedBytes)/linked.Seconds())
	if trips, sent, _ := roundTrips(t); counted {
		c.sample(figTrips, float64(trips-tripsBefore)/modules)
		c.sample(figSent, float64(sent-sentBefore)/modules)
	}
	check, err := e.FunctionAddress("mn_check")
	if err != nil {
		return err
	}
	v, err := t.Call(check, 2)
	if err != nil {
		return err
	}
	value := uint32(v)
	c.result.Check = &value
	return e.Close()
}
