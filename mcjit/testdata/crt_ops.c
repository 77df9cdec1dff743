/* The operations of the compiler runtime behind one function, so that the archive of this project and the libgcc of a C compiler can be asked for the same.
   Operands and results are in slots of 16 bytes. A kind of operand is a letter: i, l, t integers of 32, 64, 128 bits, h, f, d, x, q floating types, from half
   to quad, and b the bfloat. WITH_LIBGCC leaves out what libgcc lacks. */
typedef int si;
typedef long di;
typedef __int128 ti;
typedef unsigned __int128 uti;
#define half _Float16 /* names, not types: _Complex takes no other */
#define xf long double
#define quad _Float128
typedef unsigned char slot;

uti __udivti3(uti, uti), __umodti3(uti, uti), __udivmodti4(uti, uti, uti *);
ti __divti3(ti, ti), __modti3(ti, ti), __divmodti4(ti, ti, ti *), __multi3(ti, ti), __negti2(ti), __ashlti3(ti, si), __ashrti3(ti, si);
uti __lshrti3(uti, si);
di __cmpti2(ti, ti), __ucmpti2(uti, uti);
si __addvsi3(si, si), __subvsi3(si, si), __mulvsi3(si, si), __negvsi2(si), __absvsi2(si);
di __addvdi3(di, di), __subvdi3(di, di), __mulvdi3(di, di), __negvdi2(di), __absvdi2(di);
ti __addvti3(ti, ti), __subvti3(ti, ti), __mulvti3(ti, ti), __negvti2(ti), __absvti2(ti);
si __mulosi4(si, si, si *);
di __mulodi4(di, di, si *);
ti __muloti4(ti, ti, si *);
si __popcountsi2(si), __popcountdi2(di), __popcountti2(ti), __paritysi2(si), __paritydi2(di), __parityti2(ti), __ffssi2(si), __ffsdi2(di), __ffsti2(ti);
si __clzsi2(si), __clzdi2(di), __clzti2(ti), __ctzsi2(si), __ctzdi2(di), __ctzti2(ti), __clrsbsi2(si), __clrsbdi2(di), __clrsbti2(ti), __bswapsi2(si);
di __bswapdi2(di);
float __floattisf(ti), __floatuntisf(uti), __powisf2(float, si);
double __floattidf(ti), __floatuntidf(uti), __powidf2(double, si);
xf __floattixf(ti), __floatuntixf(uti), __powixf2(xf, si);
ti __fixsfti(float), __fixdfti(double), __fixxfti(xf);
uti __fixunssfti(float), __fixunsdfti(double), __fixunsxfti(xf);
di __fixunssfdi(float), __fixunsdfdi(double), __fixunsxfdi(xf);
float __extendhfsf2(half), __gnu_h2f_ieee(unsigned short), __extendbfsf2(half);
double __extendhfdf2(half);
xf __extendhfxf2(half);
half __truncsfhf2(float), __truncdfhf2(double), __truncxfhf2(xf), __floattihf(ti), __floatuntihf(uti);
half __truncsfbf2(float), __truncdfbf2(double), __truncxfbf2(xf), __trunctfbf2(quad), __trunchfbf2(half), __floattibf(ti), __floatuntibf(uti);
unsigned short __gnu_f2h_ieee(float);
di __eqhf2(half, half), __nehf2(half, half);
ti __fixhfti(half);
uti __fixunshfti(half);
quad __addtf3(quad, quad), __subtf3(quad, quad), __multf3(quad, quad), __divtf3(quad, quad), __negtf2(quad), __powitf2(quad, si);
di __eqtf2(quad, quad), __netf2(quad, quad), __lttf2(quad, quad), __letf2(quad, quad), __gttf2(quad, quad), __getf2(quad, quad), __unordtf2(quad, quad);
quad __extendhftf2(half), __extendsftf2(float), __extenddftf2(double), __extendxftf2(xf);
half __trunctfhf2(quad);
float __trunctfsf2(quad);
double __trunctfdf2(quad);
xf __trunctfxf2(quad);
si __fixtfsi(quad), __fixunstfsi(quad);
di __fixtfdi(quad), __fixunstfdi(quad);
ti __fixtfti(quad);
uti __fixunstfti(quad);
quad __floatsitf(si), __floatditf(di), __floattitf(ti), __floatunsitf(unsigned), __floatunditf(unsigned long), __floatuntitf(uti);
_Complex float __mulsc3(float, float, float, float), __divsc3(float, float, float, float);
_Complex double __muldc3(double, double, double, double), __divdc3(double, double, double, double);
_Complex xf __mulxc3(xf, xf, xf, xf), __divxc3(xf, xf, xf, xf);
_Complex quad __multc3(quad, quad, quad, quad), __divtc3(quad, quad, quad, quad);
_Complex half __mulhc3(half, half, half, half), __divhc3(half, half, half, half);

