// Package threads gives loaded code thread-local variables in this process, or in another one.
//
// [Storage] serves processes without a C library, such as static Go binaries. There the thread pointer is Go's, so that code which addresses
// variables at constant distances from it is refused (initial and local exec, what compilers emit without -fPIC); everything else works: general and local dynamic, TLS descriptors
// (-mtls-dialect=gnu2 or desc; for code that is called by package inprocess, which sees to the thread pointer of x86-64), emulated variables,
// destructors of thread-local objects. It is for Linux on x86-64, arm64, loong64, ppc64le, riscv64 and s390x. In processes with a C library hostlib.ThreadStorage does all
// that and the exec models, with the help of [Start].
//
// On Windows it serves all processes, for COFF objects (.tls$, _tls_index): the loader makes the blocks, for a DLL that has nothing but the module's
// template. Loaders read DLLs from files only, so each such module has one in the folder for temporary files (gomcjit-threads-PROCESS-*.dll), which goes
// with the module; what a process that crashed has left, the next one removes. Callbacks for beginning and ending threads (.CRT$XL*) are not called, and
// the C library that compilers expect to construct variables of C++ in each thread (__dyn_tls_on_demand_init) is the client's to resolve.
//
// For code in another process [NewRemote] does what Storage does here.
//
// # Threads
//
// A thread is one of the system's. Goroutines move from thread to thread, unless they call runtime.LockOSThread, and find the variables of the one that
// they are on. A block is made when a thread first uses a variable of the module, and freed with the module, or after the thread has ended: in a
// process without a C library when the next thread comes that uses any.
//
// Destructors of thread-local objects run when their thread ends, as in C++, if the C library tells of that. Those that have not run when their module is
// removed run then, in the thread that removes it, last registered first. In a process without a C library nobody can run code at a thread's end, and that
// is when all of them run.
package threads
