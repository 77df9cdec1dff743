/* __powitf2. */
#include "powi.h"

POWI(__powitf2, __float128)
