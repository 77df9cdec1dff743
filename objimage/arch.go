package objimage

import "debug/elf"

// A Format is an object file format.
type Format uint8

// The formats that are read.
const (
	ELF Format = 1 + iota
	MachO
	COFF
)

var formatNames = [...]string{ELF: "ELF", MachO: "Mach-O", COFF: "COFF"}

// String returns the format's usual name.
func (f Format) String() string {
	if f == 0 || int(f) >= len(formatNames) {
		return "unknown format"
	}
	return formatNames[f]
}

// An Arch is the instruction set architecture that an object is for, byte order included.
type Arch uint8

// The architectures. They have LLVM's names (llvm::Triple::ArchType), which String returns.
const (
	ArchUnknown Arch = iota
	ArchX86_64       // also x32: Object.Bits tells
	ArchI386
	ArchAArch64 // also ILP32, as ArchAArch64BE
	ArchAArch64BE
	ArchARM
	ArchARMEB
	ArchMips
	ArchMipsel
	ArchMips64
	ArchMips64el
	ArchPPC
	ArchPPC64
	ArchPPC64LE
	ArchS390X
	ArchRISCV32
	ArchRISCV64
	ArchLoongArch64
	ArchBPFEL
	ArchBPFEB
	ArchSparcV9
	ArchM68k
)

var archNames = [...]string{
	ArchUnknown:     "unknown",
	ArchX86_64:      "x86_64",
	ArchI386:        "i386",
	ArchAArch64:     "aarch64",
	ArchAArch64BE:   "aarch64_be",
	ArchARM:         "arm",
	ArchARMEB:       "armeb",
	ArchMips:        "mips",
	ArchMipsel:      "mipsel",
	ArchMips64:      "mips64",
	ArchMips64el:    "mips64el",
	ArchPPC:         "ppc",
	ArchPPC64:       "ppc64",
	ArchPPC64LE:     "ppc64le",
	ArchS390X:       "s390x",
	ArchRISCV32:     "riscv32",
	ArchRISCV64:     "riscv64",
	ArchLoongArch64: "loongarch64",
	ArchBPFEL:       "bpfel",
	ArchBPFEB:       "bpfeb",
	ArchSparcV9:     "sparcv9",
	ArchM68k:        "m68k",
}

// String returns LLVM's name of the architecture, and "unknown" for others.
func (a Arch) String() string {
	if int(a) < len(archNames) {
		return archNames[a]
	}
	return archNames[ArchUnknown]
}

// elfArch returns what e_machine, the class and the byte order mean together.
func elfArch(machine elf.Machine, l *layout) Arch {
	wide, big := l.word == 8, l.big
	switch machine {
	case elf.EM_X86_64:
		return oneOf(!big, ArchX86_64, ArchUnknown)
	case elf.EM_386:
		return oneOf(!wide && !big, ArchI386, ArchUnknown)
	case elf.EM_AARCH64:
		return oneOf(big, ArchAArch64BE, ArchAArch64)
	case elf.EM_ARM:
		return oneOf(big, ArchARMEB, ArchARM)
	case elf.EM_MIPS:
		if wide {
			return oneOf(big, ArchMips64, ArchMips64el)
		}
		return oneOf(big, ArchMips, ArchMipsel)
	case elf.EM_PPC:
		return oneOf(big, ArchPPC, ArchUnknown)
	case elf.EM_PPC64:
		return oneOf(big, ArchPPC64, ArchPPC64LE)
	case elf.EM_S390:
		return oneOf(wide && big, ArchS390X, ArchUnknown)
	case elf.EM_RISCV:
		if big {
			return ArchUnknown // there are no such processors, and it is not settled how their objects would be
		}
		return oneOf(wide, ArchRISCV64, ArchRISCV32)
	case elf.EM_LOONGARCH:
		return oneOf(wide && !big, ArchLoongArch64, ArchUnknown)
	case elf.EM_BPF:
		return oneOf(big, ArchBPFEB, ArchBPFEL)
	case elf.EM_SPARCV9:
		return oneOf(wide && big, ArchSparcV9, ArchUnknown)
	case elf.EM_68K:
		return oneOf(!wide && big, ArchM68k, ArchUnknown)
	}
	return ArchUnknown
}

func oneOf(first bool, a, b Arch) Arch {
	if first {
		return a
	}
	return b
}
