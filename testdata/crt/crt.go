// Package crt is the compiler runtime: the small functions that compilers call without being asked (memcpy, 128-bit division, quad floating point,
// stack protector, atomics of 16 bytes) and that glibc keeps in its static part (atexit, stat). An object finds them in a C library, in libgcc or in
// compiler-rt, and in a static Go program nowhere.
//
// They are an archive for x86-64 ELF, built by testdata/build.sh from the sources in src. Nothing in it needs a C library or thread-local
// storage; abort and __errno_location are used if the process has them. Floating point rounds to nearest, ties to even, whatever the
// rounding mode, and raises no flags.
//
// Not in it: what needs streams or locales (the checked forms of printf, read and their kin are the C library's), decimal floating point, large
// _BitInt, and split stacks.
package crt

import (
	_ "embed"
	"slices"
)

//go:embed libcrt.a
var archive []byte

// first are the members that keep state of an engine.
var first = []string{"cxa_atexit.o"}

// Archive returns the archive. The bytes are everybody's: they must not be changed.
func Archive() []byte { return archive }

// First returns the names of the members whose definitions go before those of the host: what they keep (handlers to be run at exit) belongs
// to the modules of an engine, and the host's functions of the same name would not know when those go away. All other members are for
// what nobody else defines.
func First() []string { return slices.Clone(first) }
