/* 128-bit integers beside division: mostly inline in compiled code, but functions for some compilers and at some levels. */
#include "crt.h"

API ti __multi3(ti a, ti b) { return a * b; }
API ti __negti2(ti a) { return -(uti)a; }
API ti __ashlti3(ti a, int n) { return (uti)a << n; }
API ti __ashrti3(ti a, int n) { return a >> n; }
API ti __lshrti3(ti a, int n) { return (uti)a >> n; }

/* 0 for less, 1 for equal, 2 for greater; as long as a word, see quad_compare.c. */
API long __cmpti2(ti a, ti b) { return a < b ? 0 : a > b ? 2 : 1; }
API long __ucmpti2(uti a, uti b) { return a < b ? 0 : a > b ? 2 : 1; }
