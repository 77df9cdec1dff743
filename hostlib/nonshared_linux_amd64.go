package hostlib

import (
	"encoding/binary"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// glibc links a few functions statically into every program (csu/libc_nonshared.a), each of which calls one in libc.so with the address of
// the program's __dso_handle as the last argument. These do so with a null handle, which means the whole process.
var nonsharedFuncs = []struct {
	name, target string
	code         []byte // before the jump
}{
	{"atexit", "__cxa_atexit", []byte{0x31, 0xf6, 0x31, 0xd2}},               // xor esi, esi; xor edx, edx
	{"at_quick_exit", "__cxa_at_quick_exit", []byte{0x31, 0xf6}},             // xor esi, esi
	{"pthread_atfork", "__register_atfork", []byte{0x31, 0xc9}},              // xor ecx, ecx
	{"__stack_chk_fail_local", "__stack_chk_fail", []byte{0xf3, 0x90, 0x90}}, // nothing
}

const nonsharedSize = 32 // bytes of code a function

// nonsharedCode is the page with the functions, made once; nil if the system refuses it.
var nonsharedCode = sync.OnceValue(func() []byte {
	mem, err := unix.Mmap(-1, 0, unix.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil
	}
	for i, f := range nonsharedFuncs {
		code := mem[i*nonsharedSize : i*nonsharedSize]
		code = append(code, 0xf3, 0x0f, 0x1e, 0xfa) // endbr64
		code = append(code, f.code...)
		code = append(code, 0x48, 0xb8) // mov rax, target
		code = binary.LittleEndian.AppendUint64(code, uint64(dlsym(0, f.target)))
		_ = append(code, 0xff, 0xe0) // jmp rax
	}
	if unix.Mprotect(mem, unix.PROT_READ|unix.PROT_EXEC) != nil {
		_ = unix.Munmap(mem)
		return nil
	}
	return mem
})

// nonshared returns the address of a function that glibc has in no shared library, or 0.
func nonshared(name string) uintptr {
	for i, f := range nonsharedFuncs {
		if f.name == name && dlsym(0, f.target) != 0 && nonsharedCode() != nil {
			return uintptr(unsafe.Pointer(&nonsharedCode()[i*nonsharedSize]))
		}
	}
	return 0
}
