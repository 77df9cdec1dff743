// Command debuggee links objects that have debug information, calls a function of each that takes and returns a number, and removes them. The
// tests run it under gdb, which stops in landmarks between.
//
//	debuggee [-dual] [-replace] [-reopen] OBJECT:FUNCTION...
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

func main() {
	dual := flag.Bool("dual", false, "map code twice")
	replace := flag.Bool("replace", false, "remove each object before the next is linked")
	reopen := flag.Bool("reopen", false, "reopen all objects when they have run, and run them again")
	flag.Parse()
	if err := run(*dual, *replace, *reopen, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dual, replace, reopen bool, programs []string) error {
	var options []memmgr.Option
	if dual {
		options = append(options, memmgr.WithDualMapping())
	}
	engine, err := mcjit.New(mcjit.WithMemoryOptions(options...))
	if err != nil {
		return err
	}
	defer engine.Close()
	var modules []*mcjit.Module
	var functions []func(int32) int32
	for _, program := range programs {
		if replace {
			if err := engine.RemoveModule(modules...); err != nil {
				return err
			}
			modules, functions = nil, nil
		}
		m, f, err := load(engine, program)
		if err != nil {
			return err
		}
		modules, functions = append(modules, m), append(functions, f)
		loaded()
		for _, f := range functions { // those that came before run again
			fmt.Printf("after %s: %d\n", program, f(3))
		}
	}
	if reopen {
		if err := engine.Reopen(modules...); err != nil {
			return err
		}
		if err := engine.FinalizeObject(); err != nil {
			return err
		}
		for _, f := range functions {
			fmt.Printf("reopened: %d\n", f(3))
		}
	}
	if err := engine.RemoveModule(modules...); err != nil {
		return err
	}
	removed()
	fmt.Println("ends well")
	return nil
}

func load(engine *mcjit.ExecutionEngine, program string) (*mcjit.Module, func(int32) int32, error) {
	path, name, _ := strings.Cut(program, ":")
	buffer, err := objimage.OpenBuffer(path)
	if err != nil {
		return nil, nil, err
	}
	m, err := engine.AddObject(buffer)
	if err != nil {
		buffer.Close()
		return nil, nil, err
	}
	f, err := mcjit.Func[func(int32) int32](engine, name)
	return m, f, err
}

// loaded and removed are where the debugger can stop.

//go:noinline
func loaded() { fmt.Println("loaded") }

//go:noinline
func removed() { fmt.Println("removed") }
