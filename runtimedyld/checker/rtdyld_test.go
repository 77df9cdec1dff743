package checker

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// assembled are programs without relocations: what a linker makes of them is known, so that llvm-rtdyld's verdicts can be compared with the
// package's. Each instruction gets a label. Those listed are the usual ones that carry relocations.
var assembled = []struct {
	triple string
	code   []string
}{
	{"x86_64-linux-gnu", []string{
		"callq .+16", "jmp .+300", "jne .+300", "leaq 0x1234(%rip), %rax", "movq 0x1234(%rip), %rax", "movl $0x87654321, %eax", "movq $-5, %rcx",
		"movabsq $0x123456789abcdef0, %rdx", "addl $5, %eax", "addl $500, 8(%rax,%rcx,4)", "cmpl $7, 0x1234(%rip)", "movb 0x1122334455667788, %al",
		"pushq $500", "imulq $500, %rax, %rcx", "cmovneq %rax, %rcx", "sete %al", "xchgl %eax, (%rcx)", "retq", "nop", "movss 4(%rip), %xmm1", "addss 4(%rip), %xmm1",
		"movq %fs:0, %rax", "data16 leaq 0x1234(%rip), %rdi", "jmpq *0x1234(%rip)", "callq *0x1234(%rip)", "vaddps 4(%rip), %ymm1, %ymm2",
	}},
	{"i386-linux-gnu", []string{
		"calll .+16", "jmp .+300", "jne .+300", "movl $0x87654321, %eax", "leal 0x87654321(%ebx), %eax", "movl 0x87654321, %eax", "movl 0x1234(,%ebx,4), %ecx",
		"addl $0x87654321, %ebx", "addl $5, 4(%esp)", "pushl $0x87654321", "movw $0xffff, %ax", "movl %gs:0, %eax", "retl",
	}},
	{"aarch64-linux-gnu", []string{
		"bl .+16", "b .-8", "b.ne .+16", "cbz x1, .+16", "tbnz x1, #33, .+16", "adrp x0, 0x12345000", "adr x0, .+5", "add x0, x1, #0x123", "add x0, x1, #0x123, lsl #12",
		"ldr x0, .+16", "ldr x0, [x1, #0x120]", "ldr w0, [x1, #0x124]", "ldrb w0, [x1, #3]", "ldrh w0, [x1, #6]", "ldr q0, [x1, #0x120]", "str x0, [x1, #0x120]",
		"movz x0, #0x1234, lsl #32", "movk x0, #0x1234, lsl #16", "movn x0, #5", "ldp x0, x1, [sp, #16]", "br x16", "ret", "nop", "ldur x0, [x1, #-8]", "and x0, x1, #0xff00",
	}},
	{"aarch64_be-linux-gnu", []string{"bl .+16", "ldr x0, [x1, #0x120]", "movz x0, #0x1234, lsl #32"}},
	{"armv7-linux-gnueabihf", []string{
		".inst 0xeb000004", "b .+16", "bne .-16", ".inst 0xfa000004", "ldr r0, [pc, #8]", "ldr r0, [pc, #-8]", "str r0, [r1, #-4]!", "movw r0, #0x1234", "movt r0, #0x1234", "add r0, pc, #0xff00",
		"add r0, r1, r2, lsl #3", "ldrh r0, [r1, #6]", "ldrd r0, r1, [r2, #8]", "ldr r0, [r1, r2, lsl #2]", "push {r4, lr}", "bx lr", "vldr d0, [r1, #8]", "bfi r0, r1, #3, #4", "nop",
	}},
	{"thumbv7-linux-gnueabihf", []string{
		".inst.w 0xf000f806", ".inst.w 0xf7fff7fc", ".inst.w 0xf000b806", ".inst.w 0xf47faff6", ".inst.n 0xe006", ".inst.n 0xd1f6", ".inst.n 0xb131", "movw r0, #0x1234", "movt r0, #0x1234", "ldr r0, [pc, #8]", "ldr.w r0, [pc, #-8]",
		"add.w r0, r1, #0xff00", "addw r0, r1, #0xfff", "push {r4, lr}", "bx lr", "nop", "ldr r0, [r1, #4]", "ldrd r0, r1, [r2, #8]", "adr r0, .+8",
	}},
	{"mips-linux-gnu", []string{
		"jal 0x1234", "j 0x1234", "b .+16", "bne $4, $5, .-16", "lui $4, 0x1234", "addiu $4, $5, -5", "lw $4, -8($5)", "sw $4, 8($5)", "ori $4, $5, 0x1234", "jr $31", "jalr $25", "nop",
	}},
	{"mipsel-linux-gnu", []string{"jal 0x1234", "lui $4, 0x1234", "lw $4, -8($5)"}},
	{"mips64-linux-gnuabi64", []string{"jal 0x1234", "lui $4, 0x1234", "ld $4, -8($5)", "daddiu $4, $5, -5", "sd $4, 8($5)", "bne $4, $5, .-16"}},
	{"mips64el-linux-gnuabi64", []string{"ld $4, -8($5)", "bal .+16"}},
	{"powerpc64-linux-gnu", []string{
		"bl .+16", "b .-8", "bne .+16", "bdnz .-16", "addis 3, 4, -5", "addi 3, 4, -5", "ld 3, -8(4)", "std 3, 8(4)", "lwz 3, -8(4)", "lwa 3, 8(4)", "stw 3, 8(4)", "lis 3, 0x1234",
		"li 3, -5", "ori 3, 4, 0x1234", "oris 3, 4, 0x1234", "blr", "bctrl", "mtctr 12", "nop", "stdu 1, -32(1)", "cmpwi 3, 5", "rldicl 3, 4, 5, 6", "ldx 3, 4, 5",
	}},
	{"powerpc64le-linux-gnu", []string{"bl .+16", "addis 2, 12, -5", "ld 3, -8(4)", "ori 3, 4, 0x1234"}},
	{"powerpc-linux-gnu", []string{"bl .+16", "lis 3, 0x1234", "lwz 3, -8(4)", "ori 3, 4, 0x1234", "bdnz .-16"}},
	{"s390x-linux-gnu", []string{
		"brasl %r14, .+16", "larl %r1, .+16", "lgrl %r1, .+16", "jg .+16", "j .+16", "jne .+16", "jgne .-16", "brctg %r1, .-16", "lg %r1, -8(%r2,%r3)", "l %r1, 8(%r2,%r3)", "lgfi %r1, -5",
		"llilf %r1, 5", "aghi %r1, -5", "lmg %r6, %r15, 48(%r15)", "br %r14", "mvc 0(8,%r1), 0(%r2)", "cgrje %r1, %r2, .+16", "lgr %r1, %r2", "exrl %r1, .+16", "stg %r1, 8(%r2)",
	}},
}

