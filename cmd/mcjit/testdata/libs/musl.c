/* A program of musl's: its functions take the place of the host's C library. What belongs to threads it does not get, since the process's threads are the
   host's: where errno is, this file says. The auxiliary vector is a made up one. */
#include <errno.h>
#include <math.h>
#include <regex.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

static int error;
int *__errno_location(void) { return &error; }
int *___errno_location(void) { return &error; }
void __init_tls(size_t *aux) {} /* would take the thread pointer from the host */
void __init_ssp(void *entropy) {} /* would change the canary under functions that are running */
void __stack_chk_fail(void) { __builtin_trap(); } /* is beside musl's __init_ssp */
extern char **environ; /* a weak name: the process has one, too */
void __init_libc(char **envp, char *argv0);

static char random_bytes[16] = "not random";
static char *start[] = {"NAME=value", NULL, (char *)25 /* AT_RANDOM */, random_bytes, (char *)6 /* AT_PAGESZ */, (char *)4096, NULL, NULL};

static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static void numbers(void)
{
	char text[100], *end;
	printf("%d %-8s|%+.3e|%#x|%5.1f%%|%a\n", -42, "left", 12345.678, 255, 99.5, 1.0 / 3);
	snprintf(text, sizeof text, "%.17g %Lg %lld", 0.1, 1e4000L, -1LL << 63);
	puts(text);
	double d = strtod("0x1.8p3rest", &end);
	printf("%g %s", d, end);
	errno = 0;
	d = strtod("1e999", NULL);
	printf(" %g %d\n", d, errno == ERANGE);
	printf("%.6f %.6f %.6f %ld\n", sin(1), pow(2, 0.5), lgamma(10), strtol("-7fff", NULL, 16));
	int n = 0, found = sscanf("12 abc", "%d %99s", &n, text);
	printf("%d %d %s\n", found, n, text);
}

static void memory(void)
{
	int n[1000];
	unsigned seed = 1;
	for (int i = 0; i < 1000; i++)
		n[i] = (seed = seed * 69069 + 1) >> 8;
	qsort(n, 1000, sizeof *n, compare);
	for (int i = 1; i < 1000; i++)
		if (n[i - 1] > n[i])
			puts("not sorted");
	char *blocks[500];
	for (int i = 0; i < 500; i++)
		memset(blocks[i] = malloc(i * 37), i, i * 37);
	for (int i = 0; i < 500; i += 2)
		blocks[i] = realloc(blocks[i], i * 50 + 1);
	for (int i = 1; i < 500; i++)
		if (blocks[i][i * 36] != (char)i)
			printf("block %d is damaged\n", i);
	for (int i = 0; i < 500; i++)
		free(blocks[i]);
}

int main(int argc, char **argv)
{
	__init_libc(start, argv[0]);
	printf("%s %s\n", getenv("NAME"), environ[0]);
	numbers();
	memory();
	regex_t r;
	regmatch_t m[2];
	printf("regcomp %d", regcomp(&r, "b(a+)d", REG_EXTENDED));
	printf(" regexec %d", regexec(&r, "a baaad day", 2, m, 0));
	printf(" %d-%d\n", (int)m[1].rm_so, (int)m[1].rm_eo);
	regfree(&r);
	time_t t = 1000000000;
	char date[50];
	strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S %j", gmtime(&t));
	puts(date);
	FILE *f = fopen(argv[1], "w+");
	fputs("one\ntwo\n", f);
	rewind(f);
	fgets(date, sizeof date, f);
	fgets(date, sizeof date, f);
	fclose(f);
	printf("%s", date);
	exit(7); /* writes what is buffered, and ends the process */
}
