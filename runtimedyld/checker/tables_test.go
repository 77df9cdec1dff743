package checker

import (
	"encoding/binary"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// An encoding is a table, and LLVM's decoder for it.
type encoding struct {
	name   string
	table  *table
	size   int // bytes of an instruction
	target Target
	mode   Mode
	oracle oracle
	order  binary.ByteOrder
	change func(word uint64) uint64 // makes of a word of the table what the instruction is
	halves bool                     // an instruction is two units in the target's order, the upper half first
	other  func(word uint64) bool   // says which words are not the table's, though they fit
	behind string                   // instructions behind each one, as many as oracle.behind
}

func (e *encoding) bytes(word uint64) []byte {
	b := make([]byte, 8)
	if e.change != nil {
		word = e.change(word)
	}
	switch {
	case e.size == 2:
		e.order.PutUint16(b, uint16(word))
	case e.size == 4 && e.halves:
		e.order.PutUint16(b, uint16(word>>16))
		e.order.PutUint16(b[2:], uint16(word))
	case e.size == 4:
		e.order.PutUint32(b, uint32(word))
	case e.size == 6:
		binary.BigEndian.PutUint64(b, word<<16)
	case e.halves:
		e.order.PutUint32(b, uint32(word>>32))
		e.order.PutUint32(b[4:], uint32(word))
	default:
		e.order.PutUint64(b, word)
	}
	return append(b[:e.size], e.behind...)
}

// instance returns an instruction of a row.
func (e *encoding) instance(row *row, r *rand.Rand) uint64 {
	for {
		word := row.value | r.Uint64()&^row.mask&(1<<(8*e.size-1)<<1-1)
		if row.fits(word) && (e.other == nil || !e.other(word)) {
			return word
		}
	}
}

func riscvEncodings() []encoding {
	marker := []byte{0x37, 0xb5, 0xab, 0x12}
	rv := func(name string, table *table, size int, arch objimage.Arch) encoding {
		return encoding{
			name: name, table: table, size: size, target: Target{Arch: arch}, order: binary.LittleEndian,
			oracle: oracle{args: []string{"-triple=" + arch.String(), "-mattr=+m,+a,+f,+d,+c"}, marker: marker},
		}
	}
	vectors := func(e encoding) encoding {
		e.oracle.args[1] = "-mattr=+m,+a,+f,+d,+v,+zba,+zbb,+zbc,+zbs,+zfh"
		return e
	}
	bits := func(e encoding) encoding {
		e.oracle.args[1] = "-mattr=+zk,+zks,+zbkb,+zbkc,+zbkx,+experimental-zbe,+experimental-zbf,+experimental-zbm,+experimental-zbp,+experimental-zbr,+experimental-zbt"
		e.other = func(word uint64) bool { return word&0xfe00507f == 0x0e005033 } // czero.eqz and czero.nez, which were ratified with encodings of Zbt
		return e
	}
	later := func(e encoding) encoding {
		e.oracle.newer = true
		e.oracle.args[1] = "-mattr=+m,+a,+f,+d,+v,+h,+zfh,+zicond,+zicbom,+zicbop,+zicboz,+zimop,+zcb,+zba,+zbb,+zfa,+zfbfmin,+zvbb,+zvbc,+zvfbfmin,+zvfbfwma,+zvkg,+zvkned,+zvknhb," +
			"+zvksed,+zvksh,+svinval,+zawrs,+experimental-zacas,+zabha,+experimental-zalasr,+experimental-zicfiss"
		return e
	}
	return []encoding{
		bits(rv("riscv32 bits", riscv32BitTable, 4, objimage.ArchRISCV32)),
		bits(rv("riscv64 bits", riscv64BitTable, 4, objimage.ArchRISCV64)),
		later(rv("riscv32 later", riscv32LaterTable, 4, objimage.ArchRISCV32)),
		later(rv("riscv64 later", riscv64LaterTable, 4, objimage.ArchRISCV64)),
		later(rv("riscv32 later compressed", riscv32LaterHalfTable, 2, objimage.ArchRISCV32)),
		later(rv("riscv64 later compressed", riscv64LaterHalfTable, 2, objimage.ArchRISCV64)),
		vectors(rv("riscv32 vectors", riscv32VectorTable, 4, objimage.ArchRISCV32)),
		vectors(rv("riscv64 vectors", riscv64VectorTable, 4, objimage.ArchRISCV64)),
		rv("riscv32 words", riscv32Table, 4, objimage.ArchRISCV32),
		rv("riscv64 words of both", riscv32Table, 4, objimage.ArchRISCV64),
		rv("riscv64 words", riscv64Table, 4, objimage.ArchRISCV64),
		rv("riscv32 compressed of both", riscvCompressedTable, 2, objimage.ArchRISCV32),
		rv("riscv64 compressed of both", riscvCompressedTable, 2, objimage.ArchRISCV64),
		rv("riscv32 compressed", riscv32CompressedTable, 2, objimage.ArchRISCV32),
		rv("riscv64 compressed", riscv64CompressedTable, 2, objimage.ArchRISCV64),
	}
}

func aarch64Encodings() []encoding {
	var all []encoding
	const features = "-mattr=+v8.8a,+v9.3a,+fullfp16,+dotprod,+sha3,+sm4,+aes,+fp16fml,+bf16,+i8mm,+mte,+tme,+ls64,+mops,+hbc," +
		"+sve2,+sve2-aes,+sve2-sm4,+sve2-sha3,+sve2-bitperm,+f32mm,+f64mm,+sme,+sme-f64,+sme-i64"
	a64 := func(name string, table *table, arch objimage.Arch) {
		all = append(all, encoding{
			name: name, table: table, size: 4, target: Target{Arch: arch}, order: binary.LittleEndian,
			oracle: oracle{args: []string{"-triple=" + arch.String(), features}, marker: []byte{0xcd, 0x6b, 0x89, 0xd2}},
		})
	}
	a64("aarch64", aarch64Table, objimage.ArchAArch64)
	a64("aarch64_be", aarch64Table, objimage.ArchAArch64BE)
	a64("aarch64 vectors", aarch64VectorTable, objimage.ArchAArch64)
	a64("aarch64 scalable vectors", aarch64ScalableTable, objimage.ArchAArch64)
	return all
}

func ppcEncodings() []encoding {
	big, little := []byte{0x3d, 0x6b, 0xbb, 0xcd}, []byte{0xcd, 0xbb, 0x6b, 0x3d}
	ppc := func(table *table, size int, arch objimage.Arch, triple, cpu string, order binary.ByteOrder, marker []byte) encoding {
		return encoding{
			name: triple + " " + cpu, table: table, size: size, target: Target{Arch: arch}, order: order, halves: size == 8,
			oracle: oracle{args: []string{"-triple=" + triple, "-mcpu=" + cpu}, marker: marker},
		}
	}
	spe := ppc(ppcSPETable, 4, objimage.ArchPPC, "powerpc", ppcSPE, binary.BigEndian, big)
	spe.target.CPU = ppcSPE
	return []encoding{
		spe,
		ppc(ppcTable, 4, objimage.ArchPPC, "powerpc", "ppc", binary.BigEndian, big),
		ppc(ppcTable, 4, objimage.ArchPPC64, "powerpc64", "pwr9", binary.BigEndian, big),
		ppc(ppcTable, 4, objimage.ArchPPC64LE, "powerpc64le", "pwr9", binary.LittleEndian, little),
		ppc(ppcVectorTable, 4, objimage.ArchPPC64, "powerpc64", "pwr10", binary.BigEndian, big),
		ppc(ppcVectorTable, 4, objimage.ArchPPC64LE, "powerpc64le", "pwr10", binary.LittleEndian, little),
		ppc(ppcVectorPrefixedTable, 8, objimage.ArchPPC64, "powerpc64", "pwr10", binary.BigEndian, big),
		ppc(ppcPrefixedTable, 8, objimage.ArchPPC64, "powerpc64", "pwr10", binary.BigEndian, big),
		ppc(ppcPrefixedTable, 8, objimage.ArchPPC64LE, "powerpc64le", "pwr10", binary.LittleEndian, little),
	}
}

func armEncodings() []encoding {
	const features = "-mattr=+neon,+vfp4,+hwdiv-arm,+hwdiv,+trustzone,+mp,+virtualization"
	arm := oracle{args: []string{"-triple=armv7a", features}, marker: []byte{0xcd, 0xbb, 0xa0, 0xe3}}
	thumb := oracle{args: []string{"-triple=thumbv7a", features}, marker: []byte{0x41, 0xf2, 0xcd, 0x23}}
	noCondition := func(word uint64) bool { return word>>28 == 15 }
	target := Target{Arch: objimage.ArchARM}
	thumbTarget := Target{Arch: objimage.ArchARM, Thumb: true}
	v8 := features + ",+crc,+neon,+fp-armv8,+fullfp16,+dotprod,+crypto,+bf16,+i8mm,+fp16fml,+v8.3a,+sb"
	armV8 := oracle{args: []string{"-triple=armv8.2a", v8}, marker: arm.marker}
	thumbV8 := oracle{args: []string{"-triple=thumbv8.2a", v8}, marker: thumb.marker}
	// An instruction may begin a VPT block, which changes what the next four are for LLVM: these do nothing.
	helium := oracle{args: []string{"-triple=thumbv8.1m.main", "-mattr=+mve.fp,+fp64,+dsp,+lob,+pacbti,+8msecext,+d32"}, marker: thumb.marker, behind: 4}
	const nops = "\x00\xbf\x00\xbf\x00\xbf\x00\xbf"
	heliumTarget, mTarget := Target{Arch: objimage.ArchARM, Thumb: true, CPU: heliumCPU}, Target{Arch: objimage.ArchARM, Thumb: true, CPU: "cortex-m33"}
	return []encoding{
		{name: "thumb helium", table: thumbHeliumTable, size: 4, target: heliumTarget, oracle: helium, order: binary.LittleEndian, halves: true, behind: nops},
		{name: "thumb M", table: thumbMTable, size: 4, target: mTarget, oracle: helium, order: binary.LittleEndian, halves: true, behind: nops},
		{name: "thumb secure halves", table: thumbSecureTable, size: 2, target: mTarget, oracle: helium, order: binary.LittleEndian, behind: nops},
		{
			name: "arm coprocessors 2", table: armCoprocessor2Table, size: 4, target: target, oracle: arm, order: binary.LittleEndian,
			other: func(word uint64) bool { return word>>9&7 == 6 }, // dot products
		},
		{
			name: "thumb coprocessors 2", table: thumbCoprocessor2Table, size: 4, target: thumbTarget, oracle: thumb, order: binary.LittleEndian, halves: true,
			other: func(word uint64) bool { return word>>9&7 == 6 },
		},
		{name: "arm floating point", table: armFPTable, size: 4, target: target, oracle: armV8, order: binary.LittleEndian, other: noCondition},
		{name: "armv8", table: armV8Table, size: 4, target: target, oracle: armV8, order: binary.LittleEndian, other: noCondition},
		{name: "thumbv8", table: thumbV8Table, size: 4, target: thumbTarget, oracle: thumbV8, order: binary.LittleEndian, halves: true},
		{name: "arm coprocessors", table: armCoprocessorTable, size: 4, target: target, oracle: arm, order: binary.LittleEndian, other: noCondition},
		{
			name: "thumb coprocessors", table: armCoprocessorTable, size: 4, target: thumbTarget, oracle: thumb, order: binary.LittleEndian, halves: true,
			other: func(word uint64) bool { return word>>28 != 14 },
		},
		{name: "arm vectors", table: armVectorTable, size: 4, target: target, oracle: armV8, order: binary.LittleEndian},
		{
			name: "thumb floating point", table: armFPTable, size: 4, target: thumbTarget, oracle: thumbV8, order: binary.LittleEndian, halves: true,
			other: func(word uint64) bool { return word>>28 != 14 },
		},
		{
			name: "thumb vectors", table: armVectorTable, size: 4, target: thumbTarget, oracle: thumbV8, order: binary.LittleEndian, halves: true,
			change: thumbVector,
		},
		{name: "arm", table: armTable, size: 4, target: target, oracle: arm, order: binary.LittleEndian, other: noCondition},
		{name: "arm without condition", table: armAlwaysTable, size: 4, target: target, oracle: armV8, order: binary.LittleEndian},
		{name: "thumb literals", table: thumbLiteralsTable, size: 4, target: thumbTarget, oracle: thumb, order: binary.LittleEndian, halves: true},
		{name: "thumb words", table: thumbTable, size: 4, target: thumbTarget, oracle: thumbV8, order: binary.LittleEndian, halves: true},
		{name: "thumb halves", table: thumbHalfwordsTable, size: 2, target: thumbTarget, oracle: thumbV8, order: binary.LittleEndian},
	}
}

// thumbVector returns the encoding in T32 of an instruction on vectors of A32.
func thumbVector(word uint64) uint64 {
	switch low := word & 0xffffff; word >> 24 {
	case 0xf2, 0xf3:
		return 0xef<<24 | word<<4&(1<<28) | low
	case 0xf4:
		return 0xf9<<24 | low
	}
	return word
}

func mipsEncodings() []encoding {
	mips := func(table *table, arch objimage.Arch, cpu string) encoding {
		e := encoding{
			name: arch.String() + " " + cpu, table: table, size: 4, target: Target{Arch: arch, CPU: cpu}, order: binary.BigEndian,
			oracle: oracle{args: []string{"-triple=" + arch.String(), "-mcpu=" + cpu}, marker: []byte{0x3c, 0x0b, 0xbb, 0xcd}},
		}
		if arch == objimage.ArchMipsel || arch == objimage.ArchMips64el {
			e.order, e.oracle.marker = binary.LittleEndian, []byte{0xcd, 0xbb, 0x0b, 0x3c}
		}
		return e
	}
	msa := func(e encoding) encoding {
		e.name += " MSA"
		e.oracle.args = append(e.oracle.args, "-mattr=+msa,+fp64")
		return e
	}
	module := func(e encoding) encoding {
		e.name += " modules"
		e.oracle.args = append(e.oracle.args, "-mattr=+dsp,+dspr2,+dspr3,+mt,+eva,+virt,+ginv,+crc")
		accumulators := map[uint64]bool{0x10: true, 0x11: true, 0x12: true, 0x13: true, 0x18: true, 0x19: true}
		e.other = func(word uint64) bool { // the first accumulator is also that of the instructions without DSP
			return word>>26 == 0 && accumulators[word&63] && word&0x601800 == 0 || word>>26 == 0x1c && word&0x1800 == 0
		}
		return e
	}
	const modules = "-mattr=+micromips,+dsp,+dspr2,+dspr3,+eva,+virt,+ginv"
	micro := func(table *table, size int, arch objimage.Arch, cpu string) encoding {
		e := mips(table, arch, cpu)
		e.name, e.size, e.mode, e.halves = fmt.Sprintf("micromips%d %v %s", 8*size, arch, cpu), size, ModeMicroMIPS, true
		e.oracle.args = append(e.oracle.args, modules)
		e.oracle.marker = []byte{0x41, 0xab, 0xbb, 0xcd} // lui
		if cpu == "mips32r6" {
			e.oracle.marker = []byte{0x11, 0x60, 0xbb, 0xcd}
		}
		if m := e.oracle.marker; e.order == binary.LittleEndian {
			m[0], m[1], m[2], m[3] = m[1], m[0], m[3], m[2]
		}
		return e
	}
	return []encoding{
		module(mips(mipsModule32Table, objimage.ArchMips, "mips32r5")), module(mips(mipsModule32R6Table, objimage.ArchMipsel, "mips32r6")),
		module(mips(mipsModule64Table, objimage.ArchMips64el, "mips64r5")), module(mips(mipsModule64R6Table, objimage.ArchMips64, "mips64r6")),
		micro(microMIPSTable, 4, objimage.ArchMips, "mips32r5"), micro(microMIPSR6Table, 4, objimage.ArchMipsel, "mips32r6"),
		micro(microMIPS64Table, 4, objimage.ArchMips64el, "mips64r5"),
		micro(microMIPSHalfTable, 2, objimage.ArchMipsel, "mips32r5"), micro(microMIPSR6HalfTable, 2, objimage.ArchMips, "mips32r6"),
		mips(mips32Table, objimage.ArchMips, "mips32r2"), mips(mips32R6Table, objimage.ArchMips, "mips32r6"),
		mips(mips64Table, objimage.ArchMips64, "mips64r2"), mips(mips64R6Table, objimage.ArchMips64, "mips64r6"),
		mips(mips32Table, objimage.ArchMipsel, "mips32r2"), mips(mips64R6Table, objimage.ArchMips64el, "mips64r6"),
		msa(mips(mipsMSA32Table, objimage.ArchMips, "mips32r5")), msa(mips(mipsMSA32R6Table, objimage.ArchMipsel, "mips32r6")),
		msa(mips(mipsMSA64Table, objimage.ArchMips64, "mips64r5")), msa(mips(mipsMSA64R6Table, objimage.ArchMips64el, "mips64r6")),
	}
}

func systemzEncodings() []encoding {
	z := func(name string, table *table, size int) encoding {
		return encoding{
			name: name, table: table, size: size, target: Target{Arch: objimage.ArchS390X}, order: binary.BigEndian,
			oracle: oracle{args: []string{"-triple=s390x", "-mcpu=arch14"}, marker: []byte{0xa7, 0x18, 0xbb, 0xcd}},
		}
	}
	return []encoding{
		z("systemz halves", systemzHalvesTable, 2), z("systemz words", systemzWordsTable, 4), z("systemz long", systemzLongTable, 6),
		z("systemz vectors", systemzVectorTable, 6),
	}
}

func otherEncodings() []encoding {
	bpf := func(arch objimage.Arch, order binary.ByteOrder, marker []byte) encoding {
		return encoding{
			name: arch.String(), table: bpfTable, size: 8, target: Target{Arch: arch}, order: order,
			oracle: oracle{args: []string{"-triple=" + arch.String()}, marker: marker},
		}
	}
	bpf64 := bpf(objimage.ArchBPFEL, binary.LittleEndian, []byte{0xb7, 0x03, 0, 0, 0x67, 0x45, 0xab, 0x12})
	bpf32 := bpf64
	bpf32.name, bpf32.table = "bpfel 32 bits", bpf32Table
	bpf32.oracle.args = append(bpf32.oracle.args, "-mattr=+alu32")
	return []encoding{
		bpf64, bpf32,
		{
			name: "sparcv9", table: sparcTable, size: 4, target: Target{Arch: objimage.ArchSparcV9}, order: binary.BigEndian,
			oracle: oracle{args: []string{"-triple=sparcv9"}, marker: []byte{0x90, 0x10, 0x35, 0x5b}},
		},
		{
			name: "sparcv9 VIS", table: sparcVISTable, size: 4, target: Target{Arch: objimage.ArchSparcV9}, order: binary.BigEndian,
			oracle: oracle{args: []string{"-triple=sparcv9", "-mattr=+vis,+vis2,+vis3"}, marker: []byte{0x90, 0x10, 0x35, 0x5b}},
		},
		{
			name: "loongarch64", table: loongarchTable, size: 4, target: Target{Arch: objimage.ArchLoongArch64}, order: binary.LittleEndian,
			oracle: oracle{newer: true, args: []string{"-triple=loongarch64", "-mattr=+f,+d"}, marker: []byte{0x0b, 0x6a, 0x55, 0x14}},
		},
		{
			name: "loongarch64 vectors", table: loongarchVectorTable, size: 4, target: Target{Arch: objimage.ArchLoongArch64}, order: binary.LittleEndian,
			oracle: oracle{newer: true, args: []string{"-triple=loongarch64", "-mattr=+f,+d,+lsx,+lasx,+lbt,+lvz"}, marker: []byte{0x0b, 0x6a, 0x55, 0x14}},
		},
	}
}

// perRow is how many instructions are made of each row of a table.
const perRow = 10

// TestTables makes instructions of each row of each table, with all other bits random, and compares names and operands with LLVM's. What LLVM
// does not decode says nothing: reserved values of fields are not in the tables. But LLVM has to know an instance of each row.
func TestTables(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for _, e := range slices.Concat(riscvEncodings(), aarch64Encodings(), armEncodings(), mipsEncodings(), ppcEncodings(), systemzEncodings(), otherEncodings()) {
		t.Run(e.name, func(t *testing.T) { compareTable(t, e) })
	}
}

// TestIT compares all instructions it with LLVM's, which makes the up to four instructions behind them conditional.
func TestIT(t *testing.T) {
	encodings := armEncodings()
	thumb := encodings[len(encodings)-1]
	thumb.oracle.behind = 4
	var samples [][]byte
	for it := range 0xf0 { // not with the condition 15
		samples = append(samples, []byte{byte(it), 0xbf, 0x00, 0xbf, 0x00, 0xbf, 0x00, 0xbf, 0x00, 0xbf})
	}
	known := 0
	for i, want := range thumb.oracle.decode(t, samples) {
		if want == nil || want.Name != "t2IT" {
			continue
		}
		known++
		if got, err := Decode(thumb.target, ModeTarget, samples[i]); err != nil || got.Size != 2 || !sameOperands(got, *want) {
			t.Errorf("% x: %v (error %v), want %v", samples[i][:2], got, err, *want)
		}
	}
	if known < 14*15 {
		t.Errorf("LLVM decodes %d instructions it, want %d", known, 14*15)
	}
}

// uncompared are instructions at which llvm-mc dies, and it, which changes what LLVM makes of the following ones: see TestIT.
var uncompared = []string{"RDHWR_MM", "t2IT"}

func compareTable(t *testing.T, e encoding) {
	r := rand.New(rand.NewSource(1))
	var samples [][]byte
	for _, row := range e.table.rows() {
		if slices.Contains(uncompared, row.name) {
			continue
		}
		for range perRow {
			samples = append(samples, e.bytes(e.instance(&row, r)))
		}
	}
	seen := map[string]bool{}
	wrong := 0
	for i, want := range e.oracle.decode(t, samples) {
		if want == nil {
			continue
		}
		seen[opcode(want.Name)] = true
		got, err := Decode(e.target, e.mode, samples[i])
		if err == nil && got.Size == e.size && opcode(got.Name) == opcode(want.Name) && sameOperands(got, *want) {
			continue
		}
		if wrong++; wrong <= 10 {
			t.Errorf("% x: %v (%d bytes, error %v), want %v", samples[i], got, got.Size, err, *want)
		}
	}
	t.Logf("%d opcodes of LLVM compared", len(seen))
	if wrong > 0 {
		t.Errorf("%d of %d differ", wrong, len(samples))
	}
	for _, row := range e.table.rows() {
		if !seen[opcode(row.name)] && !slices.Contains(uncompared, row.name) {
			t.Errorf("LLVM knows no %s that is %x under the mask %x", row.name, row.value, row.mask)
		}
	}
}

// opcode returns a name without what LLVM adds for values of operands that make an instruction a hint, and for T32.
func opcode(name string) string { return strings.TrimPrefix(strings.TrimSuffix(name, "_HINT"), "t2") }
