package runtimedyld

import (
	"fmt"
	"strings"
)

// microMIPSMachines are emulators of the M14K, the processor of qemu-user with microMIPS that is not of release 6. It has no floating point. Of release 6, GNU as knows no microMIPS, and what clang 19 compiles does not run (it
// encodes lui as before): see TestMicroMIPSRelease6.
var microMIPSMachines = []struct{ arch, emulator, gnu string }{
	{"mips", "qemu-mips", "mips-linux-gnu"},
	{"mipsel", "qemu-mipsel", "mipsel-linux-gnu"},
}

// microMIPSHeader has gcc's assembler store and load several registers one by one: qemu-user 7.2 stores 16 bits of each in swm.
func microMIPSHeader() string {
	var b strings.Builder
	b.WriteString("#if defined(__mips_micromips) && !defined(__clang__)\n")
	for _, op := range []string{"sw", "lw"} {
		fmt.Fprintf(&b, "__asm__(\".macro %sm regs, last, at\\n\"\n", op)
		for last := 16; last <= 23; last++ {
			list := "$16"
			if last > 16 {
				list = fmt.Sprintf("$16-$%d", last)
			}
			fmt.Fprintf(&b, "\".ifc \\\\regs,%s\\n", list)
			for r := 16; r <= last; r++ {
				fmt.Fprintf(&b, "%s $%d, %d+\\\\at\\n", op, r, 4*(r-16))
			}
			fmt.Fprintf(&b, "%s \\\\last, %d+\\\\at\\n.endif\\n\"\n", op, 4*(last-15))
		}
		b.WriteString("\".endm\");\n")
	}
	b.WriteString("#endif\n")
	return b.String()
}

// Objects of microMIPS code of both compilers, and of standard code, that call each other: near, where calls become jalx, and far, through stubs. clang 19 has
// the relocations of standard code for -mxgot and for small data, which mean other bits in little-endian objects.
func init() {
	for _, m := range microMIPSMachines {
		const old = " -mabi=32 -march=mips32r2 -G0 -msoft-float -DNO_FLOAT"
		gcc, clang := m.gnu+"-gcc"+old, "clang-19 --target="+m.gnu+old
		execTargets[m.arch+" micromips"] = execTarget{
			emulator: m.emulator, cpu: "M14K", start: mipsStart, threadOffset: 64, onlyFlags: true, header: microMIPSHeader(),
			compilers: []string{
				gcc + " -mmicromips / " + gcc + " -mmicromips", gcc + " -mmicromips / " + clang + " -mno-micromips",
				clang + " -mno-micromips / " + gcc + " -mmicromips", clang + " -mmicromips / " + gcc + " -mmicromips",
			},
			starter: []string{m.gnu + "-gcc", "-mabi=32", "-march=mips32r2"},
			flags: []string{
				"lower -fPIC -O0 / -fPIC -O2", "lower -fno-pic -mno-abicalls -O1 near / -fno-pic -mno-abicalls -O2", "lower -fPIC -O2 / -fPIC -O1 -mxgot", "lower -fno-pic -mno-abicalls -O2 / -O1 -fPIC near",
				"lower -O1 -fPIC -ftls-model=local-dynamic", "lower -O1 -fno-pic -mno-abicalls",
			},
		}
	}
}
