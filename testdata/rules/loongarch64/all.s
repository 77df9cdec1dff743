# LoongArch, which LLVM's RuntimeDyld 14 does not know. Sections shrink when they are loaded: padding is taken away. What assemblers write for code that may be relaxed
# is written out, for it is not for all assemblers that such code can be asked of.
#
# mcjit rtdyld -triple=loongarch64-linux-gnu -verify -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x7ffff000 \
#   -map-section all.o,.got=0x30000 -map-section all.o,.got.tls=0x38000 -map-section all.o,.stubs=0x20000 \
#   -dummy-extern far=0x123456789abc -dummy-extern low=0x12345801 -dummy-extern wide=0x8765432112345fff all.o

	.text
	.globl	start, aligned, behind
start:
	addi.d	$a0, $a0, 1

# An address in two halves: the upper one is the distance between pages, rounded, for the lower one is signed.
# rtdyld-check: (*{4}near)[24:5] = ((variable + 0x800)[31:12] - near[31:12])[19:0]
near:	pcalau12i	$a0, %pc_hi20(variable)
# rtdyld-check: (*{4}near_lo)[21:10] = variable[11:0]
near_lo:	ld.d	$a1, $a0, %pc_lo12(variable)

# In four parts, of which all go with the PC of the first one; the upper ones make good that the lower ones are signed.
# rtdyld-check: (*{4}parts)[24:5] = ((wide + 0x800)[31:12] - parts[31:12])[19:0]
parts:	pcalau12i	$a0, %pc_hi20(wide)
# rtdyld-check: (*{4}parts_lo)[21:10] = wide[11:0]
parts_lo:	addi.d	$a1, $zero, %pc_lo12(wide)
# rtdyld-check: (*{4}parts_20)[24:5] = (wide[63:32] - 1)[19:0]
parts_20:	lu32i.d	$a1, %pc64_lo20(wide)
# rtdyld-check: (*{4}parts_12)[21:10] = wide[63:52]
parts_12:	lu52i.d	$a1, $a1, %pc64_hi12(wide)

# An absolute address, in four parts that do not depend on each other.
# rtdyld-check: (*{4}abs)[24:5] = wide[31:12]
abs:	lu12i.w	$a0, %abs_hi20(wide)
# rtdyld-check: (*{4}abs_lo)[21:10] = wide[11:0]
abs_lo:	ori	$a0, $a0, %abs_lo12(wide)
# rtdyld-check: (*{4}abs_20)[24:5] = wide[51:32]
abs_20:	lu32i.d	$a0, %abs64_lo20(wide)
# rtdyld-check: (*{4}abs_12)[21:10] = wide[63:52]
abs_12:	lu52i.d	$a0, $a0, %abs64_hi12(wide)

# The GOT entry, from the PC on and absolutely.
# rtdyld-check: (*{4}entry)[24:5] = ((got_addr(all.o/.text, far) + 0x800)[31:12] - entry[31:12])[19:0]
entry:	pcalau12i	$a0, %got_pc_hi20(far)
# rtdyld-check: (*{4}entry_lo)[21:10] = got_addr(all.o/.text, far)[11:0]
entry_lo:	ld.d	$a0, $a0, %got_pc_lo12(far)
# rtdyld-check: (*{4}entry_abs)[24:5] = got_addr(all.o/.text, far)[31:12]
entry_abs:	lu12i.w	$a0, %got_hi20(far)
# rtdyld-check: (*{4}entry_abs_lo)[21:10] = got_addr(all.o/.text, far)[11:0]
entry_abs_lo:	ori	$a0, $a0, %got_lo12(far)
# rtdyld-check: (*{4}entry_20)[24:5] = 0
entry_20:	lu32i.d	$a0, %got64_lo20(far)
# rtdyld-check: (*{4}entry_12)[21:10] = 0
entry_12:	lu52i.d	$a0, $a0, %got64_hi12(far)
# rtdyld-check: *{8}got_addr(all.o/.text, far) = far

# Branches, and calls through a stub, which loads its target from the GOT entry into $t3.
# rtdyld-check: (*{4}branch)[25:10] = ((start - branch)[17:2])
branch:	beq	$a0, $a1, start
# rtdyld-check: (*{4}branch21)[25:10] = ((start - branch21)[17:2])
# rtdyld-check: (*{4}branch21)[4:0] = 0x1f
branch21:	beqz	$a0, start
# rtdyld-check: (*{4}inside)[25:10] = ((start - inside)[17:2])
# rtdyld-check: (*{4}inside)[9:0] = 0x3ff
inside:	bl	start
# rtdyld-check: (*{4}outside)[25:10] = ((stub_addr(all.o/.text, far) - outside)[17:2])
# rtdyld-check: (*{4}outside)[9:0] = 0
outside:	bl	far
# rtdyld-check: (*{4}call)[24:5] = ((stub_addr(all.o/.text, far) - call + 0x20000)[37:18])
# rtdyld-check: (*{4}(call + 4))[25:10] = ((stub_addr(all.o/.text, far) - call)[17:2])
call:	pcaddu18i	$ra, %call36(far)
	jirl	$ra, $ra, 0
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[4:0] = 15
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[24:5] = ((got_addr(all.o/.text, far) - stub_addr(all.o/.text, far) + 0x800)[31:12])
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far) + 4))[21:10] = ((got_addr(all.o/.text, far) - stub_addr(all.o/.text, far))[11:0])
# rtdyld-check: *{4}(stub_addr(all.o/.text, far) + 8) = 0x4c0001e0
# rtdyld-check: (*{4}words)[24:5] = ((start - words)[21:2])
words:	pcaddi	$a0, %pcrel_20(start)

