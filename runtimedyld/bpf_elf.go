package runtimedyld

// bpfELF is the table of "BPF LLVM Relocations". A call's distance is from the place: the document has it from the section's start, which is what libbpf begins with.
var bpfELF = [...]howto{
	0:  {"R_BPF_NONE", &formulaNone, &fieldNone, 0, ""},
	1:  {"R_BPF_64_64", &formulaAbs, &bpfImm64, 0, ""},
	2:  {"R_BPF_64_ABS64", &formulaAbs, &fieldWord64, 0, ""},
	3:  {"R_BPF_64_ABS32", &formulaAbs, &fieldUint32, needReach, ""},
	4:  {"R_BPF_64_NODYLD32", &formulaNone, &fieldNone, 0, ""}, // in .BTF and .BTF.ext: offsets for whoever loads programs, which stay
	10: {"R_BPF_64_32", &formulaPC, &bpfCall, 0, ""},
}
