# RISC-V, which LLVM's RuntimeDyld 14 does not know. Sections shrink when they are loaded: padding is taken away, but no call is shortened here.
#
# mcjit rtdyld -triple=riscv64-linux-gnu -verify -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0x7ffff000 \
#   -map-section all.o,.got=0x30000 -dummy-extern far=0x123456789abc -dummy-extern low=0x12345801 -dummy-extern ext=0x40001000 all.o

	.text
	.globl	start
start:
	addi	a0, a0, 1

# An address of 32 bits, in two halves; the lower one is signed, and the upper one rounded for it.
# rtdyld-check: decode_operand(high, 1) = (low + 0x800)[31:12]
high:	lui	a0, %hi(low)
# rtdyld-check: decode_operand(low_i, 2)[11:0] = low[11:0]
low_i:	addi	a0, a0, %lo(low)
# rtdyld-check: (*{4}low_s)[31:25] = low[11:5]
# rtdyld-check: (*{4}low_s)[11:7] = low[4:0]
low_s:	sw	a1, %lo(low)(a0)

# Relative to the upper half's instruction, also where the lower half is elsewhere.
# rtdyld-check: decode_operand(near, 1) = (variable + 0x800 - near)[31:12]
near:	auipc	a2, %pcrel_hi(variable)
	nop
# rtdyld-check: decode_operand(near_i, 2)[11:0] = (variable - near)[11:0]
near_i:	ld	a3, %pcrel_lo(near)(a2)
# rtdyld-check: (*{4}near_s)[31:25] = (variable - near)[11:5]
# rtdyld-check: (*{4}near_s)[11:7] = (variable - near)[4:0]
near_s:	sd	a3, %pcrel_lo(near)(a2)

# The GOT entry.
# rtdyld-check: decode_operand(entry, 1) = (got_addr(all.o/.text, far) + 0x800 - entry)[31:12]
entry:	auipc	a4, %got_pcrel_hi(far)
# rtdyld-check: decode_operand(entry_i, 2)[11:0] = (got_addr(all.o/.text, far) - entry)[11:0]
entry_i:	ld	a4, %pcrel_lo(entry)(a4)
# rtdyld-check: *{8}got_addr(all.o/.text, far) = far

# Calls: of what is in the object; through a stub, which loads its target from the GOT entry into t3.
# rtdyld-check: decode_operand(inside, 1) = (start + 0x800 - inside)[31:12]
# rtdyld-check: (*{4}(inside + 4))[31:20] = (start - inside)[11:0]
inside:	call	start
# rtdyld-check: decode_operand(outside, 1) = (stub_addr(all.o/.text, far) + 0x800 - outside)[31:12]
# rtdyld-check: (*{4}(outside + 4))[31:20] = (stub_addr(all.o/.text, far) - outside)[11:0]
outside:	call	far@plt
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[11:0] = 0xe17
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[31:12] = (got_addr(all.o/.text, far) + 0x800 - stub_addr(all.o/.text, far))[31:12]
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far) + 4))[31:20] = (got_addr(all.o/.text, far) - stub_addr(all.o/.text, far))[11:0]

# Branches, full and compressed: as they are, for the assembler would make others of them.
# rtdyld-check: decode_operand(branch, 2) = start - branch
	.reloc	., R_RISCV_BRANCH, start
branch:	.4byte	0x00b51063
# rtdyld-check: decode_operand(jump, 1) = start - jump
jump:	jal	ra, start
# rtdyld-check: next_pc(cbranch) = cbranch + 2
# rtdyld-check: decode_operand(cbranch, 1) = start - cbranch
	.reloc	., R_RISCV_RVC_BRANCH, start
cbranch:	.2byte	0xc101
# rtdyld-check: decode_operand(cjump, 0) = start - cjump
	.reloc	., R_RISCV_RVC_JUMP, start
cjump:	.2byte	0xa001

# Padding stands for what alignment might need.
	.p2align 5
# rtdyld-check: aligned[4:0] = 0
# rtdyld-check: aligned - start = 64
aligned:
	ret
behind:

# Thread-local variables: local exec, from the thread pointer on.
# rtdyld-check: decode_operand(tphi, 1) = 0
tphi:	lui	a5, %tprel_hi(second)
tpadd:	add	a5, a5, tp, %tprel_add(second)
# rtdyld-check: decode_operand(tplo, 2) = 0x18
tplo:	lw	a0, %tprel_lo(second)(a5)
# rtdyld-check: decode_operand(ie, 1) = (section_addr(all.o, .got.tls) + 0x800 - ie)[31:12]
ie:	auipc	a0, %tls_ie_pcrel_hi(second)
# rtdyld-check: *{8}section_addr(all.o, .got.tls) = 0x18
# rtdyld-check: decode_operand(gd, 1) = (section_addr(all.o, .got.tls) + 8 + 0x800 - gd)[31:12]
gd:	auipc	a0, %tls_gd_pcrel_hi(second)
# rtdyld-check: *{8}(section_addr(all.o, .got.tls) + 8) = 1

	.data
	.globl	variable
variable:
# rtdyld-check: *{8}variable = aligned
	.dword	aligned
# rtdyld-check: *{4}word = ext
word:	.word	ext

# Differences of labels between which bytes were taken away.
# rtdyld-check: *{8}diff64 = aligned - start
diff64:	.dword	aligned - start
# rtdyld-check: *{4}diff32 = behind - start
diff32:	.word	behind - start
# rtdyld-check: *{2}diff16 = aligned - start
diff16:	.half	aligned - start
# rtdyld-check: *{1}diff8 = aligned - start
diff8:	.byte	aligned - start
# rtdyld-check: *{1}uleb = (behind - start)[6:0]
uleb:	.uleb128 behind - start
	.p2align 2
# rtdyld-check: *{4}relative = (start - relative)[31:0]
relative:	.word	start@plt - .
# rtdyld-check: *{4}slot = (got_addr(all.o/.data, far) - slot)[31:0]
slot:	.word	far@gotpcrel
# rtdyld-check: *{8}missing = 0
	.weak	nowhere
	.p2align 3
missing:	.dword	nowhere

	.section .tdata, "awT", @progbits
first:	.dword	1
second:	.dword	2
