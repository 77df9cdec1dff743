package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/epc"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/executor/threads"
	"github.com/gomcjit/gomcjit/gdbjit"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// This file is mcjit run in another process: it links here, for addresses there.

// connect reaches the executor that the command line names, or starts it.
func (c *cli) connect(o *runOptions) (*epc.Process, error) {
	ctx := context.Background()
	opts := []epc.Option{epc.WithCallTimeout(o.timeout)}
	if o.tokenFile != "" {
		token, err := readToken(o.tokenFile)
		if err != nil {
			return nil, err
		}
		opts = append(opts, epc.WithToken(token))
	}
	if o.isolated {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		return c.startExecutor(ctx, exec.Command(self, "executor"), epc.Filedescs, opts)
	}
	where := strings.TrimPrefix(o.remote, "epc:")
	if path, ok := strings.CutPrefix(where, "unix:"); ok {
		return epc.Dial(ctx, "unix", path, opts...)
	}
	if program, err := exec.LookPath(where); err == nil {
		style := epc.Filedescs
		if strings.HasPrefix(filepath.Base(program), "lli-child-target") {
			style = epc.Numbers
		}
		return c.startExecutor(ctx, exec.Command(program), style, opts)
	}
	return epc.Dial(ctx, "tcp", where, opts...)
}

// startExecutor starts an executor with this process's streams.
func (c *cli) startExecutor(ctx context.Context, cmd *exec.Cmd, style epc.Style, opts []epc.Option) (*epc.Process, error) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, c.stdout, c.stderr
	return epc.Start(ctx, cmd, style, opts...)
}

// belowLibraries is how far below the process's libraries memory is asked for, at least and at random up to twice as far, so that code that reaches their variables directly does. A process that is attached to time and again
// gets other addresses each time: see ptrace.WithGuardian, which takes what the process has kept of former ones for references.
const belowLibraries = 256 << 20

// aboveProgram is how far above the entry of a program without libraries memory is asked for, so that code and the program reach each other.
const aboveProgram = 64 << 20

func newRemoteSession(log *logrus.Logger, p remoteProcess, more ...mcjit.Option) (*session, error) {
	near, err := p.Lookup("stderr")
	if err != nil {
		return nil, err
	}
	if near[0] > 2*belowLibraries {
		near[0] = (near[0] - belowLibraries - rand.N(executor.Addr(belowLibraries))) &^ executor.Addr(p.PageSize()-1)
	} else if program, ok := p.(interface{ Entry() executor.Addr }); ok && program.Entry() != 0 {
		near[0] = program.Entry() + aboveProgram
	}
	s := &session{memory: newRecorder(memmgr.NewRemote(p, near[0])), log: log, remote: p}
	options := []mcjit.Option{mcjit.WithMemoryManager(s.memory), mcjit.WithProcess(p), mcjit.WithSymbolResolver(runtimedyld.ResolveIn(p)), mcjit.WithLogger(log)}
	if target, ok := p.(*epc.Process); ok { // which goes with the program, or is gone when nobody needs it any more
		options = append(options, mcjit.WithThreadStorage(threads.NewRemote(target)))
	}
	s.engine, err = mcjit.New(append(options, more...)...)
	if target, ok := p.(gdbjit.Target); ok && err == nil {
		s.engine.RegisterJITEventListener(gdbjit.NewRemoteListener(target))
	}
	return s, err
}

// openRemote opens a shared library over there. Its symbols are the process's from now on.
func (s *session) openRemote(path string) error {
	_, err := s.remote.OpenLibrary(path)
	return err
}

// openRemoteByName opens a library by the name that linkers take. What lib*.so is on machines with compilers may be text for the linker; libraries have versions.
func (s *session) openRemoteByName(name string) error {
	if strings.Contains(name, "/") {
		return s.openRemote(name)
	}
	err := s.openRemote("lib" + name + ".so")
	for version := 0; version < 10 && err != nil && s.remote.Err() == nil; version++ {
		if s.openRemote("lib"+name+".so."+strconv.Itoa(version)) == nil {
			return nil
		}
	}
	return err
}

