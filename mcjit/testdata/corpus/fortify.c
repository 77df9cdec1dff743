// flags: -D_GNU_SOURCE -D_FORTIFY_SOURCE=2
// Checked functions, those of the C library among them.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>
#include <wchar.h>

char buffer[64], other[64];
fd_set set;

int test(int n, const char *s, ...) {
	va_list list;
	va_start(list, s);
	memcpy(buffer, s, (size_t)n), memmove(buffer + 1, s, (size_t)n), memset(buffer, n, (size_t)n), mempcpy(buffer, s, (size_t)n);
	strcpy(buffer, s), strncpy(buffer, s, (size_t)n), strcat(buffer, s), strncat(buffer, s, (size_t)n), stpcpy(buffer, s), stpncpy(other, s, (size_t)n);
	sprintf(buffer, "%s %d", s, n), snprintf(buffer, (size_t)n, "%s", s), vsnprintf(other, (size_t)n, s, list), printf("%s", s), fprintf(stderr, "%s", s);
	if (!fgets(buffer, n, stdin) || read(0, buffer, (size_t)n) < 0 || !realpath(s, NULL) || !getcwd(buffer, (size_t)n)) return 1;
	FD_SET(n, &set), wmemcpy((wchar_t *)buffer, (wchar_t *)other, (size_t)n), explicit_bzero(buffer, (size_t)n);
	va_end(list);
	return FD_ISSET(n, &set);
}