/* abort is what the trapping family calls. */
static void *trap[5];

void abort(void) { __builtin_longjmp(trap, 1); }

#define IN(type, n) (*(const type *)(in + 16 * (n)))
#define OUT(type, n) (*(type *)(out + 16 * (n)))

#define UNARY(name, from, to) OUT(to, 0) = name(IN(from, 0))
#define BINARY(name, from, to) OUT(to, 0) = name(IN(from, 0), IN(from, 1))
#define SHIFT(name, type) OUT(type, 0) = name(IN(type, 0), IN(si, 1) & 127)
#define POWER(name, type) OUT(type, 0) = name(IN(type, 0), IN(si, 1))
#define DIVISION(name, type) if (IN(type, 1)) BINARY(name, type, type)
#define DIVISIONS(name, type) if (IN(type, 1)) OUT(type, 0) = name(IN(type, 0), IN(type, 1), &OUT(type, 1))
#define OVERFLOW(name, type) OUT(type, 0) = name(IN(type, 0), IN(type, 1), &OUT(si, 1))
#define TRAPPING(call) if (__builtin_setjmp(trap) == 0) call; else OUT(si, 1) = 1
#define NONZERO(name, type) if (IN(type, 0)) UNARY(name, type, si)
#define TRUTH(name, type, relation) OUT(si, 0) = name(IN(type, 0), IN(type, 1)) relation 0
#define COMPLEX(name, type) _Complex type z = name(IN(type, 0), IN(type, 1), IN(type, 2), IN(type, 3)); OUT(type, 0) = __real__ z; OUT(type, 1) = __imag__ z
/* FIX leaves alone what does not fit, for which there is no right answer. */
#define FIX(name, from, to, least, most) if (IN(from, 0) > (least) && IN(from, 0) < (most)) UNARY(name, from, to)

