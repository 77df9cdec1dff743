package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gomcjit/gomcjit/bench/objgen"
)

// LLVM's controllers are whole programs, so that our programs are measured whole beside them: from the start of the controller to its end, which has started an executor, linked the set, and run mn_check there.

// The set that is linked for other processes: 100 modules, and one that refers to them.
const remoteSet = "many-100"

// A controller is one of LLVM's.
type controller struct {
	engine, program, executor string
	args                      func(executor string, in *remoteInputs) []string
}

var controllers = []controller{
	{jitlinkRemote, "llvm-jitlink-14", llvmExecutor, func(executor string, in *remoteInputs) []string {
		return append([]string{"-oop-executor=" + executor, in.object}, in.objects...)
	}},
	{lliRemote, "lli-14", "lli-child-target-14", func(executor string, in *remoteInputs) []string {
		return []string{"-jit-kind=mcjit", "-remote-mcjit", "-mcjit-remote-process=" + executor, "-extra-archive=" + in.archive, in.ir}
	}},
}

// remoteInputs are the set in the forms in which controllers take it, with a program that returns the low bits of mn_check(2).
type remoteInputs struct {
	objects             []string
	object, ir, archive string
}

// checkMask are the bits of mn_check(2) that are compared. An exit status has another one besides, by which it is told from those of failures:
// LLVM's tools end with 74 when a peer has closed its pipe (sysexits.h's EX_IOERR).
const (
	checkMask = 63
	checkMark = 128
)

const (
	checkSource = "int mn_check(int);\nint main(void) { return (mn_check(2) & %d) | %d; }\n"
	checkIR     = "declare i32 @mn_check(i32)\ndefine i32 @main() {\n  %%v = call i32 @mn_check(i32 2)\n  %%m = and i32 %%v, %d\n  %%s = or i32 %%m, %d\n  ret i32 %%s\n}\n"
)

func newRemoteInputs(ctx context.Context, dir string, set *objgen.Set) (*remoteInputs, error) {
	list, err := os.ReadFile(set.List)
	if err != nil {
		return nil, err
	}
	in := &remoteInputs{object: filepath.Join(dir, "main.o"), ir: filepath.Join(dir, "main.ll"), archive: filepath.Join(dir, "set.a")}
	for line := range strings.Lines(string(list)) {
		in.objects = append(in.objects, filepath.Join(filepath.Dir(set.List), strings.TrimSpace(line)))
	}
	source := filepath.Join(dir, "main.c")
	if err := errors.Join(os.WriteFile(source, fmt.Appendf(nil, checkSource, checkMask, checkMark), 0o666), os.WriteFile(in.ir, fmt.Appendf(nil, checkIR, checkMask, checkMark), 0o666)); err != nil {
		return nil, err
	}
	for _, command := range [][]string{{"gcc", "-O1", "-fPIC", "-c", "-o", in.object, source}, append([]string{"ar", "rcs", in.archive}, in.objects...)} {
		if out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w: %s", command[0], err, out)
		}
	}
	return in, nil
}

