package runtimedyld

// bpfELF is the table of "BPF LLVM Relocations". A call's distance is from the place: the document has it from the section's start, which is what libbpf begins with.
// From 8 on it has the numbers of binutils before 2.41 (include/elf/bpf.h), as far as LLVM has not given them to others: gcc writes 1, 10, 11 and 12.
var bpfELF = [...]howto{
	0:  {"R_BPF_NONE", &formulaNone, &fieldNone, 0, ""},
	1:  {"R_BPF_64_64", &formulaAbs, &bpfImm64, 0, ""},
	2:  {"R_BPF_64_ABS64", &formulaAbs, &fieldWord64, 0, ""},
	3:  {"R_BPF_64_ABS32", &formulaAbs, &fieldUint32, needReach, ""},
	4:  {"R_BPF_64_NODYLD32", &formulaNone, &fieldNone, 0, ""}, // in .BTF and .BTF.ext: offsets for whoever loads programs, which stay
	8:  {"R_BPF_DATA_8", &formulaAbs, &fieldWord8, 0, ""},
	9:  {"R_BPF_DATA_16", &formulaAbs, &fieldWord16, 0, ""},
	10: {"R_BPF_64_32", &formulaPC, &bpfCall, needFix, ""},
	11: {"R_BPF_DATA_32", &formulaAbs, &fieldWord32, needReach, ""},
	12: {"R_BPF_DATA_64", &formulaAbs, &fieldWord64, 0, ""},

	5:  {name: "R_BPF_DATA_8_PCREL", refusal: refuseBPFDistance},
	6:  {name: "R_BPF_DATA_16_PCREL", refusal: refuseBPFDistance},
	7:  {name: "R_BPF_DATA_32_PCREL", refusal: refuseBPFDistance},
	13: {name: "R_BPF_DATA_64_PCREL", refusal: refuseBPFDistance},
}

const refuseBPFDistance = "distances from data are not what their relocations say in objects of binutils before 2.41, whose linker leaves them as they are: write differences of labels of one section"
