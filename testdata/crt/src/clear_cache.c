/* __clear_cache: x86 sees writes to code by itself (Intel SDM 3A, 9.1.3 leaves a jump, which the return is). */
#include "crt.h"

API void __clear_cache(void *start, void *end) { (void)start, (void)end; }
