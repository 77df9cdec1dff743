/* __powisf2 and its kin. */
#include "powi.h"

POWI(__powisf2, float)
POWI(__powidf2, double)
POWI(__powixf2, long double)
