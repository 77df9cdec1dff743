package checker

// The encodings of MIPS16e, of "MIPS Architecture for Programmers, Volume IV-a" (MD00076). LLVM generates such code, but decodes none: names and
// operands are those with which it generates, and immediates are what the assembly text has. Branches count from the next instruction.

// mips16Halves are the instructions of 16 bits.
const mips16Halves = `
ffff
	JrRa16=e820 JrcRa16=e8a0
f8ff r
	JrRx16=e800 JrcRx16=e880 JumpLinkReg16=e840 JalrcRx16=e8c0 Mfhi16=e810 Mflo16=e812
f8ff r r
	SebRx16=e891 SehRx16=e8b1 SewRx16=e8d1 ZebRx16=e811 ZehRx16=e831 ZewRx16=e851
ff80 n@saved u3:0*8
	Restore16=6400 Save16=6480
ff8f n@saved #128
	Restore16=6400 Save16=6480
ff00 r r
	MoveR3216=6700 Move32R16=6500
ff00 s7:0*2
	Bteqz16=6000 Btnez16=6100
ff00 u7:0*4
	SwRaSp16=6200
ff00 s7:0*8
	AddiuSpImm16=6300 DaddiuSpImm16=fb00
ff00 u7:0*8
	SdRaSp16=fa00
ff00 r r u4:0*8
	LdRxSp16=f800 SdRxSp16=f900
ff00 r u4:0*8
	LdRxPc16=fc00
ff00 r r s4:0
	DaddiuRxRxImm16=fd00
ff00 r u4:0*4
	DaddiuRxPc16=fe00
ff00 r r u4:0*4
	DaddiuRxSp16=ff00
f81f
	Break16=e805
f81f u10:5
	Sdbbp16=e801
f81f r r u10:8
	Dsra16=e813 Dsrl16=e808
ff1f r r #8
	Dsra16=e813 Dsrl16=e808
f81f r r
	CmpRxRy16=e80a DdivRxRy16=e81e DdivuRxRy16=e81f DivRxRy16=e81a DivuRxRy16=e81b DmultRxRy16=e81c DmultuRxRy16=e81d MultRxRy16=e818 MultuRxRy16=e819
	NegRxRy16=e80b NotRxRy16=e80f SltRxRy16=e802 SltuRxRy16=e803
f81f r r r
	AndRxRxRy16=e80c DsllvRxRy16=e814 DsravRxRy16=e817 DsrlvRxRy16=e816 OrRxRxRy16=e80d SllvRxRy16=e804 SravRxRy16=e807 SrlvRxRy16=e806
	XorRxRxRy16=e80e
f803 r r r
	AdduRxRyRz16=e001 DadduRxRyRz16=e000 DsubuRxRyRz16=e002 SubuRxRyRz16=e003
f803 r r u4:2
	DsllX16=3001 SllX16=3000 SraX16=3003 SrlX16=3002
f81f r r #8
	DsllX16=3001 SllX16=3000 SraX16=3003 SrlX16=3002
f810 r r s3:0
	AddiuRxRyOffMemX16=4000 DaddiuRxRyOffMemX16=4010
f800 r r u7:0*4
	AddiuRxSp16=0000 LwRxSpImmX16=9000 SwRxSpImmX16=d000
f800 r u7:0*4
	AddiuRxPcImmX16=0800
f800 r u7:0*4 #4
	LwRxPcTcp16=b000
f800 s10:0*2
	Bimm16=1000
f800 r s7:0*2
	BeqzRxImm16=2000 BnezRxImm16=2800
f800 r r s7:0
	AddiuRxRxImm16=4800
f800 r u7:0
	CmpiRxImm16=7000 LiRxImm16=6800 SltiRxImm16=5000 SltiuRxImm16=5800
f800 r r u4:0
	LbRxRyOffMemX16=8000 LbuRxRyOffMemX16=a000 SbRxRyOffMemX16=c000
f800 r r u4:0*2
	LhRxRyOffMemX16=8800 LhuRxRyOffMemX16=a800 ShRxRyOffMemX16=c800
f800 r r u4:0*4
	LwRxRyOffMemX16=9800 LwuRxRyOffMemX16=b800 SwRxRyOffMemX16=d800
f800 r r u4:0*8
	LdRxRyOffMemX16=3800 SdRxRyOffMemX16=7800`

// mips16Words are jal, jalx and what is behind a prefix, in which the upper bits of the immediate are.
const mips16Words = `
f800ff80 n@savedX u23:20,3:0*8
	RestoreX16=f0006400 SaveX16=f0006480
f800ffe0 s20:16,26:21,4:0*2
	BteqzX16=f0006000 BtnezX16=f0006100 BimmX16=f0001000
f800ffe0 s20:16,26:21,4:0
	AddiuSpImmX16=f0006300 DaddiuSpImmX16=f000fb00 SdRaSpX16=f000fa00 SwRaSpX16=f0006200
f800ff00 r r s20:16,26:21,4:0
	DaddiuRxRxImmX16=f000fd00 DaddiuRxSpX16=f000ff00 LdRxSpX16=f000f800 SdRxSpX16=f000f900
f800ff00 r s20:16,26:21,4:0
	DaddiuRxPcX16=f000fe00 LdRxPcX16=f000fc00
f83ff81f r r u26:22
	SllX16=f0003000 SraX16=f0003003 SrlX16=f0003002
f81ff81f r r u21,26:22
	DsllX16=f0003001
f81fff1f r r u21,26:22
	Dsra16=f000e813 Dsrl16=f000e808
f800f810 r r s19:16,26:20,3:0
	AddiuRxRyOffMemX16=f0004000 DaddiuRxRyOffMemX16=f0004010
f800f8e0 r s20:16,26:21,4:0*2
	BeqzRxImmX16=f0002000 BnezRxImmX16=f0002800
f800f8e0 r r s20:16,26:21,4:0
	AddiuRxRxImmX16=f0004800 AddiuRxSpX16=f0000000 LwRxSpImmX16=f0009000 SwRxSpImmX16=f000d000
f800f8e0 r s20:16,26:21,4:0
	AddiuRxPcImmX16=f0000800 SltiRxImmX16=f0005000 SltiuRxImmX16=f0005800
f800f8e0 r s20:16,26:21,4:0 #4
	LwRxPcTcpX16=f000b000
f800f8e0 r u20:16,26:21,4:0
	CmpiRxImmX16=f0007000 LiRxImmX16=f0006800
f800f800 r r s20:16,26:21,4:0
	LbRxRyOffMemX16=f0008000 LbuRxRyOffMemX16=f000a000 LdRxRyOffMemX16=f0003800 LhRxRyOffMemX16=f0008800 LhuRxRyOffMemX16=f000a800
	LwRxRyOffMemX16=f0009800 LwuRxRyOffMemX16=f000b800 SbRxRyOffMemX16=f000c000 SdRxRyOffMemX16=f0007800 ShRxRyOffMemX16=f000c800
	SwRxRyOffMemX16=f000d800
fc000000 u20:16,25:21,15:0*4
	Jal16=18000000 JalB16=1c000000`
