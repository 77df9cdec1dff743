package objgen

import (
	"bufio"
	"fmt"
	"io"
)

// A bigShape is how one large object is made: of how many functions, each of how many references, in one section or in one each.
type bigShape struct {
	prefix      string
	functions   int
	calls       int  // through the PLT, a function
	loads, gots int  // of data, relative to the program counter and through the GOT, a function
	pointers    int  // to functions, a data record
	ownSections bool // each function in a section of its own
	literals    bool // each function refers to a local literal
}

// bigText is one object whose functions are all in .text.
func bigText(functions int) bigShape {
	return bigShape{prefix: "bg", functions: functions, calls: 3, loads: 2, gots: 2, pointers: 3, literals: true}
}

// bigSections is one object with a section for each function, as -ffunction-sections makes them.
func bigSections(functions int) bigShape {
	return bigShape{prefix: "sc", functions: functions, calls: 1, loads: 1, gots: 1, pointers: 1, ownSections: true}
}

const bigLiterals = 4096

// writeAsm writes the object of shape b in GNU assembly.
func (b bigShape) writeAsm(to io.Writer) error {
	w := bufio.NewWriterSize(to, 1<<16)
	rng := newMersenne(99)
	if !b.ownSections {
		w.WriteString("\t.text\n")
	}
	for i := range b.functions {
		b.writeFunction(w, rng, i)
	}
	w.WriteString("\t.data\n\t.p2align 5\n")
	for i := range b.functions {
		b.writeRecord(w, rng, i)
	}
	w.WriteString("\t.section .rodata\n\t.p2align 3\n")
	for i := range bigLiterals {
		fmt.Fprintf(w, ".LC%d:\n\t.quad %d\n", i, i*1234567)
	}
	fmt.Fprintf(w, "\t.section .bss\n\t.p2align 5\n\t.globl %[1]s_zero\n%[1]s_zero:\n\t.zero 1048576\n", b.prefix)
	w.WriteString("\t.section .note.GNU-stack,\"\",@progbits\n")
	return w.Flush()
}

func (b bigShape) writeFunction(w *bufio.Writer, rng *mersenne, i int) {
	name := fmt.Sprintf("%s_f%d", b.prefix, i)
	if b.ownSections {
		fmt.Fprintf(w, "\t.section .text.%s,\"ax\",@progbits\n", name)
	}
	fmt.Fprintf(w, "\t.globl %[1]s\n\t.type %[1]s,@function\n\t.p2align 4\n%[1]s:\n\t.cfi_startproc\n", name)
	w.WriteString("\tpushq %rbx\n\t.cfi_def_cfa_offset 16\n\t.cfi_offset 3,-16\n\tmovl %edi,%ebx\n")
	for range b.calls {
		fmt.Fprintf(w, "\tcall %s_f%d@PLT\n\taddl %%eax,%%ebx\n\timull $17,%%ebx,%%ebx\n\txorl $12345,%%ebx\n", b.prefix, rng.below(b.functions))
	}
	for range b.loads {
		fmt.Fprintf(w, "\tmovl %s_d%d+8(%%rip),%%ecx\n\tleal 3(%%rbx,%%rcx,4),%%ebx\n\tshrl $3,%%ecx\n", b.prefix, rng.below(b.functions))
	}
	for range b.gots {
		fmt.Fprintf(w, "\tmovq %s_d%d@GOTPCREL(%%rip),%%rdx\n\taddl (%%rdx),%%ebx\n\tnotl %%ebx\n", b.prefix, rng.below(b.functions))
	}
	if b.literals {
		fmt.Fprintf(w, "\tleaq .LC%d(%%rip),%%rsi\n\taddl (%%rsi),%%ebx\n", i%bigLiterals)
	}
	fmt.Fprintf(w, "\tmovl %%ebx,%%eax\n\tpopq %%rbx\n\t.cfi_def_cfa_offset 8\n\tret\n\t.cfi_endproc\n\t.size %[1]s,.-%[1]s\n", name)
}

func (b bigShape) writeRecord(w *bufio.Writer, rng *mersenne, i int) {
	name := fmt.Sprintf("%s_d%d", b.prefix, i)
	fmt.Fprintf(w, "\t.globl %[1]s\n\t.type %[1]s,@object\n%[1]s:\n\t.long %[2]d,%[3]d,%[4]d,1\n", name, i, i*7&0xffff, i*3)
	for range b.pointers {
		fmt.Fprintf(w, "\t.quad %s_f%d\n", b.prefix, rng.below(b.functions))
	}
	fmt.Fprintf(w, "\t.quad %[1]s_d%[2]d+4\n\t.size %[3]s,.-%[3]s\n", b.prefix, rng.below(b.functions), name)
}