// text is where the programs are linked to.
const text = 0x10000

// A program is one of the assembled, linked.
type program struct {
	object string // path
	facts  *fake
	labels []string
}

func assemble(t *testing.T, triple string, code []string) program {
	t.Helper()
	mc := testenv.NeedsTool(t, "llvm-mc-14", "llvm-14")
	p := program{object: filepath.Join(t.TempDir(), "test.o")}
	var source strings.Builder
	if strings.Contains(triple, "arm") || strings.Contains(triple, "thumb") {
		source.WriteString(".syntax unified\n")
	}
	if strings.Contains(triple, "mips") {
		source.WriteString(".set noreorder\n.set noat\n")
	}
	source.WriteString(".text\n")
	for i, line := range code {
		p.labels = append(p.labels, fmt.Sprintf("i%d", i))
		fmt.Fprintf(&source, ".globl i%d\ni%d: %s\n", i, i, line)
	}
	source.WriteString(".space 64\n")
	command := exec.Command(mc, "-triple="+triple, "-filetype=obj", "-o", p.object)
	command.Stdin = strings.NewReader(source.String())
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, output)
	}
	p.facts = textFacts(t, p.object, triple)
	return p
}

// textFacts returns the facts of an object that has only a text section with symbols.
func textFacts(t *testing.T, path, triple string) *fake {
	t.Helper()
	target, err := ParseTarget(triple, "")
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	content, err := f.Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	facts := &fake{target: target, symbols: map[string]Place{}}
	for _, s := range symbols {
		facts.symbols[s.Name] = Place{Addr: text + s.Value, Content: content, Offset: s.Value}
	}
	return facts
}

