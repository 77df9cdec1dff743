# RISC-V of 32 bits, where everything is in reach of everything: what is added to the PC wraps around.
#
# mcjit rtdyld -triple=riscv32-linux-gnu -verify -check=all.s -map-section all.o,.text=0x10000 -map-section all.o,.data=0xfffff000 \
#   -map-section all.o,.got=0x30000 -dummy-extern far=0xf2345678 -dummy-extern low=0x92345801 all.o

	.text
	.globl	start
start:
	addi	a0, a0, 1

# An address in two halves; the lower one is signed, and the upper one rounded for it.
# rtdyld-check: decode_operand(high, 1) = (low + 0x800)[31:12]
high:	lui	a0, %hi(low)
# rtdyld-check: decode_operand(low_i, 2)[11:0] = low[11:0]
low_i:	addi	a0, a0, %lo(low)

# Relative to the upper half's instruction, around the end of the address space.
# rtdyld-check: decode_operand(near, 1) = (variable + 0x800 - near)[31:12]
near:	auipc	a2, %pcrel_hi(variable)
# rtdyld-check: decode_operand(near_i, 2)[11:0] = (variable - near)[11:0]
near_i:	lw	a3, %pcrel_lo(near)(a2)

# The GOT entry, of 4 bytes.
# rtdyld-check: decode_operand(entry, 1) = (got_addr(all.o/.text, far) + 0x800 - entry)[31:12]
entry:	auipc	a4, %got_pcrel_hi(far)
# rtdyld-check: decode_operand(entry_i, 2)[11:0] = (got_addr(all.o/.text, far) - entry)[11:0]
entry_i:	lw	a4, %pcrel_lo(entry)(a4)
# rtdyld-check: *{4}got_addr(all.o/.text, far) = far

# Calls go through a stub without relaxation, though they reach everything; jal has to. The stub loads 4 bytes.
# rtdyld-check: decode_operand(call, 1) = (stub_addr(all.o/.text, far) + 0x800 - call)[31:12]
# rtdyld-check: (*{4}(call + 4))[31:20] = (stub_addr(all.o/.text, far) - call)[11:0]
call:	call	far
# rtdyld-check: decode_operand(jump, 1) = stub_addr(all.o/.text, far) - jump
jump:	jal	ra, far
# rtdyld-check: (*{4}stub_addr(all.o/.text, far))[11:0] = 0xe17
# rtdyld-check: (*{4}(stub_addr(all.o/.text, far) + 4))[19:0] = 0xe2e03

# rtdyld-check: decode_operand(cjump, 0) = start - cjump
	.reloc	., R_RISCV_RVC_JUMP, start
cjump:	.2byte	0xa001
	.p2align 5
# rtdyld-check: aligned[4:0] = 0
aligned:
	ret

	.data
	.globl	variable
variable:
# rtdyld-check: *{4}variable = aligned
	.word	aligned
# rtdyld-check: *{4}diff32 = aligned - start
diff32:	.word	aligned - start
# rtdyld-check: *{1}diff8 = aligned - start
diff8:	.byte	aligned - start
