/* __atomic_feraiseexcept, by which gcc has compound assignments to atomic floating objects raise the exceptions of the attempt that succeeded. The flags
   are set; nothing traps. */
#include "crt.h"

API void __atomic_feraiseexcept(int exceptions) {
	enum { all = 0x3f }; /* MXCSR has the flags where the x87 has them (Intel SDM 1, 10.2.3) */
	unsigned control;
	__asm__ volatile("stmxcsr %0" : "=m"(control));
	control |= (unsigned)exceptions & all;
	__asm__ volatile("ldmxcsr %0" : : "m"(control));
}