// verdicts returns what llvm-rtdyld says of each rule that it does not find true.
func (p program) verdicts(t *testing.T, triple string, rules []string) map[string]string {
	t.Helper()
	rtdyld := testenv.NeedsTool(t, "llvm-rtdyld-14", "llvm-14")
	file := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(file, []byte(Prefix+strings.Join(rules, "\n"+Prefix)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(rtdyld, "-verify", "-triple="+triple, "-check="+file, fmt.Sprintf("-map-section=test.o,.text=%#x", text), p.object)
	var output bytes.Buffer
	command.Stderr = &output
	if err := command.Run(); err != nil && command.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v: %v\n%s", command, err, output.String())
	}
	said := map[string]string{}
	for _, line := range strings.Split(output.String(), "\n") {
		if _, rest, ok := strings.Cut(line, "xpression '"); ok {
			rule, _, _ := strings.Cut(rest, "'")
			said[rule] = line
		}
	}
	return said
}

// TestRtdyld compares verdicts and messages with llvm-rtdyld's, over every operand of every instruction, and one too many.
func TestRtdyld(t *testing.T) {
	for _, a := range assembled {
		t.Run(a.triple, func(t *testing.T) {
			p := assemble(t, a.triple, a.code)
			var rules []string
			for _, label := range p.labels {
				rules = append(rules, "next_pc("+label+") = 0x1", label+" = *{1}"+label)
				for i := range 9 {
					rules = append(rules, fmt.Sprintf("decode_operand(%s, %d) = 0x7777", label, i))
				}
			}
			p.compare(t, a.triple, rules)
		})
	}
}

func (p program) compare(t *testing.T, triple string, rules []string) {
	said := p.verdicts(t, triple, rules)
	if len(said) == 0 {
		t.Fatal("llvm-rtdyld says nothing")
	}
	for _, rule := range rules {
		got := ""
		if err := Check(p.facts, rule); err != nil {
			got, _, _ = strings.Cut(err.Error(), "\n")
		}
		if got != said[rule] {
			t.Errorf("%s\nllvm-rtdyld: %s", got, said[rule])
		}
	}
}

// TestRtdyldLanguage compares rules about the language itself, true and false ones.
func TestRtdyldLanguage(t *testing.T) {
	triple := "x86_64-linux-gnu"
	p := assemble(t, triple, []string{"callq .+16", "addl $5, %eax"})
	rules := []string{
		"8-2-1 = 5", "1+2<<2 = 12", "1+2<<2 = 9", "0xFf& 0x0f| 0x100 = 0x10f", "0-1 = 0xffffffffffffffff", "010 = 8", "(1+(2))-3 = 0", "(1+(2))-3 = 1",
		"1=2=3", "(1)(2) = 3", "i0(1) = 3", "1+ = 2", "(1 = 2", "@ = 2", "<<1 = 2", "0X1F = 31", "*4 = 1", "*{4 = 1", "*{9}i0 = 1", "*{0}i0 = 1", "*{x}i0 = 1",
		"5[ = 9", "5[2 = 9", "5[2:3 = 9", "decode_operand i0 = 0", "decode_operand(i0 0) = 1", "decode_operand(i0, 0 = 1", "decode_operand(i0-5, 1) = 1",
		"decode_operand(i0*5, 1) = 1", "decode_operand(i0, 7) = 1", "next_pc(i0+5) = 0", "next_pc i0 = 0", "stub_addr(test.o/.text) = 1",
		"stub_addr(test.o/.text, i0 x) = 1", "stub_addr x = 0", "section_addr(a.o) = 1", "section_addr(a.o, x = 1", "0xabcd[15:8] = 0xab", "(1<<63)[63:63] = 1", "(0-1)[62:0] = 0x7fffffffffffffff", "*{8}0 = 0", "*{1}i0 = 0xe8", "*{4}(i0+1) = 11", "*{4}i0+1 = 11", "(*{1}i0)+1 = 0xe9",
		"*{2}next_pc(i0) = 0xc083", "i1-i0 = 5", "i0[7:4]|1 = 1", "decode_operand(i0+5, 2) = 5", "section_addr(test.o, .text) = i0",
		"*{1}section_addr(test.o, .text) = 0xe8", "0xffffffffffffffff+1 = 0", "section_addr(test.o, .tex) = i0",
	}
	p.facts.sections = map[string]Place{"test.o,.text": p.facts.symbols["i0"]}
	p.compare(t, triple, rules)
}
