# What compilers seldom ask of RISC-V, or only older or newer ones. Nothing shrinks here. Labels are at addresses of which no byte is 0.
#
# mcjit rtdyld -triple=riscv64-linux-gnu -verify -check=more.s -map-section more.o,.text=0x12344 -map-section more.o,.data=0x7ffff100 \
#   -dummy-extern far=0x123456789abc -dummy-extern page=0x1d234 more.o

	.option	norelax
	.text
	.globl	start
start:
# rtdyld-check: decode_operand(call, 1) = (start + 0x800 - call)[31:12]
# rtdyld-check: (*{4}(call + 4))[31:20] = (start - call)[11:0]
	.reloc	., R_RISCV_CALL, start
call:	auipc	ra, 0x5a5a5
	jalr	0x5a(ra)
# rtdyld-check: *{4}nothing = 0x13
	.reloc	., R_RISCV_NONE, start
nothing: .4byte	0x13
# The upper half of an address in 6 bits.
# rtdyld-check: (*{2}lui)[6:2] = page[16:12]
	.reloc	., R_RISCV_RVC_LUI, page
lui:	.2byte	0x6505
	.2byte	1

# Thread-local variables: of the second one the offset is 24 from the thread pointer, and 8, from which 0x800 is taken away, within the module.
# rtdyld-check: decode_operand(tphi, 1) = 0x12345
tphi:	lui	a5, %tprel_hi(second + 0x12345000)
# rtdyld-check: (*{4}tplo)[31:25] = 0
# rtdyld-check: (*{4}tplo)[11:7] = 0x18
tplo:	sw	a0, %tprel_lo(second)(a5)
# rtdyld-check: decode_operand(desc, 1) = (section_addr(more.o, .got.tls) + 0x800 - desc)[31:12]
desc:	auipc	a0, %tlsdesc_hi(second)
# rtdyld-check: decode_operand(descload, 2)[11:0] = (section_addr(more.o, .got.tls) - desc)[11:0]
descload: ld	a1, %tlsdesc_load_lo(desc)(a0)
# rtdyld-check: decode_operand(descadd, 2)[11:0] = (section_addr(more.o, .got.tls) - desc)[11:0]
descadd: addi	a0, a0, %tlsdesc_add_lo(desc)
# rtdyld-check: *{4}desccall = 0x582e7
desccall: jalr	t0, 0(a1), %tlsdesc_call(desc)
behind:

	.data
# rtdyld-check: *{8}dtp64 = 0 - 0x7f8
dtp64:	.dword 0x5a5a
	.reloc dtp64, R_RISCV_TLS_DTPREL64, second
# rtdyld-check: *{4}dtp32 = (0 - 0x7f8)[31:0]
dtp32:	.4byte 0x5a5a
	.reloc dtp32, R_RISCV_TLS_DTPREL32, second
# rtdyld-check: *{4}relative = (start - relative)[31:0]
relative: .4byte 0x5a5a5a5a
	.reloc	relative, R_RISCV_32_PCREL, start

# What is set, and sums.
# rtdyld-check: *{4}set32 = behind
set32:	.4byte	0x5a5a5a5a
	.reloc	set32, R_RISCV_SET32, behind
# rtdyld-check: *{2}set16 = behind[15:0]
set16:	.2byte	0x5a5a
	.reloc	set16, R_RISCV_SET16, behind
# rtdyld-check: *{1}set8 = behind[7:0]
set8:	.byte	0x5a
	.reloc	set8, R_RISCV_SET8, behind
# rtdyld-check: *{1}set6 = 0x80 + behind[5:0]
set6:	.byte	0xa5
	.reloc	set6, R_RISCV_SET6, behind
# rtdyld-check: *{2}sub16 = (0x5a5a - start)[15:0]
sub16:	.2byte	0x5a5a
	.reloc	sub16, R_RISCV_SUB16, start
# rtdyld-check: *{1}sub8 = (0x5a - start)[7:0]
sub8:	.byte	0x5a
	.reloc	sub8, R_RISCV_SUB8, start
# rtdyld-check: *{1}sub6 = 0x80 + (behind - start)[5:0]
sub6:	.byte	0x80
	.reloc	sub6, R_RISCV_SET6, behind
	.reloc	sub6, R_RISCV_SUB6, start
# rtdyld-check: *{1}uleb = 0x80 + (behind - start)[6:0]
# rtdyld-check: *{1}(uleb + 1) = 0
uleb:	.byte	0x80, 0
	.reloc	uleb, R_RISCV_SET_ULEB128, behind
	.reloc	uleb, R_RISCV_SUB_ULEB128, start

	.section .tdata, "awT", @progbits
first:	.dword	1
second:	.dword	2
