/* Arithmetic that aborts when it overflows, for -ftrapv. */
#include "crt.h"

_Noreturn void abort(void);

#define OPERATION(name, operation, type) \
	API type name(type a, type b) { \
		type r; \
		if (__builtin_##operation##_overflow(a, b, &r)) abort(); \
		return r; \
	}
#define NEGATION(name, type) \
	API type name(type a) { \
		type r; \
		if (__builtin_sub_overflow((type)0, a, &r)) abort(); \
		return r; \
	}
#define ABSOLUTE(name, negate, type) \
	API type name(type a) { return a < 0 ? negate(a) : a; }
#define FAMILY(mode, type) \
	OPERATION(__addv##mode##3, add, type) \
	OPERATION(__subv##mode##3, sub, type) \
	OPERATION(__mulv##mode##3, mul, type) \
	NEGATION(__negv##mode##2, type) \
	ABSOLUTE(__absv##mode##2, __negv##mode##2, type)

FAMILY(si, int32_t)
FAMILY(di, int64_t)
FAMILY(ti, ti)
