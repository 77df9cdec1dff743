/* __assert_fail, what assert calls. */
#include "fail.h"

_Noreturn void abort(void);

static void say(const char *text) {
	size_t n = 0;
	while (text[n]) n++;
	system3(sys_write, 2, (long)text, (long)n);
}
static void say_number(unsigned n) {
	char digits[11], *p = digits + sizeof digits;
	*--p = 0;
	do *--p = (char)('0' + n % 10);
	while (n /= 10);
	say(p);
}

API _Noreturn void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function) {
	say(file);
	SAY(":");
	say_number(line);
	SAY(": ");
	if (function) {
		say(function);
		SAY(": ");
	}
	SAY("Assertion `");
	say(assertion);
	SAY("' failed.\n");
	abort();
}