// runRemote does what run does, in another process.
func (c *cli) runRemote(o *runOptions, log *logrus.Logger, files, arguments []string, calls []*call) error {
	if number, ok := strings.CutPrefix(o.remote, "pid:"); ok {
		return c.runPID(number, o, log, files, arguments, calls)
	}
	if address, ok := strings.CutPrefix(o.remote, "gdb:"); ok {
		return c.runGDB(address, o, log, files, arguments, calls)
	}
	p, err := c.connect(o)
	if err != nil {
		return err
	}
	s, err := newRemoteSession(log, p)
	if err == nil {
		err = c.runIn(s, o, files, arguments, calls)
	}
	return c.endRemote(p, err)
}

// endRemote ends an executor, in which something came to err. What the program did to the executor is the outcome then.
func (c *cli) endRemote(p *epc.Process, err error) error {
	closeErr := p.Close()
	if crash := new(crashError); errors.As(err, &crash) {
		return crash
	}
	if !errors.Is(err, epc.ErrDisconnected) || p.State() == nil {
		return errors.Join(err, closeErr)
	}
	// The program has ended the executor: by exit, or by a crash.
	if state := p.State(); state.Exited() {
		c.status = state.ExitCode()
		return nil
	}
	return fmt.Errorf("the program has crashed: %v", p.State())
}

func (c *cli) runIn(s *session, o *runOptions, files, arguments []string, calls []*call) (err error) {
	s.whole = o.whole
	watch := newStopwatch(nil)
	if o.time {
		watch = newStopwatch(c.stderr)
	}
	if err := c.link(s, o, files, calls, watch); err != nil {
		return err
	}
	watch.print()
	if err := c.drawMap(s, o.layout); err != nil || o.linkOnly {
		return err
	}
	if err := s.checkTarget(); err != nil {
		return err
	}
	start := time.Now()
	err = s.engine.Initialize()
	switch {
	case err != nil:
	case len(calls) > 0:
		err = c.makeRemoteCalls(s, calls)
	default:
		err = c.runRemoteMain(s, o, files[0], arguments)
	}
	watch.printRun(time.Since(start))
	if err == nil {
		err = s.engine.Deinitialize()
	}
	return explainCrash(s.engine, err)
}

// checkTarget makes sure that the code is for the executor's processor.
func (s *session) checkTarget() error {
	for _, m := range s.engine.Modules() {
		if img := m.Object().Image(); img != nil && !isFor(img, s.remote.Triple()) {
			return fmt.Errorf("%s is for %d-bit %v, and the executor for %s", m.Name(), img.Bits(), img.Arch(), s.remote.Triple())
		}
	}
	return nil
}

// isFor says whether an object is for processes of a target triple: x32 and ILP32 have the processor of those that have pointers of 64 bits.
func isFor(img *objimage.Object, triple string) bool {
	arch := archOfTriple(triple)
	wide := arch == objimage.ArchX86_64.String() || arch == objimage.ArchAArch64.String() || arch == objimage.ArchAArch64BE.String()
	return img.Arch().String() == arch && (img.Bits() == 64 || !wide)
}

// archOfTriple returns the architecture that a target triple begins with, by the name that objects' architectures have.
func archOfTriple(triple string) string {
	arch, _, _ := strings.Cut(triple, "-")
	switch {
	case strings.HasPrefix(arch, "powerpc"):
		return strings.Replace(arch, "powerpc", "ppc", 1)
	case strings.HasPrefix(arch, "armeb"):
		return "armeb"
	case arch == "arm64":
		return "aarch64"
	case strings.HasPrefix(arch, "arm"), strings.HasPrefix(arch, "thumb"):
		return "arm"
	case arch == "i486", arch == "i586", arch == "i686":
		return "i386"
	}
	return arch
}

