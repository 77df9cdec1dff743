// Package gdbremote runs linked code in whatever a GDB stub controls, by GDB's remote serial protocol: a process under gdbserver or lldb-server, an emulated program (qemu-user -g), or a board
// without an operating system (qemu-system, a debug probe).
//
// A [Process] is the debugger's end. [Dial] connects it to a stub that listens. It is an executor.Process and an executor.Memory for memmgr.NewRemote, and finds the target's own symbols. The target stands
// still at the place where it had stopped; functions run in between, in the thread that had stopped, below its stack, and it has all its registers again afterwards. [Process.Close] takes
// back what calls needed, and lets the target go on.
//
// # Memory
//
// It is the range of [WithRange], for boards; else what the stub allocates (_M of LLDB's stubs); else what mmap gives, called in the target, where the instruction for a system call is written at the
// program's entry for that time, or is found in the target's code. Contents are written before pages are executable, and protected then by mprotect, called in the same way.
//
// Instruction fetch is made to see code as follows. Linux does it when mprotect makes fresh pages executable; on ARM and RISC-V it is told to, besides (cacheflush, riscv_flush_icache). On AArch64 (dc cvau, ic ivau), PowerPC (dcbst, icbi)
// and on RISC-V without Linux (fence.i) the target executes a few instructions. x86 needs nothing, and on ARM without Linux it is left to the stub.
//
// # Processors
//
// Functions are called on x86_64, i386, aarch64, arm, riscv64 and riscv32, which are little-endian, and ppc, which is big-endian and has 32 bits, with integers, pointers and floating-point numbers. Registers are those of the stub's target description
// (target.xml), or those that GDB assumes if there is none ([WithArch]).
//
// # The protocol
//
// GDB's manual, appendix E, "GDB Remote Serial Protocol", and "lldb-gdb-remote.txt" of LLDB for its own packets. A stub that listens runs everything that it is told, for everybody who reaches it: nothing is
// encrypted, and there is no password. The other way round nothing is trusted: packets are bounded ([WithPacketLimit]), what they say is checked, every answer has its deadline ([WithTimeout]), functions that run have
// signs of life ([WithHeartbeat]) or an end ([WithCallTimeout]), and a stub that says what makes no sense is left.
package gdbremote
