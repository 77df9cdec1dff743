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
// The price of the second way: the writable alias, perf tools that take the memory for a file, and a forked child that keeps seeing
// what its parent does to the code (never to the data).
package memmgr
