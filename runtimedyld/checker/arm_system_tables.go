package checker

import "strings"

// The encodings of A32 and T32 for other privilege levels, of "Arm Architecture Reference Manual for A-profile architecture" (DDI 0487), chapter F4:
// returns from exceptions, changes of the processor's state, banked registers.

// armSystemWords are those of A32 with a condition.
const armSystemWords = `
0fffffff u31:28 r
	ERET=0160006e
0fb0fef0 u22,8,19:16 r u31:28 r
	MSRbanked=0120f200
0fb00eff r u22,8,19:16 u31:28 r
	MRSbanked=01000200`

// armSystemUnconditional are those of A32 without one.
const armSystemUnconditional = `
ffffffe0 u4:0
	SRSDA=f84d0500 SRSDA_UPD=f86d0500 SRSDB=f94d0500 SRSDB_UPD=f96d0500 SRSIA=f8cd0500 SRSIA_UPD=f8ed0500 SRSIB=f9cd0500 SRSIB_UPD=f9ed0500
fff0ffff r
	RFEDA=f8100a00 RFEDA_UPD=f8300a00 RFEDB=f9100a00 RFEDB_UPD=f9300a00 RFEIA=f8900a00 RFEIA_UPD=f8b00a00 RFEIB=f9900a00 RFEIB_UPD=f9b00a00
fffe0020 u4:0
	CPS1p=f1020000
fffa0020 u19:18 u8:6
	CPS2p=f1080000
fffa0020 u19:18 u8:6 u4:0
	CPS3p=f10a0000
fff000f0
	SB=f5700070
fff000f0 u9
	SETPAN=f1100000`

// thumbSystemWords are those of T32.
const thumbSystemWords = `
fff0ffff r #14 r
	t2BXJ=f3c08f00 t2RFEDB=e810c000 t2RFEDBW=e830c000 t2RFEIA=e990c000 t2RFEIAW=e9b0c000
ffffffe0 u4:0 #14 r
	t2SRSDB=e80dc000 t2SRSDB_UPD=e82dc000 t2SRSIA=e98dc000 t2SRSIA_UPD=e9adc000
ffffff00 u4:0
	t2CPS1p=f3af8100
ffffff00 u7:0 #14 r
	t2SUBS_PC_LR=f3de8f00
fffffd1f u10:9 u7:5
	t2CPS2p=f3af8400
fffffd00 u10:9 u7:5 u4:0
	t2CPS3p=f3af8500
ffe0f0ef r u20,4,19:16 #14 r
	t2MRSbanked=f3e08020
ffe0f0ef u20,4,11:8 r #14 r
	t2MSRbanked=f3808020
fff0d0f0
	t2SB=f3b08070`

// armCoprocessor2Words and thumbCoprocessor2Words are those of armCoprocessorWords that have a 2 in their names: without condition, in T32 the usual one.
var (
	armCoprocessor2Words   = coprocessor2(" u31:28 r", "")
	thumbCoprocessor2Words = coprocessor2(" u31:28 r", " #14 r")
)

func coprocessor2(condition, other string) string {
	return strings.NewReplacer(condition, other, "\n0f", "\nff", "=0", "=f", "LDC", "LDC2", "STC", "STC2", "MRRC", "MRRC2", "MCRR", "MCRR2",
		"MRC", "MRC2", "MCR", "MCR2", "CDP", "CDP2").Replace(armCoprocessorWords)
}
