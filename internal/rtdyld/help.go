package rtdyld

const helpHead = `OVERVIEW: llvm MC-JIT tool

USAGE: %s [options] <input files> --args <program arguments>...

It links objects as LLVM's llvm-rtdyld does: runs them, verifies rules about them, prints line information. It takes llvm-rtdyld's command lines unchanged, and may be installed under that name (a link to mcjit called llvm-rtdyld). Options begin with one dash or two, their
values follow "=" or are the next argument, and inputs may stand anywhere between them; "-" is standard input, @FILE stands for the arguments in a file.

OPTIONS:
`

const helpTail = `
Addresses are decimal, 0x hexadecimal, 0 octal. Exit status: what the entry point returned; otherwise 0 if all went well, and 1 if not: a file that cannot be
read, an undefined symbol, a rule that is false.

-verify puts stubs and GOT entries where LLVM's RuntimeDyld has them, in its shapes and sizes, and uses them where it does, so that rules of its users hold: on ARM, MIPS and SystemZ for every call. With -own-stubs
they are those with which objects are loaded to run.

Where llvm-rtdyld differs:
  it aborts on a bad -map-section or -dummy-extern, a library that is not there, a slab that is too small. Here that is an error, with status 1.
  -preallocate never works there. Here sections have to fit the slab.
  Of inputs of one name it knows one. Here -map-section and rules may name a file by its path.
  -execute finds symbols in the libraries of -dylib only. Here in this process, too, with its C library.
  -printobjline takes functions in sections of their own, which all begin at 0, for each other there. -printline tells no lines there if an object has .debug_aranges, or addresses of 32 bits.
  A value that does not fit is cut off there. Here it is an error, unless it fits once the sections that no option places are near the code that -map-section places.
  On PowerPC, .TOC. of an object without .toc and .got is relative to the first section of all there. Here it is the linker's own table.
  Calls from section to section on AArch64 are made for the addresses before -map-section there. Stubs of big-endian AArch64 are no instructions there.
  stub_addr and got_addr there know GOT entries of Mach-O only, and what is in a section by its first name alone. Here all of them.
  What rules may not be here is in package runtimedyld/checker.
  Of several definitions of a name those count that count there, but there is a warning. A common and a definition of its name are one variable. A weak name that nobody defines is 0.
  -mcpu=help lists no features, and -print... takes -dummy-extern, too.

Examples:
  %[1]s -execute -entry=main hello.o -args a b c
  %[1]s -triple=x86_64-linux-gnu -verify -check=rules.s -dummy-extern puts=0x1000 hello.o
  %[1]s -triple=aarch64-linux-gnu -verify -map-section a.o,.text=0x10000 -check=a.s a.o b.o
  %[1]s -printline hello.o
`