#define OPERATIONS(OP) \
	OP(__udivti3, "tt=t", DIVISION(__udivti3, uti)) OP(__umodti3, "tt=t", DIVISION(__umodti3, uti)) \
	OP(__divti3, "tt=t", DIVISION(__divti3, ti)) OP(__modti3, "tt=t", DIVISION(__modti3, ti)) \
	OP(__udivmodti4, "tt=tt", DIVISIONS(__udivmodti4, uti)) OP(__divmodti4, "tt=tt", DIVISIONS(__divmodti4, ti)) \
	OP(__multi3, "tt=t", BINARY(__multi3, ti, ti)) OP(__negti2, "t=t", UNARY(__negti2, ti, ti)) \
	OP(__ashlti3, "ti=t", SHIFT(__ashlti3, ti)) OP(__ashrti3, "ti=t", SHIFT(__ashrti3, ti)) OP(__lshrti3, "ti=t", SHIFT(__lshrti3, uti)) \
	OP(__cmpti2, "tt=l", BINARY(__cmpti2, ti, di)) OP(__ucmpti2, "tt=l", BINARY(__ucmpti2, uti, di)) \
	OP(__addvsi3, "ii=ii", TRAPPING(BINARY(__addvsi3, si, si))) OP(__addvdi3, "ll=li", TRAPPING(BINARY(__addvdi3, di, di))) OP(__addvti3, "tt=ti", TRAPPING(BINARY(__addvti3, ti, ti))) \
	OP(__subvsi3, "ii=ii", TRAPPING(BINARY(__subvsi3, si, si))) OP(__subvdi3, "ll=li", TRAPPING(BINARY(__subvdi3, di, di))) OP(__subvti3, "tt=ti", TRAPPING(BINARY(__subvti3, ti, ti))) \
	OP(__mulvsi3, "ii=ii", TRAPPING(BINARY(__mulvsi3, si, si))) OP(__mulvdi3, "ll=li", TRAPPING(BINARY(__mulvdi3, di, di))) OP(__mulvti3, "tt=ti", TRAPPING(BINARY(__mulvti3, ti, ti))) \
	OP(__negvsi2, "i=ii", TRAPPING(UNARY(__negvsi2, si, si))) OP(__negvdi2, "l=li", TRAPPING(UNARY(__negvdi2, di, di))) OP(__negvti2, "t=ti", TRAPPING(UNARY(__negvti2, ti, ti))) \
	OP(__absvsi2, "i=ii", TRAPPING(UNARY(__absvsi2, si, si))) OP(__absvdi2, "l=li", TRAPPING(UNARY(__absvdi2, di, di))) OP(__absvti2, "t=ti", TRAPPING(UNARY(__absvti2, ti, ti))) \
	OP(__popcountdi2, "l=i", UNARY(__popcountdi2, di, si)) OP(__popcountti2, "t=i", UNARY(__popcountti2, ti, si)) \
	OP(__paritydi2, "l=i", UNARY(__paritydi2, di, si)) OP(__parityti2, "t=i", UNARY(__parityti2, ti, si)) \
	OP(__ffsdi2, "l=i", UNARY(__ffsdi2, di, si)) OP(__ffsti2, "t=i", UNARY(__ffsti2, ti, si)) \
	OP(__clzdi2, "l=i", NONZERO(__clzdi2, di)) OP(__clzti2, "t=i", NONZERO(__clzti2, ti)) \
	OP(__ctzdi2, "l=i", NONZERO(__ctzdi2, di)) OP(__ctzti2, "t=i", NONZERO(__ctzti2, ti)) \
	OP(__clrsbdi2, "l=i", UNARY(__clrsbdi2, di, si)) OP(__clrsbti2, "t=i", UNARY(__clrsbti2, ti, si)) \
	OP(__bswapsi2, "i=i", UNARY(__bswapsi2, si, si)) OP(__bswapdi2, "l=l", UNARY(__bswapdi2, di, di)) \
	OP(__floattisf, "t=f", UNARY(__floattisf, ti, float)) OP(__floatuntisf, "t=f", UNARY(__floatuntisf, uti, float)) \
	OP(__floattidf, "t=d", UNARY(__floattidf, ti, double)) OP(__floatuntidf, "t=d", UNARY(__floatuntidf, uti, double)) \
	OP(__floattixf, "t=x", UNARY(__floattixf, ti, xf)) OP(__floatuntixf, "t=x", UNARY(__floatuntixf, uti, xf)) \
	OP(__fixsfti, "f=t", FIX(__fixsfti, float, ti, -0x1p127f, 0x1p127f)) OP(__fixunssfti, "f=t", FIX(__fixunssfti, float, uti, -1, __builtin_inff())) \
	OP(__fixdfti, "d=t", FIX(__fixdfti, double, ti, -0x1p127, 0x1p127)) OP(__fixunsdfti, "d=t", FIX(__fixunsdfti, double, uti, -1, 0x1p128)) \
	OP(__fixxfti, "x=t", FIX(__fixxfti, xf, ti, -0x1p127L, 0x1p127L)) OP(__fixunsxfti, "x=t", FIX(__fixunsxfti, xf, uti, -1, 0x1p128L)) \
	OP(__fixunssfdi, "f=l", FIX(__fixunssfdi, float, di, -1, 0x1p64f)) OP(__fixunsdfdi, "d=l", FIX(__fixunsdfdi, double, di, -1, 0x1p64)) \
	OP(__fixunsxfdi, "x=l", FIX(__fixunsxfdi, xf, di, -1, 0x1p64L)) \
	OP(__powisf2, "fi=f", POWER(__powisf2, float)) OP(__powidf2, "di=d", POWER(__powidf2, double)) OP(__powixf2, "xi=x", POWER(__powixf2, xf)) \
	OP(__powitf2, "qi=q", POWER(__powitf2, quad)) \
	OP(__extendhfsf2, "h=f", UNARY(__extendhfsf2, half, float)) OP(__extendhfdf2, "h=d", UNARY(__extendhfdf2, half, double)) \
	OP(__extendhfxf2, "h=x", UNARY(__extendhfxf2, half, xf)) OP(__extendhftf2, "h=q", UNARY(__extendhftf2, half, quad)) \
	OP(__truncsfhf2, "f=h", UNARY(__truncsfhf2, float, half)) OP(__truncdfhf2, "d=h", UNARY(__truncdfhf2, double, half)) \
	OP(__truncxfhf2, "x=h", UNARY(__truncxfhf2, xf, half)) OP(__trunctfhf2, "q=h", UNARY(__trunctfhf2, quad, half)) \
	OP(__floattihf, "t=h", UNARY(__floattihf, ti, half)) OP(__floatuntihf, "t=h", UNARY(__floatuntihf, uti, half)) \
	OP(__fixhfti, "h=t", FIX(__fixhfti, half, ti, -(half)__builtin_inff(), (half)__builtin_inff())) \
	OP(__fixunshfti, "h=t", FIX(__fixunshfti, half, uti, -1, (half)__builtin_inff())) \
	OP(__eqhf2, "hh=i", TRUTH(__eqhf2, half, ==)) OP(__nehf2, "hh=i", TRUTH(__nehf2, half, !=)) \
	OP(__addtf3, "qq=q", BINARY(__addtf3, quad, quad)) OP(__subtf3, "qq=q", BINARY(__subtf3, quad, quad)) \
	OP(__multf3, "qq=q", BINARY(__multf3, quad, quad)) OP(__divtf3, "qq=q", BINARY(__divtf3, quad, quad)) OP(__negtf2, "q=q", UNARY(__negtf2, quad, quad)) \
	OP(__eqtf2, "qq=i", TRUTH(__eqtf2, quad, ==)) OP(__netf2, "qq=i", TRUTH(__netf2, quad, !=)) OP(__lttf2, "qq=i", TRUTH(__lttf2, quad, <)) \
	OP(__letf2, "qq=i", TRUTH(__letf2, quad, <=)) OP(__gttf2, "qq=i", TRUTH(__gttf2, quad, >)) OP(__getf2, "qq=i", TRUTH(__getf2, quad, >=)) \
	OP(__unordtf2, "qq=i", TRUTH(__unordtf2, quad, !=)) \
	OP(__extendsftf2, "f=q", UNARY(__extendsftf2, float, quad)) OP(__extenddftf2, "d=q", UNARY(__extenddftf2, double, quad)) OP(__extendxftf2, "x=q", UNARY(__extendxftf2, xf, quad)) \
	OP(__trunctfsf2, "q=f", UNARY(__trunctfsf2, quad, float)) OP(__trunctfdf2, "q=d", UNARY(__trunctfdf2, quad, double)) OP(__trunctfxf2, "q=x", UNARY(__trunctfxf2, quad, xf)) \
	OP(__fixtfsi, "q=i", FIX(__fixtfsi, quad, si, -0x1p31 - 1, 0x1p31)) OP(__fixunstfsi, "q=i", FIX(__fixunstfsi, quad, si, -1, 0x1p32)) \
	OP(__fixtfdi, "q=l", FIX(__fixtfdi, quad, di, -0x1p63L - 1, 0x1p63)) OP(__fixunstfdi, "q=l", FIX(__fixunstfdi, quad, di, -1, 0x1p64)) \
	OP(__fixtfti, "q=t", FIX(__fixtfti, quad, ti, -0x1p127, 0x1p127)) OP(__fixunstfti, "q=t", FIX(__fixunstfti, quad, uti, -1, 0x1p128)) \
	OP(__floatsitf, "i=q", UNARY(__floatsitf, si, quad)) OP(__floatunsitf, "i=q", UNARY(__floatunsitf, unsigned, quad)) \
	OP(__floatditf, "l=q", UNARY(__floatditf, di, quad)) OP(__floatunditf, "l=q", UNARY(__floatunditf, unsigned long, quad)) \
	OP(__floattitf, "t=q", UNARY(__floattitf, ti, quad)) OP(__floatuntitf, "t=q", UNARY(__floatuntitf, uti, quad)) \
	OP(__mulhc3, "hhhh=hh", COMPLEX(__mulhc3, half)) OP(__mulsc3, "ffff=ff", COMPLEX(__mulsc3, float)) OP(__muldc3, "dddd=dd", COMPLEX(__muldc3, double)) \
	OP(__mulxc3, "xxxx=xx", COMPLEX(__mulxc3, xf)) OP(__multc3, "qqqq=qq", COMPLEX(__multc3, quad)) \
	OP(__divhc3, "hhhh=hh", COMPLEX(__divhc3, half)) OP(__divsc3, "ffff=ff", COMPLEX(__divsc3, float)) OP(__divdc3, "dddd=dd", COMPLEX(__divdc3, double)) \
	OP(__divxc3, "xxxx=xx", COMPLEX(__divxc3, xf)) OP(__divtc3, "qqqq=qq", COMPLEX(__divtc3, quad))

