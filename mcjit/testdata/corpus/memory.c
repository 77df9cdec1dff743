// runs alone
// Copies and comparisons that nobody wrote as calls.
struct large { char c[5000]; };
struct large from, to;
volatile int n = 4999;

static void clear(char *p, int n) { for (int i = 0; i < n; i++) p[i] = 0; }
static void copy(char *restrict d, const char *restrict s, int n) { for (int i = 0; i < n; i++) d[i] = s[i]; }
static void move(char *d, const char *s, int n) { __builtin_memmove(d, s, (unsigned long)n); }

int test(void) {
	struct large local = {{1, 2, 3}};
	from = local;
	from.c[n] = 9;
	to = from;
	if (to.c[2] != 3 || to.c[n] != 9 || __builtin_memcmp(&to, &from, (unsigned long)n)) return 1;
	copy(to.c + 100, from.c, n - 100);
	clear(from.c, n);
	move(to.c + 1, to.c, n);
	return to.c[1] != 1 || from.c[0] || to.c[101] != 1;
}
