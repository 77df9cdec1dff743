//go:build linux && amd64

package gdbremote

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
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

// patience is far more than any stub needs on a machine that is busy.
const patience = 30 * time.Second

// build runs a compiler on a file of testdata.
func build(t *testing.T, compiler, pkg, source, name string, flags ...string) string {
	t.Helper()
	command := []string{testenv.NeedsTool(t, compiler, pkg), "-O1", "-fno-stack-protector", "-o", filepath.Join(t.TempDir(), name)}
	command = append(append(command, flags...), filepath.Join("testdata", source))
	if out, err := testenv.Run("", command...); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
	return command[4]
}

// start runs a stub, which ends with the test.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		_ = cmd.Wait() // it was killed, or has been waited for
	})
}

// dialUnix connects to a stub that is about to listen.
func dialUnix(t *testing.T, path string, opts ...Option) *Process {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		p, err := Dial(context.Background(), "unix", path, append(opts, WithTimeout(patience))...)
		if err == nil {
			return p
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// libgcc returns the library with what processors cannot do.
func libgcc(t *testing.T, compiler string) string {
	t.Helper()
	out, err := testenv.Run("", compiler, "-print-libgcc-file-name")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// engineFor links an object for a target, and runs its constructors.
func engineFor(t *testing.T, p *Process, near executor.Addr, objects ...string) *mcjit.ExecutionEngine {
	t.Helper()
	engine, err := mcjit.New(mcjit.WithMemoryManager(memmgr.NewRemote(p, near)), mcjit.WithProcess(p), mcjit.WithSymbolResolver(runtimedyld.ResolveIn(p)))
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		b, err := objimage.OpenBuffer(object)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(object, ".a") {
			err = engine.AddArchive(b)
		} else {
			_, err = engine.AddObject(b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := engine.Initialize(); err != nil {
		t.Fatal(err)
	}
	return engine
}

func addressOf(t *testing.T, engine *mcjit.ExecutionEngine, name string) executor.Addr {
	t.Helper()
	at, err := engine.FunctionAddress(name)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// checkCalls calls what testdata/linked.c has.
func checkCalls(t *testing.T, p *Process, engine *mcjit.ExecutionEngine) {
	t.Helper()
	function := func(name string) executor.Addr { return addressOf(t, engine, name) }
	if got, err := p.Call(function("answer")); int32(got) != 42 || err != nil {
		t.Errorf("answer: %d, %v", int32(got), err)
	}
	if got, err := p.Call(function("on"), 20); int32(got) != 41 || err != nil {
		t.Errorf("on: %d, %v", int32(got), err)
	}
	if got, err := p.Call(function("sum"), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10); int32(got) != 385 || err != nil {
		t.Errorf("sum: %d, %v", int32(got), err)
	}
	f, d, n := executor.FloatValue, executor.DoubleValue, executor.IntValue
	v, err := p.CallValues(context.Background(), function("mixed"), executor.Double, f(1), d(2), f(3), n(-4), f(5), d(6), f(7), f(8), d(9), f(10), d(11), f(12), d(13))
	if want := float64(1 + 4 + 9 - 16 + 25 + 36 + 49 + 64 + 81 + 100 + 121 + 144 + 169); v.Float() != want || err != nil {
		t.Errorf("mixed: %v, want %v; %v", v.Float(), want, err)
	}
	if v, err = p.CallValues(context.Background(), function("half"), executor.Float, f(-1.5)); v.Float() != -0.75 || err != nil {
		t.Errorf("half: %v, %v", v.Float(), err)
	}
	if status, err := p.RunMain(context.Background(), function("first"), "name", "argument"); status != 29 || err != nil {
		t.Errorf("as main: %d, %v", status, err)
	}
	_, err = p.Call(function("crash"))
	if fault := new(SignalError); !errors.As(err, &fault) || fault.Signal != sigSEGV {
		t.Errorf("crash: %v", err)
	}
	if got, err := p.Call(function("on"), 1); int32(got) != 3 || err != nil {
		t.Errorf("on, after a crash: %d, %v", int32(got), err)
	}
}

// TestEmulated links functions here for programs of other processors, which qemu-user runs, and runs them there. In the end the program, which goes on, calls one.
func TestEmulated(t *testing.T) {
	for _, m := range []struct {
		emulator, compiler, pkg string
		flags                   []string
	}{
		{"qemu-aarch64", "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", nil},
		{"qemu-arm", "arm-linux-gnueabihf-gcc", "gcc-arm-linux-gnueabihf", nil},
		{"qemu-arm", "arm-linux-gnueabihf-gcc", "gcc-arm-linux-gnueabihf", []string{"-marm", "-mfloat-abi=soft"}},
		{"qemu-riscv64", "riscv64-linux-gnu-gcc", "gcc-riscv64-linux-gnu", nil},
		{"qemu-ppc", "powerpc-linux-gnu-gcc", "gcc-powerpc-linux-gnu", nil},
		{"qemu-i386", "i686-linux-gnu-gcc", "gcc-i686-linux-gnu", nil},
		{"qemu-x86_64", "gcc", "gcc", nil},
	} {
		name := m.emulator
		for _, flag := range m.flags {
			name += flag
		}
		t.Run(name, func(t *testing.T) {
			emulator := testenv.NeedsTool(t, m.emulator, "qemu-user")
			program := build(t, m.compiler, m.pkg, "program.c", "program", append(m.flags, "-static", "-nostdlib", "-ffreestanding")...)
			object := build(t, m.compiler, m.pkg, "linked.c", "linked.o", append(m.flags, "-c", "-fPIC", "-ffreestanding")...)
			socket := filepath.Join(t.TempDir(), "stub")
			cmd := exec.Command(emulator, "-g", socket, program)
			start(t, cmd)
			file, err := os.Open(program)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			p := dialUnix(t, socket, WithProgram(file))
			engine := engineFor(t, p, p.Entry()+64<<20, object, libgcc(t, m.compiler))
			if !testenv.RaceDetector || m.emulator == "qemu-aarch64" {
				checkCalls(t, p, engine)
			}
			found, err := p.Lookup("handler")
			if err != nil || found[0] == 0 {
				t.Fatal("handler", found, err)
			}
			if err := p.WriteMemory(found[0], p.arch.append(nil, uint64(addressOf(t, engine, "on")), p.arch.word)); err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v", p.Traffic())
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 15 {
				t.Errorf("the program that called a function has ended with %v, want status 15", err)
			}
		})
	}
}

// stubs are those that run processes of this machine.
var stubs = map[string]func(t *testing.T, args ...string) (*exec.Cmd, func() *Process){
	"gdbserver":   startGDBServer,
	"lldb-server": startLLDBServer,
}

// startGDBServer starts gdbserver with a program, or to attach to a process, and returns what connects.
func startGDBServer(t *testing.T, args ...string) (*exec.Cmd, func() *Process) {
	cmd := exec.Command(testenv.NeedsTool(t, "gdbserver", "gdbserver"), "--once")
	if args[0] == "--attach" {
		cmd.Args = append(cmd.Args, "--attach")
		args = args[1:]
	}
	cmd.Args = append(append(cmd.Args, "127.0.0.1:0"), args...)
	says, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	return cmd, func() *Process {
		r := bufio.NewReader(says)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if port := regexp.MustCompile(`port (\d+)`).FindStringSubmatch(line); port != nil {
				go io.Copy(io.Discard, r)
				p, err := Dial(context.Background(), "tcp", "127.0.0.1:"+port[1], WithTimeout(patience))
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
		}
	}
}

// startLLDBServer does the same with lldb-server, which connects by itself.
func startLLDBServer(t *testing.T, args ...string) (*exec.Cmd, func() *Process) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	cmd := exec.Command(testenv.NeedsTool(t, "lldb-server", "lldb"), "gdbserver", "--reverse-connect", listener.Addr().String())
	if args[0] != "--attach" {
		args = append([]string{"--"}, args...)
	}
	cmd.Args = append(cmd.Args, args...)
	return cmd, func() *Process {
		listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
		c, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		p, err := Connect(context.Background(), c, WithTimeout(patience))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// TestStarted has stubs start a program of this machine, which is dynamically linked, and links C and C++ for it, before it has begun.
func TestStarted(t *testing.T) {
	program := build(t, "gcc", "gcc", "live.c", "live", "-rdynamic", "-pthread")
	object := build(t, "gcc", "gcc", "linked.c", "linked.o", "-c", "-fPIC")
	thrower := build(t, "g++", "g++", "thrower.cc", "thrower.o", "-c", "-fPIC")
	for name, stub := range stubs {
		t.Run(name, func(t *testing.T) {
			cmd, connect := stub(t, program)
			start(t, cmd)
			p := connect()
			defer p.Kill()
			if _, err := p.OpenLibrary("libstdc++.so.6"); err != nil {
				t.Fatal(err)
			}
			if _, err := p.OpenLibrary("no such library"); err == nil {
				t.Error("a library was opened that is not there")
			}
			found, err := p.Lookup("twice", "strlen", "__cxa_throw", "no such name")
			if err != nil || found[0] == 0 || found[1] == 0 || found[2] == 0 || found[3] != 0 {
				t.Fatal(found, err)
			}
			if n, err := p.Call(found[1], uint64(found[1])); err != nil { // an indirect function: it is the implementation that is called
				t.Errorf("strlen: %d, %v", n, err)
			}
			engine := engineFor(t, p, 0, object, thrower)
			checkCalls(t, p, engine)
			if got, err := p.Call(addressOf(t, engine, "attempt"), 41); int32(got) != 42 || err != nil {
				t.Errorf("an exception: %d, %v", int32(got), err)
			}
			checkMove(t, p, engine)
			checkDebuggers(t, p, object)
			checkInterrupt(t, p, engine)
			checkHeartbeat(t, p)
			found, _ = p.Lookup("exit")
			_, err = p.Call(found[0], 7)
			if ended := new(ExitError); !errors.As(err, &ended) || ended.Status != 7 {
				t.Errorf("exit: %v", err)
			}
		})
	}
}

// checkInterrupt calls a function that does not return, and another one afterwards.
func checkInterrupt(t *testing.T, p *Process, engine *mcjit.ExecutionEngine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.CallValues(ctx, addressOf(t, engine, "forever"), executor.Integer); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a function that does not return: %v", err)
	}
	if got, err := p.Call(addressOf(t, engine, "on"), 1); int32(got) != 3 || err != nil {
		t.Errorf("on, after an interruption: %d, %v", int32(got), err)
	}
}

// checkOthers calls a function that takes its time, and looks whether the other thread stands still meanwhile.
func checkOthers(t *testing.T, p *Process) {
	t.Helper()
	found, err := p.Lookup("rounds", "usleep")
	if err != nil || found[0] == 0 || found[1] == 0 {
		t.Fatal(found, err)
	}
	before, err := p.ReadMemory(found[0], 8)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Call(found[1], 20000); err != nil {
		t.Error(err)
	}
	if after, err := p.ReadMemory(found[0], 8); !bytes.Equal(after, before) || err != nil {
		t.Errorf("the other thread was at %x, and is at %x, %v", before, after, err)
	}
}

// checkMove moves a function of the program that what is linked calls: it is linked again there, while it is in use.
func checkMove(t *testing.T, p *Process, engine *mcjit.ExecutionEngine) {
	t.Helper()
	found, err := p.Lookup("abs", "twice")
	if err != nil || found[0] == 0 || found[1] == 0 {
		t.Fatal(found, err)
	}
	for i, want := range []int32{21, 41} {
		if _, err := engine.UpdateGlobalMapping("twice", found[i]); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Call(addressOf(t, engine, "on"), 20); int32(got) != want || err != nil {
			t.Errorf("on, when what it calls has moved: %d, %v; want %d", int32(got), err, want)
		}
	}
}

// checkHeartbeat calls a function that sleeps for many heartbeats.
func checkHeartbeat(t *testing.T, p *Process) {
	t.Helper()
	found, err := p.Lookup("usleep")
	if err != nil || found[0] == 0 {
		t.Fatal("usleep", found, err)
	}
	before := p.opts.heartbeat
	defer func() { p.opts.heartbeat = before }()
	p.opts.heartbeat = 20 * time.Millisecond
	const sleep = 300 * time.Millisecond
	start := time.Now()
	if n, err := p.Call(found[0], uint64(sleep.Microseconds())); int32(n) != 0 || err != nil {
		t.Errorf("a function that sleeps: %d, %v", int32(n), err)
	}
	if d := time.Since(start); d < sleep {
		t.Errorf("a function that sleeps for %v returns after %v", sleep, d)
	}
}

// checkDebuggers tells debuggers of two objects, and has them forget these.
func checkDebuggers(t *testing.T, p *Process, object string) {
	t.Helper()
	b, err := objimage.OpenBuffer(object)
	if err != nil {
		t.Fatal(err)
	}
	img, err := objimage.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	listener := gdbjit.NewRemoteListener(p)
	listener.All = true
	list := func() (sizes []uint64) {
		found, err := p.Lookup("__jit_debug_descriptor")
		if err != nil {
			t.Fatal(err)
		}
		for at := found[0] + 16; ; {
			entry, err := p.ReadMemory(at, 8)
			if err != nil {
				t.Fatal(err)
			}
			if at = executor.Addr(littleEndian(entry)); at == 0 {
				return sizes
			}
			words, err := p.ReadMemory(at, 32)
			if err != nil {
				t.Fatal(err)
			}
			if file, err := p.ReadMemory(executor.Addr(littleEndian(words[16:])), 4); string(file) != "\x7fELF" || err != nil {
				t.Errorf("the list has %q, %v", file, err)
			}
			sizes = append(sizes, littleEndian(words[24:]))
		}
	}
	image := objimage.NewImage(img, func(int) (uint64, bool) { return 0x1000, true })
	for key := range uint64(2) {
		if err := listener.NotifyObjectLoaded(key, image); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(object)
	if err != nil {
		t.Fatal(err)
	}
	if sizes := list(); len(sizes) != 2 || sizes[0] != uint64(info.Size()) {
		t.Errorf("debuggers know objects of %v bytes, and they have %d", sizes, info.Size())
	}
	for key := range uint64(2) {
		if err := listener.NotifyFreeingObject(key); err != nil {
			t.Error(err)
		}
	}
	found, err := p.Lookup("told")
	if err != nil {
		t.Fatal(err)
	}
	if told, err := p.ReadMemory(found[0], 4); littleEndian(told) != 4 || err != nil || len(list()) != 0 {
		t.Errorf("debuggers were told %d times, %v", told, err)
	}
}

// TestAttached has stubs attach to a process with two threads, in a system call and in the middle of computing. It goes on afterwards, and nothing is left in it.
func TestAttached(t *testing.T) {
	program := build(t, "gcc", "gcc", "live.c", "live", "-pthread")
	object := build(t, "gcc", "gcc", "linked.c", "linked.o", "-c", "-fPIC")
	for name, stub := range stubs {
		t.Run(name, func(t *testing.T) {
			live := exec.Command(program)
			ask, err := live.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := live.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			start(t, live)
			says := bufio.NewReader(out)
			if line, err := says.ReadString('\n'); line != "ready\n" {
				t.Fatal(line, err)
			}
			before := mapsOf(t, live.Process.Pid)

			cmd, connect := stub(t, "--attach", strconv.Itoa(live.Process.Pid))
			start(t, cmd)
			p := connect()
			f, err := os.Open(program)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			p.opts.program = f
			if err := p.openProgram(); err != nil {
				t.Fatal(err)
			}
			engine := engineFor(t, p, 0, object)
			checkCalls(t, p, engine)
			checkOthers(t, p)
			checkInterrupt(t, p, engine)
			if err := engine.Close(); err != nil {
				t.Error(err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			for range 3 {
				if _, err := io.WriteString(ask, "x"); err != nil {
					t.Fatal(err)
				}
				if line, err := says.ReadString('\n'); line != "goes on 0\n" {
					t.Errorf("%q, %v", line, err)
				}
			}
			if after := mapsOf(t, live.Process.Pid); after != before {
				t.Errorf("mappings before:\n%s\nand after:\n%s", before, after)
			}
			ask.Close()
			if err := live.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// mapsOf returns the mappings of a process, but for its stack, which grows, and its heap.
func mapsOf(t *testing.T, pid int) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	var kept []byte
	for line := range bytes.Lines(b) {
		if !bytes.Contains(line, []byte("[stack]")) && !bytes.Contains(line, []byte("[heap]")) {
			kept = append(kept, line...)
		}
	}
	return string(kept)
}

// TestBoard runs functions on a board without an operating system, in a given range of its memory.
func TestBoard(t *testing.T) {
	for _, m := range []struct {
		emulator, machine, compiler, pkg string
		start, end                       executor.Addr
		flags                            []string
	}{
		{"qemu-system-aarch64", "virt", "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", 0x4010_0000, 0x4020_0000, []string{"-mgeneral-regs-only"}},
		{"qemu-system-arm", "lm3s6965evb", "arm-linux-gnueabihf-gcc", "gcc-arm-linux-gnueabihf", 0x2000_0000, 0x2000_8000, []string{"-mcpu=cortex-m3", "-mthumb", "-mfloat-abi=soft"}},
	} {
		t.Run(m.machine, func(t *testing.T) {
			emulator := testenv.NeedsTool(t, m.emulator, "qemu-system-arm")
			object := filepath.Join(t.TempDir(), "board.o")
			source := "static int table[20], *last = &table[19];\nint count(int n) { return *last += n; }\nint half(int x) { return x / 2; }\n"
			if err := os.WriteFile(object, testenv.CompileBytes(t, m.compiler, testenv.C, source, append(m.flags, "-O1", "-ffreestanding")...), 0o600); err != nil {
				t.Fatal(err)
			}
			socket := filepath.Join(t.TempDir(), "stub")
			args := []string{"-M", m.machine, "-S", "-gdb", "unix:" + socket + ",server=on,wait=off", "-display", "none", "-serial", "null", "-monitor", "none", "-nic", "none"}
			if m.machine == "virt" {
				args = append(args, "-cpu", "cortex-a57")
			}
			start(t, exec.Command(emulator, args...))
			p := dialUnix(t, socket, WithRange(m.start, m.end))
			defer p.Kill()
			engine := engineFor(t, p, 0, object)
			if got, err := p.Call(addressOf(t, engine, "half"), 84); int32(got) != 42 || err != nil {
				t.Errorf("half: %d, %v", int32(got), err)
			}
			for want := range 3 {
				if got, err := p.Call(addressOf(t, engine, "count"), 1); int(got) != want+1 || err != nil {
					t.Errorf("count: %d, %v", int32(got), err)
				}
			}
			if err := engine.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
