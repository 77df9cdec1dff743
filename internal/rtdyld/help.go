package rtdyld

const helpHead = `Link objects as LLVM's llvm-rtdyld does: run them, verify rules about them, print line information.

Usage: %s [options] FILE... [-args ARGUMENT...]

It takes llvm-rtdyld's command lines unchanged, and may be installed under that name (a link to mcjit called llvm-rtdyld). Options begin with one dash or two, their
values follow "=" or are the next argument, and inputs may stand anywhere between them; "-" is standard input, @FILE stands for the arguments in a file.

Options:
`

const helpTail = `
Addresses are decimal, 0x hexadecimal, 0 octal. Exit status: what the entry point returned; otherwise 0 if all went well, and 1 if not: a file that cannot be
read, an undefined symbol, a rule that is false.

Where llvm-rtdyld differs:
  it aborts on a bad -map-section or -dummy-extern, a library that is not there, a slab that is too small. Here that is an error, with status 1.
  -preallocate never works there. Here sections have to fit the slab.
  -target-addr-start is not kept to there once a section is mapped below it, and -target-addr-end never. Here they are.
  Of inputs of one name it knows one. Here -map-section and rules may name a file by its path.
  -execute finds symbols in the libraries of -dylib only. Here in this process, too, with its C library.
  -verify allocates what no program has (symbol tables, relocations). Here debug information only.
  -print-alloc-requests counts stubs as a part of the code there. Here stubs are a section of their own (.stubs), and GOT entries are one for a symbol.
  -printobjline takes functions in sections of their own, which all begin at 0, for each other there. -printline tells no lines there if an object has .debug_aranges, or addresses of 32 bits.
  A value that does not fit is cut off there. Here it is an error, unless it fits once the sections that no option places are near the code that -map-section places.
  Stubs for ARM, Thumb and MIPS are the same. For x86-64, AArch64, PowerPC and SystemZ they are shorter here, by way of the GOT, and on ARM and MIPS calls within a file do without.
  A rule that names an unknown symbol ends everything there. Here the others are evaluated. What else rules may not be here is in package runtimedyld/checker.
  A name that two ELF inputs define is the last one's, as there, but with a warning; with -execute, and in other formats, it is an error. A weak one that nobody defines is 0.

Examples:
  %[1]s -execute -entry=main hello.o -args a b c
  %[1]s -triple=x86_64-linux-gnu -verify -check=rules.s -dummy-extern puts=0x1000 hello.o
  %[1]s -triple=aarch64-linux-gnu -verify -map-section a.o,.text=0x10000 -check=a.s a.o b.o
  %[1]s -printline hello.o
`
