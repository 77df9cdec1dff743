// Command debuggee is a static Go program that links objects and calls them, for the tests to run under gdb: it loads the first file
// (testdata/debug.o), calls debug_entry in it, loads the second (testdata/add.o) and calls add, calls debug_entry again, and removes the
// first.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

func main() {
	dual := flag.Bool("dual", false, "two views of the code's memory")
	flood := flag.Bool("flood", false, "a signal to every thread, again and again, as Go's scheduler sends them")
	flag.Parse()
	if *flood {
		go interrupt()
	}
	var options []mcjit.Option
	if *dual {
		options = append(options, mcjit.WithMemoryOptions(memmgr.WithDualMapping()))
	}
	if err := run(flag.Arg(0), flag.Arg(1), options); err != nil {
		log.Fatal(err)
	}
}

func run(debug, other string, options []mcjit.Option) error {
	engine, err := mcjit.New(options...)
	if err != nil {
		return err
	}
	defer engine.Close()

	module, err := add(engine, debug)
	if err != nil {
		return err
	}
	entry, err := mcjit.Func[func(int32) int32](engine, "debug_entry")
	if err != nil {
		return err
	}
	fmt.Println("debug_entry:", entry(1))

	if _, err := add(engine, other); err != nil {
		return err
	}
	sum, err := mcjit.Func[func(a, b int32) int32](engine, "add")
	if err != nil {
		return err
	}
	fmt.Println("add:", sum(40, 2))
	fmt.Println("debug_entry again:", entry(1))

	if err := engine.RemoveModule(module); err != nil {
		return err
	}
	forgotten()
	return nil
}

// interrupt sends each thread the signal by which Go's scheduler preempts.
func interrupt() {
	for ; ; time.Sleep(100 * time.Microsecond) {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			log.Fatal(err)
		}
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err == nil {
				err = syscall.Tgkill(os.Getpid(), id, syscall.SIGURG)
			}
			if err != nil && err != syscall.ESRCH {
				log.Fatal(err)
			}
		}
	}
}

func add(engine *mcjit.ExecutionEngine, name string) (*mcjit.Module, error) {
	buffer, err := objimage.OpenBuffer(name)
	if err != nil {
		return nil, err
	}
	return engine.AddObject(buffer) // which owns the buffer now
}

// forgotten is where the test looks what the debugger knows after the module is gone.
//
//go:noinline
func forgotten() { fmt.Println("forgotten") }
