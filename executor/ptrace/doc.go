// Package ptrace runs linked code in a live Linux process that knows nothing of it: by ptrace(2), in pure Go.
//
// A [Process] is attached to by number. It is an executor.Process, and an executor.Memory for memmgr.NewRemote: memory is reserved by system calls that a thread of the process makes for us, written to by process_vm_writev, and
// functions are called on that thread. It works for any program: with threads, in system calls, with timers, in C, Go or anything else, with a C library or without, on x86-64 and arm64. Elsewhere [Attach] returns [ErrUnsupportedHost].
//
// # No trace
//
// The process is traced only while it is needed. PTRACE_SEIZE takes one thread, PTRACE_INTERRUPT stops it; the others run on. Calls have a stack of their own, so that nothing is written to the thread's, whatever it is: it may be a goroutine's or
// end with the next page. Registers, floating-point and vector registers, the mask of signals and errno are given back. A system call that was interrupted is made again, as the kernel does after a stop without a
// signal: what was waited for is still waited for, and sleeps end when they should have. Those few that the kernel ends with EINTR (epoll_wait and its like, signal(7)) are made again as well if they wait without a
// timeout. Close gives back the memory that calls need; then the process's maps are what they were.
//
// Signals that arrive during a call are delivered, their handlers run. What a function does wrong itself (a fault, abort) ends the call, with a [*FaultError], and is not delivered. While the thread makes system calls for us signals wait.
//
// # Whatever happens to us
//
// The process survives the end of this one at any moment, kill -9 included. Before the thread's registers are changed, memory of the process has the frame of a signal's handler, with all of its state, and every place to which
// the thread is sent leads, without anybody's help, to rt_sigreturn, which restores that state. A function that is being called then runs to its end, and the thread goes on with what it was doing. The kernel
// lets go of the threads that a process traces when it ends; PTRACE_O_EXITKILL is never set. So it is with errors, where the thread does not answer: the thread of ours that traces it is ended.
//
// What cannot be guaranteed, when this process is killed during an operation:
//
//   - Memory that was reserved stays, if there is no guardian ([WithGuardian]): that of modules with what was mapped for later ones (2 MiB at most for small ones), and the stack for calls, some 8 MiB of address space. A guardian
//     gives it back when nothing in the process refers to it any more. What only looks like a reference counts as one: so does a C++ exception that was thrown and freed, whose memory has the address of its handler until something else is
//     there. What is not seen: an alternate stack for signals (sigaltstack) in such memory, and addresses in memory that
//     the process itself may not read at that time (PROT_NONE), or that are at no multiple of 8.
//   - A function that crashes, or never returns, does so in the process, as if the process had called it. errno is not given back.
//   - A sleep or a poll that was interrupted begins again, from its beginning.
//   - On a processor with SVE the registers' high parts, above 128 bits, are lost if a call was under way.
//   - The first system call in a process, and the last one by Close, need instructions that nearly every program has (a system call and a return; on x86-64 also a C or Go library's return from signals). In one that has not,
//     to be killed within those 20 microseconds is the end of it.
//
// # What callers have to know
//
// A call happens in the middle of whatever the thread was doing, as a signal's handler does, and the rules for those hold (signal-safety(7)): a function that needs a lock which the thread holds waits for ever. Since malloc is the
// lock that matters, a thread that runs within the C library gets some milliseconds to leave it. The context of a call is the way out of everything else: when it is done the function is abandoned where it is, and the thread
// goes on. What the function has changed, and the locks it holds, stay.
//
// If a function sleeps (nanosleep), and the thread was sleeping, its sleep ends with EINTR, as after a handler: the kernel remembers one of them. On arm64 the kernel makes all interrupted sleeps again from their
// beginning, and epoll_wait ends with EINTR.
//
// Functions that a signal's handler interrupts all the time do not get far: each signal is a stop as well.
//
// Functions that make many system calls are slow: each stops twice, for some microseconds.
//
// A called fork leaves a copy of the process that goes on as the process would; exit and execve are its end, and that of the [Process]: [ErrEnded], [ErrReplaced].
//
// # Permission
//
// The kernel (Linux 5.3 or later) wants the same user, or CAP_SYS_PTRACE, and asks its security modules: yama's ptrace_scope allows children only on many systems ([ErrPermission] says the next step). A thread has one tracer ([ErrTraced]): debuggers
// have to wait. Filters of seccomp are suspended while the thread is traced, with CAP_SYS_ADMIN; without that they see the system calls, and those that kill for mmap or mprotect kill. Programs in seccomp's strict mode, or with a shadow stack, are refused ([ErrHardened]).
package ptrace
