package rtdyld

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
)

// processors are the names of -mcpu that LLVM 14 to 19 know, by architecture.
var processors = []struct {
	archs []objimage.Arch
	names string
}{
	{[]objimage.Arch{objimage.ArchX86_64, objimage.ArchI386}, `
alderlake amdfam10 arrowlake arrowlake-s arrowlake_s athlon athlon-4 athlon-fx athlon-mp athlon-tbird athlon-xp athlon64 athlon64-sse3 atom atom_sse4_2 atom_sse4_2_movbe
barcelona bdver1 bdver2 bdver3 bdver4 bonnell broadwell btver1 btver2 c3 c3-2 cannonlake cascadelake clearwaterforest cooperlake core-avx-i core-avx2 core2
core_2_duo_sse4_1 core_2_duo_ssse3 core_2nd_gen_avx core_3rd_gen_avx core_4th_gen_avx core_4th_gen_avx_tsx core_5th_gen_avx core_5th_gen_avx_tsx core_aes_pclmulqdq
core_i7_sse4_2 corei7 corei7-avx emeraldrapids generic geode goldmont goldmont-plus goldmont_plus gracemont grandridge graniterapids graniterapids-d graniterapids_d
haswell i386 i486 i586 i686 icelake-client icelake-server icelake_client icelake_server ivybridge k6 k6-2 k6-3 k8 k8-sse3 knl knm lakemont lunarlake meteorlake mic_avx512
nehalem nocona opteron opteron-sse3 pantherlake penryn pentium pentium-m pentium-mmx pentium2 pentium3 pentium3m pentium4 pentium4m pentium_4 pentium_4_sse3 pentium_ii
pentium_iii pentium_iii_no_xmm_regs pentium_m pentium_mmx pentium_pro pentiumpro prescott raptorlake rocketlake sandybridge sapphirerapids sierraforest silvermont skx
skylake skylake-avx512 skylake_avx512 slm tigerlake tremont westmere winchip-c6 winchip2 x86-64 x86-64-v2 x86-64-v3 x86-64-v4 yonah znver1 znver2 znver3 znver4 znver5`},
	{[]objimage.Arch{objimage.ArchAArch64, objimage.ArchAArch64BE}, `
a64fx ampere1 ampere1a ampere1b apple-a10 apple-a11 apple-a12 apple-a13 apple-a14 apple-a15 apple-a16 apple-a17 apple-a7 apple-a8 apple-a9 apple-latest apple-m1 apple-m2
apple-m4 apple-s4 apple-s5 carmel cortex-a34 cortex-a35 cortex-a510 cortex-a520 cortex-a520ae cortex-a53 cortex-a55 cortex-a57 cortex-a65 cortex-a65ae cortex-a710
cortex-a715 cortex-a72 cortex-a720 cortex-a720ae cortex-a725 cortex-a73 cortex-a75 cortex-a76 cortex-a76ae cortex-a77 cortex-a78 cortex-a78ae cortex-a78c cortex-r82
cortex-r82ae cortex-x1 cortex-x1c cortex-x2 cortex-x3 cortex-x4 cortex-x925 cyclone exynos-m3 exynos-m4 exynos-m5 falkor generic kryo neoverse-512tvb neoverse-e1
neoverse-n1 neoverse-n2 neoverse-n3 neoverse-v1 neoverse-v2 neoverse-v3 neoverse-v3ae oryon-1 saphira thunderx thunderx2t99 thunderx3t110 thunderxt81 thunderxt83
thunderxt88 tsv110`},
	{[]objimage.Arch{objimage.ArchARM, objimage.ArchARMEB}, `
arm1020e arm1020t arm1022e arm10e arm10tdmi arm1136j-s arm1136jf-s arm1156t2-s arm1156t2f-s arm1176jz-s arm1176jzf-s arm710t arm720t arm7tdmi arm7tdmi-s arm8 arm810 arm9
arm920 arm920t arm922t arm926ej-s arm940t arm946e-s arm966e-s arm968e-s arm9e arm9tdmi cortex-a12 cortex-a15 cortex-a17 cortex-a32 cortex-a35 cortex-a5 cortex-a53
cortex-a55 cortex-a57 cortex-a7 cortex-a710 cortex-a72 cortex-a73 cortex-a75 cortex-a76 cortex-a76ae cortex-a77 cortex-a78 cortex-a78ae cortex-a78c cortex-a8 cortex-a9
cortex-m0 cortex-m0plus cortex-m1 cortex-m23 cortex-m3 cortex-m33 cortex-m35p cortex-m4 cortex-m52 cortex-m55 cortex-m7 cortex-m85 cortex-r4 cortex-r4f cortex-r5
cortex-r52 cortex-r52plus cortex-r7 cortex-r8 cortex-x1 cortex-x1c cyclone ep9312 exynos-m3 exynos-m4 exynos-m5 generic iwmmxt krait kryo mpcore mpcorenovfp neoverse-n1
neoverse-n2 neoverse-v1 sc000 sc300 strongarm strongarm110 strongarm1100 strongarm1110 swift xscale`},
	{[]objimage.Arch{objimage.ArchMips, objimage.ArchMipsel, objimage.ArchMips64, objimage.ArchMips64el}, `
generic mips1 mips2 mips3 mips32 mips32r2 mips32r3 mips32r5 mips32r6 mips4 mips5 mips64 mips64r2 mips64r3 mips64r5 mips64r6 octeon octeon+ p5600`},
	{[]objimage.Arch{objimage.ArchPPC, objimage.ArchPPC64, objimage.ArchPPC64LE}, `
440 450 601 602 603 603e 603ev 604 604e 620 7400 7450 750 970 a2 e500 e500mc e5500 future g3 g4 g4+ g5 generic ppc ppc32 ppc64 ppc64le pwr10 pwr11 pwr3 pwr4 pwr5 pwr5x
pwr6 pwr6x pwr7 pwr8 pwr9`},
	{[]objimage.Arch{objimage.ArchS390X}, `
arch10 arch11 arch12 arch13 arch14 arch8 arch9 generic z10 z13 z14 z15 z16 z196 zEC12`},
	{[]objimage.Arch{objimage.ArchRISCV32, objimage.ArchRISCV64}, `
generic generic-rv32 generic-rv64 rocket rocket-rv32 rocket-rv64 sifive-7-rv32 sifive-7-rv64 sifive-7-series sifive-e20 sifive-e21 sifive-e24 sifive-e31 sifive-e34
sifive-e76 sifive-p450 sifive-p670 sifive-s21 sifive-s51 sifive-s54 sifive-s76 sifive-u54 sifive-u74 sifive-x280 spacemit-x60 syntacore-scr1-base syntacore-scr1-max
syntacore-scr3-rv32 syntacore-scr3-rv64 veyron-v1 xiangshan-nanhu`},
	{[]objimage.Arch{objimage.ArchLoongArch64}, `
generic generic-la32 generic-la64 la464 la664 loongarch64`},
	{[]objimage.Arch{objimage.ArchBPFEL, objimage.ArchBPFEB}, `
generic probe v1 v2 v3 v4`},
	{[]objimage.Arch{objimage.ArchSparcV9}, `
at697e at697f f934 generic gr712rc gr740 hypersparc leon2 leon3 leon4 ma2080 ma2085 ma2100 ma2150 ma2155 ma2450 ma2455 ma2480 ma2485 ma2x5x ma2x8x myriad2 myriad2.1
myriad2.2 myriad2.3 niagara niagara2 niagara3 niagara4 sparclet sparclite sparclite86x supersparc tsc701 ultrasparc ultrasparc3 ut699 v7 v8 v9`},
	{[]objimage.Arch{objimage.ArchM68k}, `
M68000 M68010 M68020 M68030 M68040 M68060 generic`},
}

// tellOfProcessor says what LLVM says of a processor (MCSubtargetInfo): that it is none, or, if it is called "help", which there are. LLVM knows features, too.
func tellOfProcessor(w io.Writer, arch objimage.Arch, cpu string) {
	var names []string
	for _, p := range processors {
		if slices.Contains(p.archs, arch) {
			names = strings.Fields(p.names)
		}
	}
	switch {
	case cpu == "help":
		listProcessors(w, names)
	case cpu != "" && !slices.Contains(names, cpu):
		text := fmt.Sprintf("'%s' is not a recognized processor for this target (ignoring processor)\n", cpu)
		io.WriteString(w, text+text) // for its features, and for its times
	}
}

func listProcessors(w io.Writer, names []string) {
	width := 0
	for _, name := range names {
		width = max(width, len(name))
	}
	fmt.Fprint(w, "Available CPUs for this target:\n\n")
	for _, name := range names {
		fmt.Fprintf(w, "  %-*s - Select the %s processor.\n", width, name, name)
	}
	fmt.Fprint(w, "\n")
}
