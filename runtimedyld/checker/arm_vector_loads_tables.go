package checker

// armVectorLoads are Advanced SIMD's loads and stores of elements and structures.
const armVectorLoads = `
ffb00fff r r #0 #14 r
	VLD1DUPd8=f4a00c0f VLD1DUPq8=f4a00c2f
ffb00fff r r r #0 #14 r
	VLD1DUPd8wb_fixed=f4a00c0d VLD1DUPq8wb_fixed=f4a00c2d
ffb00fff r r r r #0 #14 r
	VLD3DUPd16=f4a00e4f VLD3DUPd32=f4a00e8f VLD3DUPd8=f4a00e0f VLD3DUPq16=f4a00e6f VLD3DUPq32=f4a00eaf VLD3DUPq8=f4a00e2f
ffb00f7f r #0 r r r u7 #14 r
	VST3LNd32=f4800a0f VST3LNq32=f4800a4f
ffb00f7f r #0 r u7 #14 r
	VST1LNd32=f480080f
ffb00f7f r #4 r u7 #14 r
	VST1LNd32=f480083f
ffb00f7f r r #0 r u7 #14 r
	VLD1LNd32=f4a0080f
ffb00f7f r r #4 r u7 #14 r
	VLD1LNd32=f4a0083f
ffb00f7f r r r r #0 r r r u7 #14 r
	VLD3LNd32=f4a00a0f VLD3LNq32=f4a00a4f
ffb00fdf #0 r @align r #14 r
	VST1q16wb_fixed=f4000a4d VST1q64wb_fixed=f4000acd VST2b32wb_fixed=f400098d VST2d8wb_fixed=f400080d
ffb00fdf r #0 r @align #14 r
	VLD2b8wb_fixed=f420090d
ffb00fdf r @align r #14 r
	VST1q32=f4000a8f VST2b16=f400094f
ffb00fdf r r @align #14 r
	VLD1q32=f4200a8f VLD2b8=f420090f
ffb00fef #0 r @align r #14 r
	VST1d64Twb_fixed=f40006cd VST1d64wb_fixed=f40007cd VST1d8Twb_fixed=f400060d VST1d8wb_fixed=f400070d VST1q16wb_fixed=f4000a4d
	VST1q64wb_fixed=f4000acd VST2b32wb_fixed=f400098d VST2d8wb_fixed=f400080d
ffb00fef #0 r @alignAll r #14 r
	VST1d16Twb_fixed=f400064d VST1d16wb_fixed=f400074d VST1d32Twb_fixed=f400068d VST1d32wb_fixed=f400078d
ffb00fef r #0 r @align #14 r
	VLD1d16Twb_fixed=f420064d VLD1d16wb_fixed=f420074d VLD1d64Twb_fixed=f42006cd VLD1d64wb_fixed=f42007cd VLD1d8Twb_fixed=f420060d
	VLD1d8wb_fixed=f420070d VLD2b8wb_fixed=f420090d
ffb00fef r #0 r @alignAll #14 r
	VLD1d32Twb_fixed=f420068d VLD1d32wb_fixed=f420078d VLD2DUPd32wb_fixed=f4a00d8d VLD2DUPd32x2wb_fixed=f4a00dad
ffb00fef r #0 r u4*2 #14 r
	VLD2DUPd8wb_fixed=f4a00d0d VLD2DUPd8x2wb_fixed=f4a00d2d
ffb00fef r #0 r u4*4 #14 r
	VLD2DUPd16wb_fixed=f4a00d4d VLD2DUPd16x2wb_fixed=f4a00d6d
ffb00fef r @align r #14 r
	VST1d16=f400074f VST1d64=f40007cf VST1d64T=f40006cf VST1d8=f400070f VST1d8T=f400060f
ffb00fef r @align r r r #14 r
	VST3d16=f400044f VST3d32=f400048f VST3d8=f400040f VST3q8=f400050f
ffb00fef r @alignAll r #14 r
	VST1d16T=f400064f VST1d32=f400078f VST1d32T=f400068f VST1q32=f4000a8f VST2b16=f400094f
ffb00fef r @alignAll r r r #14 r
	VST3q16=f400054f VST3q32=f400058f
ffb00fef r r @align #14 r
	VLD1d16T=f420064f VLD1d32=f420078f VLD1d32T=f420068f VLD1d64=f42007cf VLD1d64T=f42006cf VLD1d8=f420070f VLD1d8T=f420060f VLD2b8=f420090f
ffb00fef r r @alignAll #14 r
	VLD1d16=f420074f VLD1q32=f4200a8f VLD2DUPd32=f4a00d8f VLD2DUPd32x2=f4a00daf
ffb00fef r r r r @align #14 r
	VLD3d32=f420048f VLD3d8=f420040f VLD3q16=f420054f VLD3q32=f420058f VLD3q8=f420050f
ffb00fef r r r r @alignAll #14 r
	VLD3d16=f420044f
ffb00fef r r r r r @align #14 r
	VLD4DUPd16=f4a00f4f
ffb00fef r r r r r @alignAll #14 r
	VLD4DUPd8=f4a00f0f VLD4DUPq16=f4a00f6f VLD4DUPq8=f4a00f2f
ffb00fef r r r u4*2 #14 r
	VLD1DUPd16wb_fixed=f4a00c4d VLD1DUPq16wb_fixed=f4a00c6d
ffb00fef r r r u4*4 #14 r
	VLD1DUPd32wb_fixed=f4a00c8d VLD1DUPq32wb_fixed=f4a00cad
ffb00fef r r u4*2 #14 r
	VLD1DUPd16=f4a00c4f VLD1DUPq16=f4a00c6f VLD2DUPd8=f4a00d0f VLD2DUPd8x2=f4a00d2f
ffb00fef r r u4*4 #14 r
	VLD1DUPd32=f4a00c8f VLD1DUPq32=f4a00caf VLD2DUPd16=f4a00d4f VLD2DUPd16x2=f4a00d6f
ffb00f3f r #0 r r r u7:6 #14 r
	VST3LNd16=f480060f VST3LNq16=f480062f
ffb00f3f r r r r #0 r r r u7:6 #14 r
	VLD3LNd16=f4a0060f VLD3LNq16=f4a0062f
ffb00f5f r @align r r r r u7 #14 r
	VST4LNq32=f4800b4f
ffb00f6f r @align r r r r u7 #14 r
	VST4LNq32=f4800b4f
ffb00f6f r @align r r u7 #14 r
	VST2LNd32=f480090f VST2LNq32=f480094f
ffb00f6f r r r @align r r u7 #14 r
	VLD2LNd32=f4a0090f VLD2LNq32=f4a0094f
ffb00faf r r r r r @alignAll #14 r
	VLD4DUPd32=f4a00f8f VLD4DUPq32=f4a00faf
ffb00fcf #0 r @align r #14 r
	VST1d16Qwb_fixed=f400024d VST1d32Qwb_fixed=f400028d VST1d64Qwb_fixed=f40002cd VST1d8Qwb_fixed=f400020d VST1q32wb_fixed=f4000a8d
	VST1q8wb_fixed=f4000a0d VST2b16wb_fixed=f400094d VST2b8wb_fixed=f400090d VST2d16wb_fixed=f400084d VST2d32wb_fixed=f400088d VST2q16wb_fixed=f400034d
	VST2q32wb_fixed=f400038d VST2q8wb_fixed=f400030d
ffb00fcf r #0 r @align #14 r
	VLD1d16Qwb_fixed=f420024d VLD1d32Qwb_fixed=f420028d VLD1d64Qwb_fixed=f42002cd VLD1d8Qwb_fixed=f420020d VLD1q16wb_fixed=f4200a4d
	VLD1q32wb_fixed=f4200a8d VLD1q64wb_fixed=f4200acd VLD1q8wb_fixed=f4200a0d VLD2b16wb_fixed=f420094d VLD2b32wb_fixed=f420098d VLD2d16wb_fixed=f420084d
	VLD2d32wb_fixed=f420088d VLD2d8wb_fixed=f420080d VLD2q16wb_fixed=f420034d VLD2q32wb_fixed=f420038d VLD2q8wb_fixed=f420030d
ffb00fcf r @align r #14 r
	VST1d16Q=f400024f VST1d32Q=f400028f VST1d64Q=f40002cf VST1d8Q=f400020f VST1q16=f4000a4f VST1q64=f4000acf VST1q8=f4000a0f VST2b32=f400098f
	VST2b8=f400090f VST2d16=f400084f VST2d32=f400088f VST2d8=f400080f VST2q16=f400034f VST2q32=f400038f VST2q8=f400030f
ffb00fcf r @align r r r r #14 r
	VST4d16=f400004f VST4d32=f400008f VST4d8=f400000f VST4q16=f400014f VST4q32=f400018f VST4q8=f400010f
ffb00fcf r r @align #14 r
	VLD1d16Q=f420024f VLD1d32Q=f420028f VLD1d64Q=f42002cf VLD1d8Q=f420020f VLD1q16=f4200a4f VLD1q64=f4200acf VLD1q8=f4200a0f VLD2b16=f420094f
	VLD2b32=f420098f VLD2d16=f420084f VLD2d32=f420088f VLD2d8=f420080f VLD2q16=f420034f VLD2q32=f420038f VLD2q8=f420030f
ffb00fcf r r r r r @align #14 r
	VLD4d16=f420004f VLD4d32=f420008f VLD4d8=f420000f VLD4q16=f420014f VLD4q32=f420018f VLD4q8=f420010f
ffb00f1f r #0 r r r u7:5 #14 r
	VST3LNd8=f480020f
ffb00f1f r #0 r u7:5 #14 r
	VST1LNd8=f480000f
ffb00f1f r r #0 r u7:5 #14 r
	VLD1LNd8=f4a0000f
ffb00f1f r r r r #0 r r r u7:5 #14 r
	VLD3LNd8=f4a0020f
ffb00f2f r @align r r r r u7:6 #14 r
	VST4LNd16=f480070f
ffb00f2f r r r r r @align r r r r u7:6 #14 r
	VLD4LNd16=f4a0070f
ffb00f2f r r r r r u4*8 r r r r u7:6 #14 r
	VLD4LNq16=f4a0072f
ffb00f2f r r r u4*4 r r u7:6 #14 r
	VLD2LNd16=f4a0050f VLD2LNq16=f4a0052f
ffb00f2f r r u4*2 r u7:6 #14 r
	VLD1LNd16=f4a0040f
ffb00f2f r u4*2 r u7:6 #14 r
	VST1LNd16=f480040f
ffb00f2f r u4*4 r r u7:6 #14 r
	VST2LNd16=f480050f VST2LNq16=f480052f
ffb00f2f r u4*8 r r r r u7:6 #14 r
	VST4LNq16=f480072f
ffb00f4f r @align r r r r u7 #14 r
	VST4LNd32=f4800b0f
ffb00f4f r r r r r @align r r r r u7 #14 r
	VLD4LNd32=f4a00b0f VLD4LNq32=f4a00b4f
ffb00f0f r r r r r u4*4 r r r r u7:5 #14 r
	VLD4LNd8=f4a0030f
ffb00f0f r r r u4*2 r r u7:5 #14 r
	VLD2LNd8=f4a0010f
ffb00f0f r u4*2 r r u7:5 #14 r
	VST2LNd8=f480010f
ffb00f0f r u4*4 r r r r u7:5 #14 r
	VST4LNd8=f480030f
ffb00fd1 #0 r @align r r #14 r
	VST2d16wb_register=f4000840
ffb00fd1 r #0 r @align r #14 r
	VLD2d32wb_register=f4200880
ffb00fd4 #0 r @align r r #14 r
	VST2d16wb_register=f4000840
ffb00fe1 r #0 r @align r #14 r
	VLD2d32wb_register=f4200880
ffb00fe1 r #0 r @alignAll r #14 r
	VLD1q32wb_register=f4200a80
ffb00fe1 r #0 r u4*2 r #14 r
	VLD2DUPd8wb_register=f4a00d00
ffb00fe4 r #0 r u4*2 r #14 r
	VLD2DUPd8wb_register=f4a00d00
ffb00fe8 r #0 r @alignAll r #14 r
	VLD1q32wb_register=f4200a80
ffb00fe8 r #0 r u4*2 r #14 r
	VLD2DUPd8wb_register=f4a00d00
ffb00ff0 r r r #0 r #14 r
	VLD1DUPd8wb_register=f4a00c00 VLD1DUPq8wb_register=f4a00c20
ffb00ff0 r r r r r #0 r #14 r
	VLD3DUPd16_UPD=f4a00e40 VLD3DUPd32_UPD=f4a00e80 VLD3DUPd8_UPD=f4a00e00 VLD3DUPq16_UPD=f4a00e60 VLD3DUPq32_UPD=f4a00ea0 VLD3DUPq8_UPD=f4a00e20
ffb06f50 r r r r r r @align r r r r r u7 #14 r
	VLD4LNq32_UPD=f4a00b40
ffb06f60 r r @align r r r r r u7 #14 r
	VST4LNq32_UPD=f4800b40
fff00f51 r r r r r r @align r r r r r u7 #14 r
	VLD4LNq32_UPD=f4a00b40
fff00f52 r r r r r r @align r r r r r u7 #14 r
	VLD4LNq32_UPD=f4a00b40
fff00f54 r r r r r r @align r r r r r u7 #14 r
	VLD4LNq32_UPD=f4a00b40
ffb00f70 r r #0 r r r r u7 #14 r
	VST3LNd32_UPD=f4800a00 VST3LNq32_UPD=f4800a40
ffb00f70 r r #0 r r u7 #14 r
	VST1LNd32_UPD=f4800800
ffb00f70 r r #4 r r u7 #14 r
	VST1LNd32_UPD=f4800830
ffb00f70 r r r #0 r r u7 #14 r
	VLD1LNd32_UPD=f4a00800
ffb00f70 r r r #4 r r u7 #14 r
	VLD1LNd32_UPD=f4a00830
ffb00f70 r r r r r #0 r r r r u7 #14 r
	VLD3LNd32_UPD=f4a00a00 VLD3LNq32_UPD=f4a00a40
ffb00fc4 r #0 r @align r #14 r
	VLD1q32wb_register=f4200a80 VLD2d32wb_register=f4200880
ffb00fc8 #0 r @align r r #14 r
	VST1q32wb_register=f4000a80 VST2d16wb_register=f4000840
ffb00fc8 r #0 r @align r #14 r
	VLD2d32wb_register=f4200880
ffb00fd0 #0 r @align r r #14 r
	VST1q32wb_register=f4000a80 VST2b32wb_register=f4000980
ffb00fd0 r #0 r @align r #14 r
	VLD1q32wb_register=f4200a80 VLD1q64wb_register=f4200ac0
ffb00fe0 #0 r @align r r #14 r
	VST1d32wb_register=f4000780 VST1d64Twb_register=f40006c0 VST1d64wb_register=f40007c0 VST1d8Twb_register=f4000600 VST1d8wb_register=f4000700
	VST2d16wb_register=f4000840
ffb00fe0 #0 r @alignAll r r #14 r
	VST1d16Twb_register=f4000640 VST1d16wb_register=f4000740 VST1d32Twb_register=f4000680 VST1q32wb_register=f4000a80 VST2b32wb_register=f4000980
ffb00fe0 r #0 r @align r #14 r
	VLD1d64Twb_register=f42006c0 VLD1d64wb_register=f42007c0 VLD1d8Twb_register=f4200600 VLD1d8wb_register=f4200700 VLD1q64wb_register=f4200ac0
ffb00fe0 r #0 r @alignAll r #14 r
	VLD1d16Twb_register=f4200640 VLD1d16wb_register=f4200740 VLD1d32Twb_register=f4200680 VLD1d32wb_register=f4200780 VLD2DUPd32wb_register=f4a00d80
	VLD2DUPd32x2wb_register=f4a00da0
ffb00fe0 r #0 r u4*2 r #14 r
	VLD2DUPd8x2wb_register=f4a00d20
ffb00fe0 r #0 r u4*4 r #14 r
	VLD2DUPd16wb_register=f4a00d40 VLD2DUPd16x2wb_register=f4a00d60
ffb00fe0 r r @align r r r r #14 r
	VST3d8_UPD=f4000400 VST3q8_UPD=f4000500
ffb00fe0 r r @alignAll r r r r #14 r
	VST3d16_UPD=f4000440 VST3d32_UPD=f4000480 VST3q16_UPD=f4000540 VST3q32_UPD=f4000580
ffb00fe0 r r r r r @align r #14 r
	VLD3d16_UPD=f4200440 VLD3d8_UPD=f4200400 VLD3q16_UPD=f4200540 VLD3q32_UPD=f4200580 VLD3q8_UPD=f4200500
ffb00fe0 r r r r r @alignAll r #14 r
	VLD3d32_UPD=f4200480
ffb00fe0 r r r r r r @alignAll r #14 r
	VLD4DUPd16_UPD=f4a00f40 VLD4DUPd8_UPD=f4a00f00 VLD4DUPq16_UPD=f4a00f60 VLD4DUPq8_UPD=f4a00f20
ffb00fe0 r r r u4*2 r #14 r
	VLD1DUPd16wb_register=f4a00c40 VLD1DUPq16wb_register=f4a00c60
ffb00fe0 r r r u4*4 r #14 r
	VLD1DUPd32wb_register=f4a00c80 VLD1DUPq32wb_register=f4a00ca0
ffb08f50 r r r r r r @align r r r r r u7 #14 r
	VLD4LNq32_UPD=f4a00b40
ffb08f60 r r @align r r r r r u7 #14 r
	VST4LNq32_UPD=f4800b40
ffb00f30 r r #0 r r r r u7:6 #14 r
	VST3LNd16_UPD=f4800600 VST3LNq16_UPD=f4800620
ffb00f30 r r r r r #0 r r r r u7:6 #14 r
	VLD3LNd16_UPD=f4a00600 VLD3LNq16_UPD=f4a00620
ffb00f48 r r r r r r @align r r r r r u7 #14 r
	VLD4LNq32_UPD=f4a00b40
ffb00f50 r r @align r r r r r u7 #14 r
	VST4LNd32_UPD=f4800b00 VST4LNq32_UPD=f4800b40
ffb00f60 r r @align r r r r r u7 #14 r
	VST4LNd32_UPD=f4800b00
ffb00f60 r r @align r r r u7 #14 r
	VST2LNd32_UPD=f4800900 VST2LNq32_UPD=f4800940
ffb00f60 r r r r @align r r r u7 #14 r
	VLD2LNd32_UPD=f4a00900 VLD2LNq32_UPD=f4a00940
ffb00f60 r r r r r r @align r r r r r u7 #14 r
	VLD4LNq32_UPD=f4a00b40
ffb00fa0 r r r r r r @alignAll r #14 r
	VLD4DUPd32_UPD=f4a00f80 VLD4DUPq32_UPD=f4a00fa0
ffb00fc0 #0 r @align r r #14 r
	VST1d16Qwb_register=f4000240 VST1d32Qwb_register=f4000280 VST1d64Qwb_register=f40002c0 VST1d8Qwb_register=f4000200 VST1q16wb_register=f4000a40
	VST1q64wb_register=f4000ac0 VST1q8wb_register=f4000a00 VST2b16wb_register=f4000940 VST2b8wb_register=f4000900 VST2d32wb_register=f4000880
	VST2d8wb_register=f4000800 VST2q16wb_register=f4000340 VST2q32wb_register=f4000380 VST2q8wb_register=f4000300
ffb00fc0 r #0 r @align r #14 r
	VLD1d16Qwb_register=f4200240 VLD1d32Qwb_register=f4200280 VLD1d64Qwb_register=f42002c0 VLD1d8Qwb_register=f4200200 VLD1q16wb_register=f4200a40
	VLD1q8wb_register=f4200a00 VLD2b16wb_register=f4200940 VLD2b32wb_register=f4200980 VLD2b8wb_register=f4200900 VLD2d16wb_register=f4200840
	VLD2d8wb_register=f4200800 VLD2q16wb_register=f4200340 VLD2q32wb_register=f4200380 VLD2q8wb_register=f4200300
ffb00fc0 r r @align r r r r r #14 r
	VST4d16_UPD=f4000040 VST4d32_UPD=f4000080 VST4d8_UPD=f4000000 VST4q16_UPD=f4000140 VST4q32_UPD=f4000180 VST4q8_UPD=f4000100
ffb00fc0 r r r r r r @align r #14 r
	VLD4d16_UPD=f4200040 VLD4d32_UPD=f4200080 VLD4d8_UPD=f4200000 VLD4q16_UPD=f4200140 VLD4q32_UPD=f4200180 VLD4q8_UPD=f4200100
fff00f40 r r @align r r r r r u7 #14 r
	VST4LNq32_UPD=f4800b40
ffb00f10 r r #0 r r r r u7:5 #14 r
	VST3LNd8_UPD=f4800200
ffb00f10 r r #0 r r u7:5 #14 r
	VST1LNd8_UPD=f4800000
ffb00f10 r r r #0 r r u7:5 #14 r
	VLD1LNd8_UPD=f4a00000
ffb00f10 r r r r r #0 r r r r u7:5 #14 r
	VLD3LNd8_UPD=f4a00200
ffb00f20 r r @align r r r r r u7:6 #14 r
	VST4LNd16_UPD=f4800700
ffb00f20 r r r r r r @align r r r r r u7:6 #14 r
	VLD4LNd16_UPD=f4a00700
ffb00f20 r r r r r r u4*8 r r r r r u7:6 #14 r
	VLD4LNq16_UPD=f4a00720
ffb00f20 r r r r u4*4 r r r u7:6 #14 r
	VLD2LNd16_UPD=f4a00500 VLD2LNq16_UPD=f4a00520
ffb00f20 r r r u4*2 r r u7:6 #14 r
	VLD1LNd16_UPD=f4a00400
ffb00f20 r r u4*2 r r u7:6 #14 r
	VST1LNd16_UPD=f4800400
ffb00f20 r r u4*4 r r r u7:6 #14 r
	VST2LNd16_UPD=f4800500 VST2LNq16_UPD=f4800520
ffb00f20 r r u4*8 r r r r r u7:6 #14 r
	VST4LNq16_UPD=f4800720
ffb00f40 r r r r r r @align r r r r r u7 #14 r
	VLD4LNd32_UPD=f4a00b00
ffb00f00 r r r r r r u4*4 r r r r r u7:5 #14 r
	VLD4LNd8_UPD=f4a00300
ffb00f00 r r r r u4*2 r r r u7:5 #14 r
	VLD2LNd8_UPD=f4a00100
ffb00f00 r r u4*2 r r r u7:5 #14 r
	VST2LNd8_UPD=f4800100
ffb00f00 r r u4*4 r r r r r u7:5 #14 r
	VST4LNd8_UPD=f4800300`
