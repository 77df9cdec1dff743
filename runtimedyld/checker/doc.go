// Package checker evaluates rtdyld-check rules: equations in comments of a source file that say what a linker must have written where.
//
//	# rtdyld-check: decode_operand(call, 0) = puts - next_pc(call)
//	# rtdyld-check: *{8}(table + 8) = puts + 4
//
// It is the language of LLVM's RuntimeDyldChecker (what llvm-rtdyld -verify -check evaluates). The checker knows nothing of a linker: it
// asks a [Facts] for the addresses and the bytes of symbols, sections, stubs and GOT entries, so that rules hold over any layout: memory
// of this process, memory meant for another one, or a test's invention.
//
// # Grammar
//
//	rule    = expr "=" expr .
//	expr    = simple { op simple } .                      all operators alike, from the left: 8-2-1 is 5, 1+2<<2 is 12
//	op      = "+" | "-" | "&" | "|" | "<<" | ">>" .       on 64 bits, unsigned, wrapping; shifts by 0 to 63
//	simple  = atom [ "[" number ":" number "]" ] .        bits high:low of the atom, moved to the right
//	atom    = "(" expr ")" | number | load | call | symbol .
//	load    = "*" "{" number "}" expr .                   1, 2, 4 or 8 bytes, in the target's order; takes all of the expression
//	call    = "decode_operand" "(" place "," number ")"   immediate operand of the instruction at a place, by LLVM's count
//	        | "next_pc" "(" symbol ")"                    address behind the instruction at a symbol
//	        | "section_addr" "(" file "," section ")"
//	        | "stub_addr" "(" container "," symbol [ "," kind ] ")"
//	        | "got_addr" "(" container "," symbol [ "," kind ] ")" .
//	place   = symbol [ "+" number ] .
//	symbol  = ( letter | "_" ) { letter | digit | ":" | "_" | "." | "$" } .
//	number  = decimal | "0x" hex | "0" octal .            at most 64 bits
//
// A file or container name is all text up to the comma, a section name or kind all text up to the parenthesis. A container is
// "file/section" for llvm-rtdyld: the section from which the stub is used. Blanks are allowed between all tokens.
//
// The load takes everything behind it: *{8}y + 1 loads from y+1, (*{8}y) + 1 adds one to what is at y. Inside a load a name stands for
// the linker's memory, elsewhere for the address in the target. So a load needs a name that has memory: *{8}(*{8}y), the memory at an address
// that was itself loaded, is an error. As in LLVM *{8}0 is 0.
//
// A line that begins, behind blanks, with the prefix ([Prefix] or another) is a rule. One that ends in a backslash is continued by the
// next line with the prefix.
//
// # Operands
//
// decode_operand counts the operands of LLVM's MCInst, not those of the assembly text:
//
//   - a register that is read and written is two operands (addl $5, %eax is eax, eax, 5), and registers that the opcode implies are none;
//   - an x86 memory operand is five: base, scale, index, displacement, segment;
//   - a condition is an operand: behind the others on x86, with the flags register behind it on ARM;
//   - immediates are as encoded: the field of an AArch64 bl counts words, movz has its shift as an operand of its own.
//
// Only immediates have a value. An operand that is a register is an [*ExprError], as in LLVM.
//
// # Instructions
//
// The operands of these are known, and are compared in tests with what LLVM 14 shows of them (llvm-mc --show-inst, and llvm-rtdyld's verdicts):
//
//   - x86 and x86-64: integers, x87, MMX, 3DNow!, SSE, and all with VEX, XOP and EVEX (AVX to AVX-512 with its masks, roundings and broadcasts);
//     no 16-bit mode;
//   - AArch64: all of ARMv8.8 and v9.3 as far as LLVM 14 has it: Advanced SIMD, half precision, cryptography, SVE, SVE2, SME, tags of memory;
//   - ARM and Thumb: ARMv7 and ARMv8 with VFP and Advanced SIMD; ARMv8.1-M with MVE in Thumb, where the triple (thumbv8.1m.main) or the processor
//     (cortex-m55) says so, because its encodings are those of Advanced SIMD. Instructions of the coprocessor 9 are half precision, as in LLVM
//     where the processor has that; none are of the custom datapath extension (CDE), which LLVM has to be told the coprocessors of;
//   - MIPS, 32 and 64 bits, releases 2 and 6: all with MSA, digital signal processing, multi-threading, virtualization and enhanced
//     virtual addresses; microMIPS of both with digital signal processing, virtualization and enhanced virtual
//     addresses; MIPS16e, which LLVM generates but does not decode: names and operands are those of what it generates, immediates those of
//     the assembly text, and branches count from the next instruction;
//   - PowerPC, 32 and 64 bits: all of ISA 3.1 with VMX, VSX and MMA, as far as LLVM 14 has it; SPE, whose encodings are partly
//     those of VMX, for the processor e500;
//   - SystemZ: all of the z16;
//   - RISC-V, 32 and 64 bits: I, M, A, F, D, C, V, Zfh, scalar cryptography and, of the draft 0.93, all manipulation of bits; compared with LLVM 19,
//     cryptography of vectors, the hypervisor, Zfa, Zcb, Zicond, Zacas, Zabha and others, of which Zicond has encodings of the draft's Zbt;
//   - LoongArch 64, compared with LLVM 19: all with LSX, LASX, LBT and LVZ;
//   - BPF; SPARC V9 with VIS 3.
//
// An instruction that a processor is not told to have is decoded nevertheless: nothing is like -mattr here.
//
// For PowerPC, SystemZ and 64-bit RISC-V next_pc also works on what else golang.org/x/arch decodes; decode_operand then says that the
// operands are not known.
//
// Those architectures are tables of encodings, because golang.org/x/arch gives the operands of the assembly text, in Go values whose
// fields are partly hidden, and knows neither Thumb nor MIPS. An architecture is added as a table: see table.go for its form. On x86 only
// integers, x87 and SSE are decoded with golang.org/x/arch; the others are tables too (x86_forms.go).
//
// # Where LLVM is careless
//
// These evaluate to something, or crash, in LLVM, and are errors here: a rule without "="; a number with bad digits or beyond 64 bits; a
// slice whose high bit is below its low bit, or beyond 63; a shift by 64 or more; a load of 3, 5, 6 or 7 bytes, of memory outside the
// section of its name, or from a name without memory; an operand index beyond 32 bits. [63:0] is the whole value (LLVM: 0), and blanks
// may follow a number (LLVM: unexpected token).
//
// # Hostile input
//
// Rules and bytes may be anything: no input panics, nothing outside the slices that Facts gives is read, and neither the time nor the
// stack that a rule takes grows beyond its length, which is limited to [MaxRule] bytes, nor its nesting, limited to [MaxDepth].
//
// Everything here is safe for concurrent use when the Facts is.
package checker
