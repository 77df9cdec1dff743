// flags: -D_GNU_SOURCE
// A C program like others.
#include <assert.h>
#include <complex.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static _Thread_local int mine = 5;
_Thread_local int shared;
static jmp_buf env;
static void *work(void *arg) { return (char *)arg + mine++ + shared; }
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int test(int argc, char **argv) {
	pthread_t t;
	int numbers[] = {3, 1, 2};
	assert(argc > 0);
	qsort(numbers, 3, sizeof *numbers, compare);
	if (setjmp(env)) return errno;
	pthread_create(&t, NULL, work, argv), pthread_join(t, NULL);
	printf("%f %g %s %Lf\n", sin(argc) + fmod(argc, 3) + lgamma(argc), creal(cexp(argc * I)), strerror(errno), sqrtl(argc));
	signal(SIGINT, SIG_IGN);
	if (isalpha(argv[0][0]) && strtod(argv[0], NULL) > time(NULL)) longjmp(env, 1);
	return fputs(getenv("HOME") ?: "", stdout) + (int)lrint(rint(argc)) + snprintf(NULL, 0, "%s", argv[0]);
}
