// Command debuggee loads an object with debug information, tells debuggers, and calls debug_entry in it; then it forgets the object and
// calls nothing more. The tests run it under gdb.
//
// It is a loader for one object whose code needs no relocation, so that package gdbjit is tested by itself, without the linker.
package main

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"unsafe"

	"github.com/gomcjit/gomcjit/gdbjit"
	"golang.org/x/sys/unix"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(name string) error {
	object, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	f, err := elf.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	text := f.Section(".text")
	code, err := unix.Mmap(-1, 0, 1<<16, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return err
	}
	contents, err := text.Data()
	if err != nil {
		return err
	}
	copy(code, contents)
	if err := unix.Mprotect(code, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		return err
	}
	setSectionAddress(object, f, text, uint64(uintptr(unsafe.Pointer(&code[0]))))

	entry, err := gdbjit.RegisterObject(object)
	if err != nil {
		return err
	}
	if err := call(f, code, "debug_entry"); err != nil {
		return err
	}
	fmt.Println("called")
	if err := entry.Unregister(); err != nil {
		return err
	}
	forgotten()
	return nil
}

// forgotten is where the test looks what the debugger knows after the object is gone.
//
//go:noinline
func forgotten() { fmt.Println("forgotten") }

// setSectionAddress writes sh_addr of a section (ELF-64, offset 16 of its header, gABI figure 4-8).
func setSectionAddress(object []byte, f *elf.File, section *elf.Section, addr uint64) {
	headers := f.ByteOrder.Uint64(object[40:])
	for i, s := range f.Sections {
		if s == section {
			binary.LittleEndian.PutUint64(object[headers+uint64(i)*64+16:], addr)
		}
	}
}

// call calls a C function without arguments and results on Go's stack, which is enough for what the test's object does.
func call(f *elf.File, code []byte, name string) error {
	symbols, err := f.Symbols()
	if err != nil {
		return err
	}
	for _, s := range symbols {
		if s.Name == name {
			start := &code[s.Value]
			function := &start
			(*(*func())(unsafe.Pointer(&function)))()
			return nil
		}
	}
	return fmt.Errorf("no symbol %s", name)
}