#define NOT_IN_LIBGCC(OP) \
	OP(__mulosi4, "ii=ii", OVERFLOW(__mulosi4, si)) OP(__mulodi4, "ll=li", OVERFLOW(__mulodi4, di)) OP(__muloti4, "tt=ti", OVERFLOW(__muloti4, ti)) \
	OP(__popcountsi2, "i=i", UNARY(__popcountsi2, si, si)) OP(__paritysi2, "i=i", UNARY(__paritysi2, si, si)) OP(__ffssi2, "i=i", UNARY(__ffssi2, si, si)) \
	OP(__clzsi2, "i=i", NONZERO(__clzsi2, si)) OP(__ctzsi2, "i=i", NONZERO(__ctzsi2, si)) OP(__clrsbsi2, "i=i", UNARY(__clrsbsi2, si, si)) \
	OP(__gnu_h2f_ieee, "h=f", UNARY(__gnu_h2f_ieee, unsigned short, float)) OP(__gnu_f2h_ieee, "f=h", UNARY(__gnu_f2h_ieee, float, unsigned short)) \
	OP(__extendbfsf2, "b=f", UNARY(__extendbfsf2, half, float)) OP(__truncsfbf2, "f=b", UNARY(__truncsfbf2, float, half)) \
	OP(__truncdfbf2, "d=b", UNARY(__truncdfbf2, double, half)) OP(__truncxfbf2, "x=b", UNARY(__truncxfbf2, xf, half)) \
	OP(__trunctfbf2, "q=b", UNARY(__trunctfbf2, quad, half)) OP(__trunchfbf2, "h=b", UNARY(__trunchfbf2, half, half)) \
	OP(__floattibf, "t=b", UNARY(__floattibf, ti, half)) OP(__floatuntibf, "t=b", UNARY(__floatuntibf, uti, half))

