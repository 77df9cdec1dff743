// runs alone
// flags: -D_GNU_SOURCE
// The string functions that are built in.
#include <string.h>
#include <strings.h>

volatile int zero;
char room[100];

int test(void) {
	char *p = room + zero, *save;
	const char *text = "one two  three" + zero;
	strcpy(p, text);
	if (strlen(p) != 14 || strcmp(p, text) || strncmp(p, "one", 3) || strnlen(p, 5) != 5) return 1;
	if (strchr(p, 't') != p + 4 || strrchr(p, 't') != p + 9 || strstr(p, "three") != p + 9 || strpbrk(p, "xw") != p + 5) return 2;
	if (strspn(p, "eno") != 3 || strcspn(p, " ") != 3 || *strchrnul(p, 'q') || memchr(p, 'w', 14) != p + 5) return 3;
	if (strcmp(strtok_r(p, " ", &save), "one") || strcmp(strtok_r(0, " ", &save), "two") || strcmp(strtok_r(0, " ", &save), "three")) return 4;
	if (stpcpy(p, "ab") != p + 2 || strcmp(strcat(p, "cd"), "abcd") || strcmp(strncat(p, "efgh", 2), "abcdef")) return 5;
	strncpy(p, "zz", 5);
	if (memcmp(p, "zz\0\0\0f", 6) || strcasecmp(p, "ZZ") || strncasecmp(p, "Zy", 1) || bcmp(p, "zz", 2)) return 6;
	bzero(p, 3);
	explicit_bzero(p, 10);
	return mempcpy(p, "q", 1) != p + 1 || memset(p, 0, 5) != p || memrchr("abca", 'a', 4) == 0 || *p;
}