# Padding stands for what alignment might need.
	.reloc	., R_LARCH_ALIGN, 28
	.rept	7
	nop
	.endr
# rtdyld-check: aligned[4:0] = 0
# rtdyld-check: aligned - start = 96
aligned:
	ret
behind:

# Thread-local variables: from the thread pointer on; with the upper half rounded or not; the entries that code finds variables by.
# rtdyld-check: (*{4}le)[24:5] = 0
le:	lu12i.w	$a0, %le_hi20(second)
# rtdyld-check: (*{4}le_lo)[21:10] = 0x18
le_lo:	ori	$a0, $a0, %le_lo12(second)
# rtdyld-check: (*{4}ie)[24:5] = ((section_addr(all.o, .got.tls) + 0x800)[31:12] - ie[31:12])[19:0]
ie:	pcalau12i	$a0, %ie_pc_hi20(second)
# rtdyld-check: (*{4}ie_lo)[21:10] = 0
ie_lo:	ld.d	$a0, $a0, %ie_pc_lo12(second)
# rtdyld-check: *{8}section_addr(all.o, .got.tls) = 0x18
# rtdyld-check: (*{4}gd)[24:5] = ((section_addr(all.o, .got.tls) + 0x808)[31:12] - gd[31:12])[19:0]
gd:	pcalau12i	$a0, %gd_pc_hi20(second)
# rtdyld-check: (*{4}gd_lo)[21:10] = 8
gd_lo:	addi.d	$a0, $a0, %got_pc_lo12(second)
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 8) = 1
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 16) = 8
# rtdyld-check: (*{4}gd20)[24:5] = ((section_addr(all.o, .got.tls) + 8 - gd20)[21:2])
gd20:	pcaddi	$a0, 0x5a5
	.reloc	gd20, R_LARCH_TLS_GD_PCREL20_S2, second
# rtdyld-check: (*{4}ld20)[24:5] = ((section_addr(all.o, .got.tls) + 8 - ld20)[21:2])
ld20:	pcaddi	$a0, 0x5a5
	.reloc	ld20, R_LARCH_TLS_LD_PCREL20_S2, second
# rtdyld-check: (*{4}desc20)[24:5] = ((section_addr(all.o, .got.tls) + 24 - desc20)[21:2])
desc20:	pcaddi	$a0, 0x5a5
	.reloc	desc20, R_LARCH_TLS_DESC_PCREL20_S2, second

	.data
	.globl	variable
variable:
# rtdyld-check: *{8}variable = aligned
	.dword	aligned
# rtdyld-check: *{4}word = low
word:	.word	low

# Differences of labels between which bytes were taken away.
# rtdyld-check: *{8}diff64 = aligned - start
diff64:	.reloc	., R_LARCH_ADD64, aligned
	.reloc	., R_LARCH_SUB64, start
	.dword	0
# rtdyld-check: *{4}diff32 = behind - start
diff32:	.reloc	., R_LARCH_ADD32, behind
	.reloc	., R_LARCH_SUB32, start
	.word	0
# rtdyld-check: *{2}diff16 = aligned - start
diff16:	.reloc	., R_LARCH_ADD16, aligned
	.reloc	., R_LARCH_SUB16, start
	.half	0
# rtdyld-check: *{1}diff8 = aligned - start
diff8:	.reloc	., R_LARCH_ADD8, aligned
	.reloc	., R_LARCH_SUB8, start
	.byte	0
# rtdyld-check: *{1}uleb = 0xe4
# rtdyld-check: *{1}(uleb + 1) = 0
uleb:	.reloc	., R_LARCH_ADD_ULEB128, behind
	.reloc	., R_LARCH_SUB_ULEB128, start
	.byte	0x80, 0
	.p2align 3
# rtdyld-check: *{4}relative = (start - relative)[31:0]
relative:	.word	start - .
# rtdyld-check: *{8}relative64 = start - relative64
relative64:	.dword	start - .

	.section .tdata, "awT", @progbits
first:	.dword	1
second:	.dword	2
