package runtimedyld

import (
	"debug/elf"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
)

// ILP32 is AArch64 with pointers of 32 bits: ELFCLASS32, with relocations that are those of 64-bit objects by other numbers, but for loads of addresses from the GOT, which are
// of 4 bytes. The code computes addresses in registers of 64 bits, with zeros above: what is relative to the PC must not wrap around at 4 GiB, as it does on processors of 32 bits.
//
// "ELF for the Arm 64-bit Architecture" (aaelf64), 5.7: the columns "ELF32 Code". The ABI has no relocations for 64 bits in them, and none for what needs more than two MOVs.

func init() {
	a := aarch64
	a.name, a.narrow, a.long, a.rows = "aarch64_ilp32", true, true, aarch64ILP32Rows()
	a.word, a.slotSize, a.stub = &fieldWord32, 4, aarch64Stub(0xb940_0211, &a64Low12By4) // ldr w17, [x16]
	elfArches[objimage.ArchAArch64][0] = &a
	elfArches[objimage.ArchAArch64BE][0] = a.inBigEndian("aarch64_be_ilp32", false)
}

var a64Low14By4 = field{name: "imm14*4", size: 4, span: 0x3fff, low: 3, code: immediate(10, 12, 2)}

// aarch64ILP32Same has the numbers that relocations have in 64-bit objects, in runs, by what the first one of a run has in those of 32 bits. 0 is for what there is no such one.
var aarch64ILP32Same = map[int][]uint32{
	0: {0}, // R_AARCH64_NONE has no number of its own

	1:   {258, 259, 261, 262},                               // data
	5:   {263, 264, 265, 270},                               // absolute addresses in groups of moves
	9:   {273, 274, 275, 277, 278, 284, 285, 286, 299},      // addresses relative to the place
	18:  {279, 280, 282, 283},                               // branches
	22:  {287, 288, 289},                                    // relative addresses in groups of moves
	25:  {309, 311, 0, 0},                                   // the GOT
	29:  {314},                                              // R_AARCH64_PLT32
	80:  {512, 513, 514},                                    // thread-local variables, general dynamic
	83:  {517, 518, 519, 522, 524, 526, 527, 528, 529, 530}, // local dynamic
	93:  {531, 532, 533, 534, 535, 536, 537, 538, 572, 573},
	103: {541, 0, 543},                  // initial exec
	106: {545, 547, 548, 549, 550, 551}, // local exec
	112: {552, 553, 554, 555, 556, 557, 558, 559, 570, 571},
	122: {560, 561, 562, 0, 564, 569}, // descriptors
}

// aarch64ILP32Own are the relocations that 64-bit objects do not have: of words of 32 bits in the GOT.
var aarch64ILP32Own = [...]howto{
	elf.R_AARCH64_P32_LD32_GOT_LO12_NC: {"R_AARCH64_P32_LD32_GOT_LO12_NC", &a64SlotLow, &a64Low12By4, a64GOT, ""},
	28:                                 {"R_AARCH64_P32_LD32_GOTPAGE_LO14", &a64SlotInPage, &a64Low14By4, a64GOT, ""},
	elf.R_AARCH64_P32_TLSIE_LD32_GOTTPREL_LO12_NC: {"R_AARCH64_P32_TLSIE_LD32_GOTTPREL_LO12_NC", &a64SlotLow, &a64Low12By4, a64TPSlot, ""},
	125: {"R_AARCH64_P32_TLSDESC_LD32_LO12", &a64SlotLow, &a64Low12By4, a64Desc, ""},

	elf.R_AARCH64_P32_COPY:       {name: "R_AARCH64_P32_COPY", refusal: refuseDynamic},
	elf.R_AARCH64_P32_GLOB_DAT:   {name: "R_AARCH64_P32_GLOB_DAT", refusal: refuseDynamic},
	elf.R_AARCH64_P32_JUMP_SLOT:  {name: "R_AARCH64_P32_JUMP_SLOT", refusal: refuseDynamic},
	elf.R_AARCH64_P32_RELATIVE:   {name: "R_AARCH64_P32_RELATIVE", refusal: refuseDynamic},
	elf.R_AARCH64_P32_TLS_DTPMOD: {name: "R_AARCH64_P32_TLS_DTPMOD", refusal: refuseDynamic},
	elf.R_AARCH64_P32_TLS_DTPREL: {name: "R_AARCH64_P32_TLS_DTPREL", refusal: refuseDynamic},
	elf.R_AARCH64_P32_TLS_TPREL:  {name: "R_AARCH64_P32_TLS_TPREL", refusal: refuseDynamic},
	elf.R_AARCH64_P32_TLSDESC:    {name: "R_AARCH64_P32_TLSDESC", refusal: refuseDynamic},
	elf.R_AARCH64_P32_IRELATIVE:  {name: "R_AARCH64_P32_IRELATIVE", refusal: refuseDynamic},
}

// aarch64ILP32Rows returns the table.
func aarch64ILP32Rows() []howto {
	rows := slices.Clone(aarch64ILP32Own[:])
	for first, same := range aarch64ILP32Same {
		for i, typ := range same {
			if row := &rows[first+i]; row.name == "" {
				*row = aarch64ELF[typ]
				if typ != 0 {
					row.name = strings.Replace(row.name, "R_AARCH64_", "R_AARCH64_P32_", 1)
				}
			}
		}
	}
	return rows
}