#define DEFINE(name, signature, body) static __attribute__((noinline)) void op##name(const slot *in, slot *out) { body; }
#define ENTRY(name, signature, body) {#name, signature, op##name},

OPERATIONS(DEFINE)
#ifndef WITH_LIBGCC
NOT_IN_LIBGCC(DEFINE)
#endif

static const struct {
	const char *name, *signature;
	void (*apply)(const slot *, slot *);
} operations[] = {
	OPERATIONS(ENTRY)
#ifndef WITH_LIBGCC
	NOT_IN_LIBGCC(ENTRY)
#endif
};

si count(void) { return sizeof operations / sizeof *operations; }
const char *name(si op) { return operations[op].name; }
const char *signature(si op) { return operations[op].signature; }
void apply(si op, const slot *from, slot *to) {
	slot in[64] __attribute__((aligned(16))), out[32] __attribute__((aligned(16))) = {0};
	for (si i = 0; i < (si)sizeof in; i++) in[i] = from[i];
	operations[op].apply(in, out);
	for (si i = 0; i < (si)sizeof out; i++) to[i] = out[i];
}

#ifdef WITH_LIBGCC
#include <stdio.h>
/* Records: the number of the operation, in a slot of its own, and four operands. Answers: two results. */
int main(void) {
	slot in[80] __attribute__((aligned(16)));
	while (fread(in, sizeof in, 1, stdin)) {
		slot out[32] __attribute__((aligned(16))) = {0};
		apply(*(si *)in, in + 16, out);
		fwrite(out, sizeof out, 1, stdout);
	}
}
#endif
