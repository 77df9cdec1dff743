// runs alone
// Complex numbers.
#define TYPE(type, name) \
	volatile type name##_a = 3, name##_b = 4; \
	static int name(void) { \
		_Complex type z, w; \
		__real__ z = name##_a, __imag__ z = name##_b; \
		w = z * z; \
		if (__real__ w != -7 || __imag__ w != 24) return 1; \
		w = w / z; \
		return __real__ w != 3 || __imag__ w != 4; \
	}
TYPE(float, single)
TYPE(double, real)
TYPE(long double, extended)
#ifndef __clang__
TYPE(_Float128, quad)
#else
#define quad() 0
#endif

int test(void) { return single() + 2 * real() + 4 * extended() + 8 * quad(); }
