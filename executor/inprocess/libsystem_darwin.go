package inprocess

// What callbackEntry calls on a thread that it cannot serve. Darwin's system calls have no stable numbers: programs use libSystem, with which all of Go's are linked.

//go:cgo_import_dynamic libc_write write "/usr/lib/libSystem.B.dylib"
//go:cgo_import_dynamic libc__exit _exit "/usr/lib/libSystem.B.dylib"