func (c *cli) runRemoteMain(s *session, o *runOptions, argv0 string, arguments []string) error {
	addr, err := s.engine.FunctionAddress(o.entry)
	if err != nil {
		return err
	}
	if o.argv0 != "" {
		argv0 = o.argv0
	}
	c.status, err = s.remote.RunMain(context.Background(), addr, append([]string{argv0}, arguments...)...)
	c.status &= 0xff
	return err
}

func (c *cli) makeRemoteCalls(s *session, calls []*call) error {
	for _, call := range calls {
		addr, err := s.function(call.name, s.engine.FunctionAddress)
		if err != nil {
			return err
		}
		text, err := call.makeIn(s, addr)
		if err != nil {
			return fmt.Errorf("--call %s: %w", call.text, err)
		}
		if flush, ok := s.external("fflush"); ok && !s.live {
			if _, err := s.remote.Call(flush, 0); err != nil {
				return err
			}
		}
		if text != "" {
			fmt.Fprintln(c.stdout, text)
		}
	}
	return nil
}

// makeIn makes a call over there. Strings that it is given stay.
func (c *call) makeIn(s *session, addr executor.Addr) (string, error) {
	values := make([]executor.Value, len(c.args))
	for i, a := range c.args {
		switch a.value.Type() {
		case inprocess.Void:
			at, err := s.putString(a.text)
			if err != nil {
				return "", err
			}
			values[i] = executor.PointerValue(at)
		case inprocess.Float64:
			values[i] = executor.DoubleValue(a.value.Float())
		case inprocess.Float32:
			values[i] = executor.FloatValue(float32(a.value.Float()))
		case inprocess.Pointer:
			values[i] = executor.PointerValue(a.value.Pointer())
		default:
			values[i] = executor.IntValue(a.value.Int())
		}
	}
	v, err := s.remote.CallValues(context.Background(), addr, c.result.kind(), values...)
	if err != nil || c.result.typ == inprocess.Void {
		return "", err
	}
	if c.result.string && v.Bits != 0 {
		text, err := s.getString(executor.Addr(v.Bits))
		return strconv.Quote(text), err
	}
	return c.result.format(c.result.value(v))
}

// kind is the type to executors.
func (t ctype) kind() executor.ValueKind {
	switch t.typ {
	case inprocess.Float64:
		return executor.Double
	case inprocess.Float32:
		return executor.Float
	}
	return executor.Integer
}

// value is an executor's result as one of this type.
func (t ctype) value(v executor.Value) inprocess.Value {
	switch t.typ {
	case inprocess.Float64, inprocess.Float32:
		return inprocess.FloatValue(t.typ, v.Float())
	case inprocess.Bool:
		return inprocess.BoolValue(v.Bits&0xff != 0)
	case inprocess.Pointer:
		return inprocess.PointerValue(executor.Addr(v.Bits))
	}
	return inprocess.UintValue(t.typ, v.Bits)
}

// putString puts a string into memory of the executor's.
func (s *session) putString(text string) (executor.Addr, error) {
	content := append([]byte(text), 0)
	page := s.remote.PageSize()
	size := (uint64(len(content)) + page - 1) &^ (page - 1)
	at, err := s.remote.Reserve(size, 0)
	if err != nil {
		return 0, err
	}
	s.strings = append(s.strings, at)
	return at, s.remote.Install(at, []executor.Segment{{Prot: executor.MemRead | executor.MemWrite, Addr: at, Size: size, Content: content}})
}

// maxString is how long a string is believed to be that a function returns.
const maxString = 1 << 20

// getString reads a string in memory of the executor's, by the page.
func (s *session) getString(at executor.Addr) (string, error) {
	var text []byte
	page := s.remote.PageSize()
	for len(text) < maxString {
		b, err := s.remote.ReadMemory(at, page-uint64(at)%page)
		if err != nil {
			return "", err
		}
		if i := bytes.IndexByte(b, 0); i >= 0 {
			return string(append(text, b[:i]...)), nil
		}
		text = append(text, b...)
		at += executor.Addr(len(b))
	}
	return "", fmt.Errorf("the string at %v has no end", at)
}