// measureRemote links a set for other processes over every transport, and has LLVM's controllers do the same, in turn.
func (b *bench) measureRemote(ctx context.Context, name string) error {
	set, err := b.set(ctx, name)
	if set == nil {
		return err
	}
	if !slices.Contains(b.sets, name) {
		b.sets = append(b.sets, name)
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	in, err := newRemoteInputs(ctx, dir, set)
	if err != nil {
		return err
	}
	values := map[string]*uint32{}
	var loaded uint64 // of the set
	for round := range b.rounds {
		for _, t := range transports {
			if _, err := exec.LookPath(t.tool); t.tool != "" && err != nil {
				b.note("left out: %s: %s is not installed", label(t.engine), t.tool)
				continue
			}
			for _, engine := range []string{t.engine, t.engine + oneByOne} {
				b.progress("%s, round %d of %d: %s", set.Name, round+1, b.rounds, label(engine))
				start := time.Now()
				res, err := b.runner.run(ctx, engine, set.List, once)
				if err != nil {
					b.fail(set.Name, engine, err)
					continue
				}
				res.Samples[figProgram] = []float64{float64(time.Since(start))}
				loaded = res.LoadedBytes
				b.results.add(set.Name, engine, res)
				values[engine] = masked(res.Check)
			}
		}
		for _, c := range controllers {
			b.progress("%s, round %d of %d: %s", set.Name, round+1, b.rounds, label(c.engine))
			res, err := b.runController(ctx, &c, in, loaded, dir)
			if err != nil {
				b.fail(set.Name, c.engine, err)
				continue
			}
			b.results.add(set.Name, c.engine, res)
			values[c.engine] = res.Check
		}
	}
	b.compareValues(set.Name+" in another process", values)
	return ctx.Err()
}

// masked returns the bits that are compared.
func masked(v *uint32) *uint32 {
	if v == nil {
		return nil
	}
	low := *v & checkMask
	return &low
}

// runController runs one of LLVM's controllers twice: by the clock, and with a relay before its executor that counts.
func (b *bench) runController(ctx context.Context, c *controller, in *remoteInputs, loaded uint64, dir string) (*Result, error) {
	executor, err := exec.LookPath(c.executor)
	if err != nil {
		return nil, fmt.Errorf("%s is not installed", c.executor)
	}
	spent, check, err := c.run(ctx, executor, in)
	if err != nil {
		return nil, err
	}
	counts := filepath.Join(dir, "counts")
	if _, _, err := c.run(ctx, b.runner.self, in, relayVariable+"="+executor, relayCounts+"="+counts); err != nil {
		return nil, err
	}
	var counted relayed
	text, err := os.ReadFile(counts)
	if err == nil {
		err = json.Unmarshal(text, &counted)
	}
	if err != nil {
		return nil, err
	}
	modules := float64(len(in.objects))
	return &Result{Engine: c.engine, Check: check, Samples: map[string][]float64{
		figProgram: {float64(spent)}, figRate: {float64(loaded) / spent.Seconds()}, figTrips: {float64(counted.Calls) / modules}, figSent: {float64(counted.Sent) / modules},
	}}, nil
}

// run runs a controller, and returns what it took and its status. llvm-jitlink often crashes or hangs when it is done (llvm/llvm-project#196830), and is run again then, as after an error that it tells of.
func (c *controller) run(ctx context.Context, executor string, in *remoteInputs, env ...string) (spent time.Duration, status *uint32, err error) {
	for range 10 {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		cmd := exec.CommandContext(attempt, c.program, c.args(executor, in)...)
		cmd.Env = append(os.Environ(), env...)
		cmd.WaitDelay = time.Second // its executor may have its standard streams
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		start := time.Now()
		err = cmd.Run()
		spent = time.Since(start)
		cancel()
		if code := cmd.ProcessState.ExitCode(); code >= 0 && code&^checkMask == checkMark {
			low := uint32(code) & checkMask
			return spent, &low, nil
		}
		err = fmt.Errorf("%s: %w: %s", c.program, err, lastLines(stderr.String(), 4))
	}
	return 0, nil, err
}

// These have this program be a relay: it starts the executor that the first names, with the arguments that it has got, hands messages on, and writes what it has counted to the file that the second names.
const (
	relayVariable = "GOMCJIT_BENCH_RELAY"
	relayCounts   = "GOMCJIT_BENCH_COUNTS"
)

// relayed is what a relay has counted: calls by the controller, and the bytes of its messages.
type relayed struct{ Calls, Sent uint64 }

func relay(program, counts string, args []string) error {
	var in, out int
	if _, err := fmt.Sscanf(strings.Join(args, ","), "filedescs=%d,%d", &in, &out); err != nil {
		if _, err := fmt.Sscanf(strings.Join(args, ","), "%d,%d", &in, &out); err != nil {
			return err
		}
	}
	childIn, toChild, err := os.Pipe()
	if err != nil {
		return err
	}
	fromChild, childOut, err := os.Pipe()
	if err != nil {
		return err
	}
	style := []string{"3", "4"}
	if len(args) == 1 {
		style = []string{"filedescs=3,4"}
	}
	cmd := exec.Command(program, style...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{childIn, childOut}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = errors.Join(childIn.Close(), childOut.Close())
	go func() {
		_, _ = io.Copy(os.NewFile(uintptr(out), "results"), fromChild) // it ends with the executor
	}()
	var c relayed
	err = errors.Join(err, c.forward(toChild, os.NewFile(uintptr(in), "commands")), toChild.Close())
	text, _ := json.Marshal(c) // two numbers
	return errors.Join(err, os.WriteFile(counts, text, 0o666), cmd.Wait())
}

// forward hands the controller's messages on: a header of four words, of which the first is the size and the second says what it is, and the rest.
func (c *relayed) forward(w io.Writer, r io.Reader) error {
	const headerSize, call = 32, 3
	var head [headerSize]byte
	for {
		if _, err := io.ReadFull(r, head[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		size := binary.LittleEndian.Uint64(head[:])
		if size < headerSize {
			return fmt.Errorf("a message of %d bytes", size)
		}
		if binary.LittleEndian.Uint64(head[8:]) == call {
			c.Calls++
		}
		c.Sent += size
		if _, err := w.Write(head[:]); err != nil {
			return err
		}
		if _, err := io.CopyN(w, r, int64(size-headerSize)); err != nil {
			return err
		}
	}
}
