package runtimedyld

// armStart sets the thread pointer by a system call of ARM's own, and has what thread-local variables need: the module's number is the address of its block here. __aeabi_read_tp keeps all
// registers but r0 and those that calls change anyway.
const armStart = `
	.syntax unified
	.arch armv7-a
	.arm
	.globl _start, __tls_get_addr, __aeabi_read_tp
	.type _start, %function
_start:	ldr r0, =thread_pointer
	ldr r7, =0xf0005
	svc #0
	bl check
	mov r7, #1
	svc #0
	.type __tls_get_addr, %function
__tls_get_addr:
	ldm r0, {r0, r1}
	add r0, r0, r1
	bx lr
	.type __aeabi_read_tp, %function
__aeabi_read_tp:
	mrc p15, 0, r0, c13, c0, 3
	bx lr
`

// Code in both instruction sets, each of which calls the other, near by and so far that no branch reaches. Big-endian code is in the order of the file (BE32), or has little-endian instructions
// (BE8), which the objects ask for.
func init() {
	const gcc, clang = "arm-linux-gnueabihf-gcc -march=armv7-a+fp", "clang-19 --target=armv7-linux-gnueabihf"
	e := execTarget{
		emulator: "qemu-arm", compilers: []string{clang + " / " + gcc, gcc + " / " + clang}, threadOffset: 8, elfFlags: 0x5000000, start: armStart, onlyFlags: true,
		flags: []string{
			"-marm -O0 / -marm -O2", "-marm -O2 / -mthumb -O0", "-mthumb -O2 / -marm -O1 -fPIC", "-mthumb -O2 -fPIC / -mthumb -O2 -fPIC",
			"-marm -O0 near / -marm -O2", "-marm -O2 near / -mthumb -O0", "-mthumb -O2 near / -marm -O1 -fPIC", "-mthumb -O2 -fPIC near / -mthumb -O2 -fPIC",
			"-marm -O2 -fPIC -ffunction-sections / -mthumb -Os -fno-pic -ffunction-sections apart", "-mthumb -O1 -mlong-calls / -marm -O2 -fPIE -ffunction-sections apart",
			"-marm -O1 -fPIC -ftls-model=local-dynamic", "-mthumb -O1 -fPIC -ftls-model=initial-exec", "-marm -O1 -fno-pic -ftls-model=initial-exec",
		},
	}
	execTargets["arm"] = e
	descriptors := e
	descriptors.compilers, descriptors.flags = []string{gcc}, []string{"-marm -O2 -fPIC -mtls-dialect=gnu2", "-mthumb -O1 -fPIC -mtls-dialect=gnu2"} // clang has none
	execTargets["arm descriptors"] = descriptors
	e.emulator, e.compilers = "qemu-armeb", []string{"clang-19 --target=armebv7-linux-gnueabihf"}
	e.flags = []string{"-marm -O2 -fPIC / -mthumb -O2 -fPIC", "-mthumb -O2 -fPIC / -marm -O2 -fPIC", "-marm -O0 -fno-pic near / -mthumb -O1", "-mthumb -O1 -fPIC -ftls-model=initial-exec"}
	execTargets["armeb be32"] = e
	e.objectFlags, e.elfFlags = armFlagBE8, e.elfFlags|armFlagBE8
	execTargets["armeb be8"] = e
}
