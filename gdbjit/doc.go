// Package gdbjit tells GDB and LLDB about code that was linked into this process, so that they set breakpoints in it, name its functions in
// backtraces and show its source lines. It is the interface that GDB's manual describes under "JIT Compilation Interface": a global
// descriptor, __jit_debug_descriptor, heads a list of object files in memory, and an empty function, __jit_debug_register_code, is called
// after every change, where the debugger has a breakpoint. A debugger that attaches later reads the list as it is.
//
// Both are defined in Go assembly, under exactly these names, so that nothing but Go is needed and the program may be one static
// binary. The debugger finds them in the symbol table of the program: link without -ldflags=-s, which drops it, and which
// makes loaded code invisible. (-ldflags=-w drops only the debug information of the Go code itself, and is fine.) LLDB on macOS wants
// "settings set plugin.jit-loader.gdb.enable on" first.
//
// Entries and object copies live outside the Go heap, where the debugger may read them at any time. A copy costs about as much memory as the object file;
// [Listener] therefore registers only objects that have debug information, unless told otherwise. A debugger takes longer for each object the more there
// are: thousands are felt when one is attached.
//
// The list is one per process. All functions may be called from any goroutine; they take turns, also while a debugger
// handles an event. Where there is no such interface (Windows, WebAssembly), registering fails with
// [ErrUnsupported] and a Listener does nothing.
package gdbjit
