package checker

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
)

// A Target is the processor whose instructions rules are about.
type Target struct {
	Arch objimage.Arch // byte order included
	// CPU is LLVM's name of a model (-mcpu); empty for the usual one. On MIPS it tells release 6 from those before, on PowerPC e500 has SPE, in Thumb the M profile (cortex-m4), and
	// that with MVE (cortex-m55), from the others.
	CPU string
	// Data is the order of bytes in what loads read; nil is that of Arch.
	Data binary.ByteOrder
	// Thumb says that ARM instructions are Thumb where the Place does not say otherwise.
	Thumb bool
	// PCBias is added to what next_pc gives: 0 for LLVM 14, whose next_pc is the address of the next instruction everywhere;
	// 4 for ARM in LLVM 15 and later, where it is what the program counter reads as.
	PCBias uint64
}

// tripleArchs maps what is before the first dash of a triple to the architecture. Spellings with versions are listed in tripleFamilies.
var tripleArchs = map[string]objimage.Arch{
	"x86_64": objimage.ArchX86_64, "amd64": objimage.ArchX86_64, "x86_64h": objimage.ArchX86_64,
	"i386": objimage.ArchI386, "i486": objimage.ArchI386, "i586": objimage.ArchI386, "i686": objimage.ArchI386, "i786": objimage.ArchI386,
	"aarch64": objimage.ArchAArch64, "arm64": objimage.ArchAArch64, "aarch64_be": objimage.ArchAArch64BE,
	"mips": objimage.ArchMips, "mipseb": objimage.ArchMips, "mipsallegrex": objimage.ArchMips, "mipsisa32r6": objimage.ArchMips, "mipsr6": objimage.ArchMips,
	"mipsel": objimage.ArchMipsel, "mipsallegrexel": objimage.ArchMipsel, "mipsisa32r6el": objimage.ArchMipsel, "mipsr6el": objimage.ArchMipsel,
	"mips64": objimage.ArchMips64, "mips64eb": objimage.ArchMips64, "mipsn32": objimage.ArchMips64, "mipsisa64r6": objimage.ArchMips64,
	"mips64r6": objimage.ArchMips64, "mipsn32r6": objimage.ArchMips64,
	"mips64el": objimage.ArchMips64el, "mipsn32el": objimage.ArchMips64el, "mipsisa64r6el": objimage.ArchMips64el, "mips64r6el": objimage.ArchMips64el,
	"mipsn32r6el": objimage.ArchMips64el,
	"powerpc":     objimage.ArchPPC, "ppc": objimage.ArchPPC, "ppc32": objimage.ArchPPC, "powerpcspe": objimage.ArchPPC,
	"powerpc64": objimage.ArchPPC64, "ppc64": objimage.ArchPPC64, "ppu": objimage.ArchPPC64,
	"powerpc64le": objimage.ArchPPC64LE, "ppc64le": objimage.ArchPPC64LE,
	"s390x": objimage.ArchS390X, "systemz": objimage.ArchS390X,
	"riscv32": objimage.ArchRISCV32, "riscv64": objimage.ArchRISCV64,
	"loongarch64": objimage.ArchLoongArch64,
	"bpf":         objimage.ArchBPFEL, "bpfel": objimage.ArchBPFEL, "bpf_le": objimage.ArchBPFEL, "bpfeb": objimage.ArchBPFEB, "bpf_be": objimage.ArchBPFEB,
	"sparcv9": objimage.ArchSparcV9, "sparc64": objimage.ArchSparcV9, "m68k": objimage.ArchM68k,
}

// tripleFamilies are the architectures whose name in a triple goes on with a version ("armv7s", "thumbv7em"). The longest come first.
var tripleFamilies = []struct {
	prefix string
	arch   objimage.Arch
	thumb  bool
}{
	{"thumbeb", objimage.ArchARMEB, true},
	{"thumb", objimage.ArchARM, true},
	{"armeb", objimage.ArchARMEB, false},
	{"arm", objimage.ArchARM, false},
}

// ParseTarget returns the target of an LLVM triple ("powerpc64le-unknown-linux-gnu", of which the first part counts that is an architecture: LLVM puts the parts into order) and of
// the name of a processor (-mcpu), which may be empty. A triple of no architecture that is known here is a [*TripleError].
func ParseTarget(triple, cpu string) (Target, error) {
	for name := range strings.SplitSeq(triple, "-") {
		if t, ok := targetOf(name, cpu); ok {
			return t, nil
		}
	}
	return Target{}, &TripleError{Triple: triple}
}

// targetOf is ParseTarget for a part of a triple.
func targetOf(name, cpu string) (t Target, ok bool) {
	if cpu == "" && strings.HasPrefix(name, "mips") && strings.Contains(name, "r6") {
		cpu = mipsR6
	}
	if cpu == "" && name == "powerpcspe" {
		cpu = ppcSPE
	}
	if arch, ok := tripleArchs[name]; ok {
		return Target{Arch: arch, CPU: cpu}, true
	}
	for _, f := range tripleFamilies {
		if strings.HasPrefix(name, f.prefix) {
			arch := f.arch
			if strings.HasSuffix(name, "eb") {
				arch = objimage.ArchARMEB
			}
			return Target{Arch: arch, CPU: cmp.Or(cpu, microcontroller(name)), Thumb: f.thumb}, true
		}
	}
	return t, false
}

// microcontroller returns a processor of the M profile for names of ARM with its versions: thumbv6m, thumbv7em, thumbv8.1m.main.
func microcontroller(name string) string {
	switch version := name[strings.LastIndexByte(name, 'v')+1:]; {
	case strings.HasPrefix(version, "8.1m"):
		return heliumCPU
	case len(version) < len(name) && strings.Contains(version, "m"):
		return "cortex-m4"
	}
	return ""
}

// TripleError is a triple whose architecture is not known.
type TripleError struct {
	Triple string
}

// Error names the triple.
func (e *TripleError) Error() string {
	return fmt.Sprintf("no architecture is known for the triple %q: give one such as x86_64-linux-gnu or armv7-linux-gnueabihf", e.Triple)
}

// mipsR6 is the processor that means release 6 of MIPS, whose encodings differ from those before.
const mipsR6 = "mips32r6"

// heliumCPU is the processor that means MVE, whose encodings are those of Advanced SIMD.
const heliumCPU = "cortex-m55"

// data returns the order of bytes in what loads read.
func (t Target) data() binary.ByteOrder {
	if t.Data != nil {
		return t.Data
	}
	return t.order()
}

// order returns the order of bytes of the architecture.
func (t Target) order() binary.ByteOrder {
	switch t.Arch {
	case objimage.ArchAArch64BE, objimage.ArchARMEB, objimage.ArchMips, objimage.ArchMips64, objimage.ArchPPC, objimage.ArchPPC64,
		objimage.ArchS390X, objimage.ArchBPFEB, objimage.ArchSparcV9, objimage.ArchM68k:
		return binary.BigEndian
	}
	return binary.LittleEndian
}
