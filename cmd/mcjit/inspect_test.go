package main

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestInspectFormats shows objects of other formats than ELF in the words of these formats, with what they would need.
func TestInspectFormats(t *testing.T) {
	for _, c := range []struct {
		name, triple, source string
		lines                []string // words of lines, in this order
		without              []string
	}{
		{"x86-64 Mach-O", "x86_64-apple-macos13", `
			.globl _f
			.weak_definition _f
			_f: callq _puts
			movq _ext@GOTPCREL(%rip), %rax
			.section __DATA,__mod_init_func,mod_init_funcs
			.quad _f
			.section __DATA,__thread_data,thread_local_regular
			_v$tlv$init: .long 1
			.section __DATA,__thread_vars,thread_local_variables
			.globl _v
			_v: .quad __tlv_bootstrap, 0, _v$tlv$init`,
			[]string{"Mach-O relocatable object, x86_64, 64-bit, little-endian", "1 __text REGULAR 12 1 r-x pure-instructions, 2 relocations", "2 __mod_init_func MOD_INIT_FUNC_POINTERS 8 1 rw- 1 relocation",
				"weak function __text f", "global (undefined) puts", "relocations of [1] __text", "0x8 X86_64_RELOC_GOT_LOAD, 4 bytes ext", "0x1 X86_64_RELOC_BRANCH, 4 bytes puts",
				"relocations of [2] __mod_init_func", "0x0 X86_64_RELOC_UNSIGNED, 8 bytes f", "memory r-x code", "symbol _tlv_bootstrap supplied for thread-local variables", "symbol ext not in the C library", "nothing in it is unsupported"},
			[]string{" REL ", " section "}},
		{"x86-64 COFF", "x86_64-pc-windows-msvc", `
			.globl f
			f: callq puts
			leaq ext(%rip), %rax
			.section .rdata,"dr",same_size,k
			.globl k
			k: .long 1
			.section .info,"y"
			.byte 0`,
			[]string{"COFF relocatable object, x86_64, 64-bit, little-endian", ".text code 12 4 r-x 2 relocations", ".rdata data 4 1 r-- group, same size k",
				"global .text f", "relocations of [1] .text", "0x1 IMAGE_REL_AMD64_REL32 puts", "0x8 IMAGE_REL_AMD64_REL32 ext", "symbol ext not in the C library", "nothing in it is unsupported"},
			[]string{" REL ", " GROUP "}},
		{"versions of ELF", "x86_64-linux-gnu", "call f@PLT\nnew: ret\n.globl new\n.symver new, f@@V2\n",
			[]string{"new", "f@@V2", "0x1 R_X86_64_PLT32 f", "memory r-x code", "nothing in it is unsupported"}, []string{"symbol  f"}},
		{"64-bit Mips", "mips64-linux-gnu", "lui $1, %hi(%neg(%gp_rel(f)))", []string{"0x0 R_MIPS_GPREL16/R_MIPS_SUB/R_MIPS_HI16 f"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			testenv.NeedsTool(t, "clang-19", "clang-19")
			data := testenv.CompileBytes(t, "clang-19", testenv.Assembler, c.source+"\n", "--target="+c.triple)
			var out bytes.Buffer
			if err := inspectObject(&out, objimage.NewBuffer("a.o", data), &inspectOptions{}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(out.String(), "\n")
			for _, want := range c.lines {
				i := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(strings.Join(strings.Fields(line), " "), want) })
				if i < 0 {
					t.Fatalf("%q does not follow, in\n%s", want, out.String())
				}
				lines = lines[i+1:]
			}
			for _, never := range c.without {
				if strings.Contains(out.String(), never) {
					t.Errorf("%q is in\n%s", never, out.String())
				}
			}
		})
	}
}

// What nothing refers to is not missed, neither here nor by a link.
func TestInspectUnused(t *testing.T) {
	onlyLinuxAMD64(t)
	object := testenv.Compile(t, "gcc", testenv.C, "int missing(void); int main(void) { return 3; } int f(void) { return missing(); } __asm__(\".globl unused\");", "-O1", "-fPIC")
	out, err := exec.Command("mcjit", "inspect", object).CombinedOutput()
	if err != nil {
		t.Error(err)
	}
	_, need, _ := strings.Cut(string(out), "what it would need")
	contains(t, "the output", need, []string{"missing  not in the C library\n", "1 symbol has to come from other objects"})
	if strings.Contains(need, "unused") {
		t.Errorf("a symbol that nothing refers to is needed:\n%s", need)
	}
}
