//go:build linux && amd64

package inprocess_test

import (
	"fmt"
	"log"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"golang.org/x/sys/unix"
)

// load makes a C function of machine code; a linker would do that.
func load(code ...byte) executor.Addr {
	mem, err := unix.Mmap(-1, 0, len(code), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		log.Fatal(err)
	}
	copy(mem, code)
	if err := unix.Mprotect(mem, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		log.Fatal(err)
	}
	return executor.Addr(uintptr(unsafe.Pointer(&mem[0])))
}

func Example() {
	addr := load(0x8d, 0x04, 0x37, 0xc3) // int add(int a, int b): lea eax, [rdi+rsi]; ret
	add, err := inprocess.Bind[func(a, b int32) int32](addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(add(40, 2))
	// Output: 42
}

func ExampleCall() {
	addr := load(0xf2, 0x0f, 0x59, 0xc1, 0xc3) // double mul(double a, double b): mulsd xmm0, xmm1; ret
	sig, err := inprocess.NewSignature(inprocess.Float64, inprocess.Float64, inprocess.Float64)
	if err != nil {
		log.Fatal(err)
	}
	v, err := inprocess.Call(addr, sig, inprocess.FloatValue(inprocess.Float64, 1.5), inprocess.FloatValue(inprocess.Float64, 5))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sig, "=", v)
	// Output: double(double, double) = 7.5
}

func ExampleNewCallback() {
	addr := load(0x89, 0xf8, 0x89, 0xf7, 0xff, 0xe2) // int apply(int, int n, int (*f)(int)): mov edi, esi; jmp rdx
	apply, err := inprocess.Bind[func(unused, n int32, f executor.Addr) int32](addr)
	if err != nil {
		log.Fatal(err)
	}
	square, err := inprocess.NewCallback(func(n int32) int32 { return n * n })
	if err != nil {
		log.Fatal(err)
	}
	defer square.Release()
	fmt.Println(apply(0, 12, square.Addr()))
	// Output: 144
}
