// Package memmgr decides where the sections of linked modules are put.
//
// A [JITMemoryManager] is asked once a module for memory for all its sections, by kind: code, read-only data, written data. The default one is
// the [SectionMemoryManager]: it reserves address space once, so that everything it hands out is in reach of everything else, and cuts it into
// slabs by kind. No mapping of it is ever writable and executable, in either of its two ways:
//
//   - By the batch (the default). Memory is private and anonymous. What is allocated in a batch is writable until Finalize protects it: one
//     system call for each contiguous range. Batches share no page of code or read-only data, so that no page of a running module is ever
//     touched. Debuggers, profilers and forked children see ordinary memory, and no writable alias stays behind.
//   - Dual mapping ([WithDualMapping]). Code and read-only data have two views: one that is written, one that runs. Modules are packed below a
//     page and Finalize makes no system call: for many tiny modules. Written data is private and anonymous in this way too.
//
// What is finalized can be changed beside running code by either way ([Rewriter]): by the batch, pages are replaced by changed copies; with a dual mapping, words are written to the other view.
//
// The price of the second way: the writable alias, perf tools that take the memory for a file, and a forked child that keeps seeing
// what its parent does to the code (never to the data).
//
// On macOS and FreeBSD both ways are built and were never run there. What maps memory twice is shm_open2 on FreeBSD, as for memfd_create(3) there, and mach_vm_remap on macOS. Neither
// system replaces pages under running code: what is removed beside it keeps its bytes until the whole page is free, and with dual mappings Finalize fails (errors.ErrUnsupported)
// if it has to write to a page into which a debugger has set a breakpoint.
//
// macOS with the hardened runtime executes what was written only with the entitlement allow-unsigned-executable-memory; on arm64, [WithDualMapping] needs allow-jit only. Where the
// system refuses to execute a second view, code is in MAP_JIT memory then: an exception to the rule above in the name of its mapping (rwx), not in fact, since each thread
// either runs or writes it. The manager writes it in one call that no Go code can interrupt (pthread_jit_write_protect_np); nobody else must use that function while
// code of the manager may be written. Pages of such memory are not given back before its reservation is.
//
// On Windows a batch is protected by VirtualProtect, and a dual mapping is two views of a section object, which is as large as the reservation and whose pages are committed as they are
// used; they count for the commit limit until the manager is closed. Pages in which code runs cannot be replaced there: what is removed beside it is filled with traps when nothing of its
// page is in use any more.
package memmgr
