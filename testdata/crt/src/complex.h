/* Products and quotients of complex numbers (C11 annex G.5.1): what is infinite stays so where the plain formula makes NaNs. A file that includes this
   says which type T it is about, and defines for it the operations below. */
#include "softfp.h"

/* is_nan, is_infinite, is_finite, with_sign(magnitude, sign): of bits, so that no library is needed. */

/* box is 1 for an infinity, else 0, with the sign of x. */
static inline T box(T x) { return with_sign(is_infinite(x) ? (T)1 : (T)0, x); }
static inline T zero_for_nan(T x) { return is_nan(x) ? with_sign((T)0, x) : x; }
static inline T infinity_times(T x) { return (T)__builtin_inff() * x; }

static inline _Complex T complex(T real, T imaginary) {
	_Complex T z;
	__real__ z = real;
	__imag__ z = imaginary;
	return z;
}

static inline __attribute__((always_inline)) _Complex T multiply(T a, T b, T c, T d) {
	T ac = a * c, bd = b * d, ad = a * d, bc = b * c;
	T x = ac - bd, y = ad + bc;
	if (!is_nan(x) || !is_nan(y)) return complex(x, y);
	int recalculate = 0;
	if (is_infinite(a) || is_infinite(b)) {
		a = box(a), b = box(b), c = zero_for_nan(c), d = zero_for_nan(d);
		recalculate = 1;
	}
	if (is_infinite(c) || is_infinite(d)) {
		c = box(c), d = box(d), a = zero_for_nan(a), b = zero_for_nan(b);
		recalculate = 1;
	}
	if (!recalculate && (is_infinite(ac) || is_infinite(bd) || is_infinite(ad) || is_infinite(bc))) { /* overflow beside NaNs */
		a = zero_for_nan(a), b = zero_for_nan(b), c = zero_for_nan(c), d = zero_for_nan(d);
		recalculate = 1;
	}
	if (!recalculate) return complex(x, y);
	return complex(infinity_times(a * c - b * d), infinity_times(a * d + b * c));
}

/* special is what the quotient is where the plain formula gave two NaNs, x and y. */
static inline __attribute__((always_inline)) _Complex T special(T a, T b, T c, T d, T x, T y) {
	if (c == 0 && d == 0 && (!is_nan(a) || !is_nan(b))) {
		T infinity = with_sign((T)__builtin_inff(), c);
		return complex(infinity * a, infinity * b);
	}
	if ((is_infinite(a) || is_infinite(b)) && is_finite(c) && is_finite(d)) {
		a = box(a), b = box(b);
		return complex(infinity_times(a * c + b * d), infinity_times(b * c - a * d));
	}
	if ((is_infinite(c) || is_infinite(d)) && is_finite(a) && is_finite(b)) {
		c = box(c), d = box(d);
		return complex((T)0 * (a * c + b * d), (T)0 * (b * c - a * d));
	}
	return complex(x, y);
}

#ifdef WIDER
/* In a wider type nothing overflows or vanishes on the way. */
static inline _Complex T divide(T a, T b, T c, T d) {
	WIDER norm = (WIDER)c * c + (WIDER)d * d;
	T x = (T)(((WIDER)a * c + (WIDER)b * d) / norm), y = (T)(((WIDER)b * c - (WIDER)a * d) / norm);
	return is_nan(x) && is_nan(y) ? special(a, b, c, d, x, y) : complex(x, y);
}
#else
/* exponent_of is that of the larger of two finite numbers; 0 if there is none. scaled(x, n) is x * 2^n. */
static inline int exponent_of(T a, T b) {
	struct number p = number_of(a), q = number_of(b);
	if (p.kind != finite || (q.kind == finite && q.exponent > p.exponent)) p = q;
	return p.kind == finite ? p.exponent : 0;
}
static inline T scaled(T x, int n) {
	struct number p = number_of(x);
	p.exponent += n;
	return to_type(p);
}

/* Both operands are brought near 1, and the quotient back, so that nothing overflows or vanishes on the way. */
static inline _Complex T divide(T a, T b, T c, T d) {
	int up = exponent_of(a, b), down = exponent_of(c, d);
	T p = scaled(a, -up), q = scaled(b, -up), r = scaled(c, -down), s = scaled(d, -down);
	T norm = r * r + s * s;
	T x = scaled((p * r + q * s) / norm, up - down), y = scaled((q * r - p * s) / norm, up - down);
	return is_nan(x) && is_nan(y) ? special(a, b, c, d, x, y) : complex(x, y);
}
#endif
