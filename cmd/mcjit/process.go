package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/mcjit"
)

// This file is what a C program expects around its main: vectors of strings that live as long as the process, signals that do what they do
// in C, and an end through exit.

// callC calls a function of the process's C library with integers and pointers. It reports whether there is such a function.
func callC(name string, args ...uint64) (result inprocess.Value, ok bool, err error) {
	addr, ok := hostlib.Process().Lookup(name)
	if !ok {
		return inprocess.Value{}, false, nil
	}
	params := make([]*inprocess.Type, len(args))
	values := make([]inprocess.Value, len(args))
	for i, a := range args {
		params[i], values[i] = word, inprocess.UintValue(word, a)
	}
	sig, err := inprocess.NewSignature(word, params...)
	if err != nil {
		return inprocess.Value{}, true, err
	}
	result, err = inprocess.Call(addr, sig, values...)
	return result, true, err
}

// stacksLikeC makes C's stacks as large as the process may have them (ulimit -s), if that is more than they are of themselves. It has to come before the first call of C.
func stacksLikeC() error {
	const ordinary, most = 8 << 20, 1 << 30
	limit := stackLimit()
	if !inprocess.Supported || wordSize == 4 || limit <= ordinary {
		return nil
	}
	return inprocess.SetStacks(inprocess.StackConfig{Size: int(min(limit, most))})
}

// signalLikeC gives signals C's defaults.
func signalLikeC() error {
	for _, s := range cSignals {
		if _, _, err := callC("signal", uint64(s), 0); err != nil {
			return err
		}
	}
	return nil
}

// behaveLikeC prepares the process for C code: signals get C's defaults, and the process will end through C's exit, which runs the
// handlers of atexit and writes what stdio has buffered.
func (c *cli) behaveLikeC() error {
	if err := signalLikeC(); err != nil {
		return err
	}
	spareProcessors()
	end := c.exit
	c.exit = func(status int) {
		callC("exit", uint64(status)) // comes back only if there is none
		end(status & 0xff)
	}
	return nil
}

// behaveLikeProgram is behaveLikeC for a process that does nothing else than run a program. No garbage is collected, since in a child that the program forks that would wait for threads which are not there; nothing in Go makes any meanwhile.
func (c *cli) behaveLikeProgram() error {
	debug.SetGCPercent(-1)
	return c.behaveLikeC()
}

// spareProcessors makes children that the program forks able to end: one thread is left of them, which needs one of Go's processors when main returns or exit runs handlers, and those are lost that had been in use by
// other threads. So there are more than will ever be in use.
func spareProcessors() {
	const spare = 16
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spare)
}

// flushC writes what C's stdio has buffered, so that what is printed next comes after it.
func flushC() error {
	_, _, err := callC("fflush", 0)
	return err
}

// mainArguments are what main and constructors get: int argc, char **argv, char **envp.
type mainArguments [3]uint64

// newMainArguments makes the vectors. They stay for ever: handlers of atexit run after main, and may use them.
func newMainArguments(argv, envp []string) (mainArguments, error) {
	args, err := stringVector(argv)
	if err != nil {
		return mainArguments{}, err
	}
	env, err := stringVector(envp)
	if err != nil {
		return mainArguments{}, err
	}
	return mainArguments{uint64(len(argv)), uint64(args.Addr()), uint64(env.Addr())}, shareEnvironment(env)
}

// shareEnvironment makes a vector the C library's environ, which in C programs is the one that main gets.
func shareEnvironment(env *inprocess.Memory) error { return setPointer("environ", env.Addr()) }

// nameProgram tells the C library by what name the program was called, which is in its messages (assert, error, warn).
func nameProgram(name string) error {
	text, err := inprocess.CString(name) // stays as long as the process
	if err != nil {
		return err
	}
	short := text.Addr() + executor.Addr(strings.LastIndexByte(name, '/')+1)
	return errors.Join(setPointer("program_invocation_name", text.Addr()), setPointer("program_invocation_short_name", short))
}

// setPointer sets a variable of the C library's, if it has it.
func setPointer(name string, value executor.Addr) error {
	variable, ok := hostlib.Process().Lookup(name)
	if !ok {
		return nil
	}
	pointer, err := inprocess.NewMemory(wordSize)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer pointer.Release()
	putWord(pointer.Bytes(), uint64(value))
	_, _, err = callC("memcpy", uint64(variable), uint64(pointer.Addr()), wordSize)
	return err
}

const wordSize = strconv.IntSize / 8

// word is what integers and pointers of the C library have room in.
var word = map[int]*inprocess.Type{4: inprocess.Uint32, 8: inprocess.Uint64}[wordSize]

// putWord writes a word of the process.
func putWord(b []byte, word uint64) {
	if wordSize == 4 {
		binary.NativeEndian.PutUint32(b, uint32(word))
		return
	}
	binary.NativeEndian.PutUint64(b, word)
}

// beginProgram runs the constructors, once it is sure that destructors run when the program ends, whoever calls exit: C's runs a function of ours. As
// that was registered first it runs after those that the host's libraries have registered, and before buffers are flushed. The
// libraries' destructors are the last.
func (c *cli) beginProgram(engine *mcjit.ExecutionEngine, args mainArguments) error {
	end, err := inprocess.NewCallback(func() {
		if err := engine.Deinitialize(); err != nil {
			c.printError(err)
		}
		hostlib.FinishLibraries()
	})
	if err != nil {
		return err
	}
	if _, ok, err := callC("atexit", uint64(end.Addr())); err != nil {
		return err
	} else if !ok {
		return errors.New("the C library of this process has no atexit")
	}
	return engine.Initialize(args[:]...)
}

// callMain calls int main(int argc, char **argv, char **envp).
func callMain(addr executor.Addr, args mainArguments) (status int, err error) {
	sig, err := inprocess.NewSignature(inprocess.Int32, inprocess.Int32, inprocess.Pointer, inprocess.Pointer)
	if err != nil {
		return 0, err
	}
	result, err := inprocess.Call(addr, sig, inprocess.UintValue(inprocess.Int32, args[0]),
		inprocess.PointerValue(executor.Addr(args[1])), inprocess.PointerValue(executor.Addr(args[2])))
	return int(result.Int()), err
}

// stringVector returns C memory that begins with a vector of char*, ended by a null pointer, and goes on with the strings.
func stringVector(list []string) (*inprocess.Memory, error) {
	at := wordSize * (len(list) + 1)
	size := at
	for _, s := range list {
		size += len(s) + 1
	}
	m, err := inprocess.NewMemory(size)
	if err != nil {
		return nil, fmt.Errorf("arguments and environment of main: %w", err)
	}
	b := m.Bytes()
	for i, s := range list {
		putWord(b[wordSize*i:], uint64(m.Addr())+uint64(at))
		at += copy(b[at:], s) + 1
	}
	return m, nil
}

// readCString copies the string at an address of this process.
func readCString(addr executor.Addr) (string, error) {
	length, ok, err := callC("strlen", uint64(addr))
	if err != nil || !ok {
		return "", err
	}
	m, err := inprocess.CString(string(make([]byte, length.Uint())))
	if err != nil {
		return "", err
	}
	defer m.Release()
	if _, _, err := callC("memcpy", uint64(m.Addr()), uint64(addr), length.Uint()); err != nil {
		return "", err
	}
	return string(m.Bytes()[:length.Uint()]), nil
}
