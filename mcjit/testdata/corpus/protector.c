// flags: -fstack-protector-all
// The stack protector's checks.
#include <string.h>
int test(const char *s) {
	char copy[40];
	strcpy(copy, s);
	return copy[3];
}
