// Package objgen makes the sets of ELF x86-64 objects that the benchmarks load, with gcc and GNU as, and from the static libraries of Debian
// packages. Everything is deterministic: the same compiler makes the same bytes.
//
// The sets, by name:
//
//	many-N          N small objects of C (-O2 -fPIC, a section for each function and datum), and one that defines mn_check(int), which
//	                reaches every object. Object i refers to earlier ones only.
//	many-g-N        the same with -g
//	many-nopic-N    the same as gcc compiles without -fPIC
//	big, big-N      one object with 80,000 (N) functions in one section
//	sec-N           one object with N function sections
//	tiny-N          N objects with one function of 32 bytes each
//	libc            one object with the four functions of the C library that the many sets call, for processes without a C library
//	real-sqlite     the members of libsqlite3.a; real-sqlite1: linked to one object by ld -r
//	real-crypto     the members of libcrypto.a
//	real-support    the members of libLLVMSupport.a
//	real-x86        the members of libLLVMX86CodeGen.a
//	real-llvm       the members of 24 libraries of LLVM
//
// In the real sets thread-local variables are made plain ones, and constructors plain data, so that every engine compared can load the same
// bytes.
package objgen
