/* A program to be traced. It reports what the test waits for on standard output, a line at a time. The first argument says what it does, the second how often it gets a signal, in microseconds. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <sys/wait.h>
#include <unistd.h>

volatile long orphan, started, ticks, alarms, spun;
char name[] = "target";

long add8(long a, long b, long c, long d, long e, long f, long g, long h) { return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h; }
double mix(int a, double b, float c, long d, double e, double f, double g, double h, double i, double j, double k, double l, long m, long n, long o, long p, int q) {
	return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + 9*i + 10*j + 11*k + 12*l + 13*m + 14*n + 15*o + 16*p + 17*q;
}
float half(float f) { return f / 2; }
long aligned(void) { return (long)__builtin_frame_address(0) & 15; }
long seterrno(int e) { errno = e; return 0; }
size_t length(const char *s) { return strlen(s); }
void crash(void) { *(volatile int *)0x1234 = 1; }
void give_up(void) { abort(); }
void trap(void) { __builtin_trap(); }
long hang(void) { for (;;) spun++; }
long ask(void) { for (;;) syscall(SYS_getppid); }
long nap(long ms) {
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	while (nanosleep(&t, &t)) ;
	return ms;
}
long allocate(long n) { void *p = malloc(n); memset(p, 1, n); long r = p != 0; free(p); return r; }
long forked(void) { return fork(); }
int program(int argc, char **argv, char **envp) { return argc + 100 * strlen(argv[2]) + 10000 * (strlen(argv[1]) != 0 || argv[3] || envp != __environ); }
void replace(char *path) { execl(path, path, (char *)0); }
void leave(int status) { _exit(status); }
long signals(void) { return alarms; }
long thread(void) { return syscall(SYS_gettid); }

static void on_alarm(int s) { (void)s; alarms++; }
static void alarm_every(long us) {
	struct sigaction a = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct itimerval t = { { 0, us }, { 0, us } };
	sigaction(SIGALRM, &a, 0);
	setitimer(ITIMER_REAL, &t, 0);
}
static void on_usr1(int s) { (void)s; nap(1000); alarms++; }
/* Signals are handled on a stack of their own. */
static void handle_elsewhere(void) {
	static char room[1 << 16];
	stack_t stack = { .ss_sp = room, .ss_size = sizeof room };
	struct sigaction a = { .sa_handler = on_usr1, .sa_flags = SA_RESTART | SA_ONSTACK };
	sigaltstack(&stack, 0);
	sigaction(SIGUSR1, &a, 0);
}
static long now_ms(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000 + t.tv_nsec / 1000000; }

/* Every register has a value of its own, and is looked at again and again. */
#ifdef __x86_64__
static long check_registers(void) {
	long bad;
	__asm__ volatile(
		"mov $1, %%rax\n mov $2, %%rbx\n mov $3, %%rcx\n mov $4, %%rdx\n mov $5, %%rsi\n mov $6, %%rdi\n"
		"mov $8, %%r8\n mov $9, %%r9\n mov $10, %%r10\n mov $11, %%r11\n mov $12, %%r12\n mov $13, %%r13\n mov $14, %%r14\n mov $15, %%r15\n"
		"movq %%r12, %%xmm0\n movq %%r13, %%xmm7\n movq %%r14, %%xmm15\n movl $0x11223344, -100(%%rsp)\n fld1\n std\n"
		"1: cmp $1, %%rax\n jne 2f\n cmp $2, %%rbx\n jne 2f\n cmp $3, %%rcx\n jne 2f\n cmp $4, %%rdx\n jne 2f\n cmp $5, %%rsi\n jne 2f\n cmp $6, %%rdi\n jne 2f\n"
		"cmp $8, %%r8\n jne 2f\n cmp $9, %%r9\n jne 2f\n cmp $10, %%r10\n jne 2f\n cmp $11, %%r11\n jne 2f\n cmp $12, %%r12\n jne 2f\n cmp $13, %%r13\n jne 2f\n"
		"cmp $14, %%r14\n jne 2f\n cmp $15, %%r15\n jne 2f\n movq %%xmm0, %%rax\n cmp $12, %%rax\n jne 2f\n movq %%xmm7, %%rax\n cmp $13, %%rax\n jne 2f\n"
		"movq %%xmm15, %%rax\n cmp $14, %%rax\n jne 2f\n cmpl $0x11223344, -100(%%rsp)\n jne 2f\n pushf\n pop %%rax\n push $0\n pop %%r11\n movl $0x11223344, -100(%%rsp)\n mov $11, %%r11\n test $0x400, %%rax\n jz 2f\n mov $1, %%rax\n"
		"incq spun(%%rip)\n cmpq $0, ticks(%%rip)\n je 1b\n xor %%r15, %%r15\n jmp 3f\n"
		"2: mov $1, %%r15\n 3: cld\n fstp %%st(0)\n mov %%r15, %0\n"
		: "=m"(bad) : : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm7", "xmm15", "memory", "cc");
	return bad;
}

/* The same for the high halves of AVX's registers. */
static long check_vectors(void) {
	static const double is[4] = { 1, 2, 3, 4 };
	long bad = 0;
	if (!__builtin_cpu_supports("avx")) return check_registers();
	__asm__ volatile(
		"vmovupd %1, %%ymm1\n vmovapd %%ymm1, %%ymm15\n"
		"1: vxorpd %1, %%ymm1, %%ymm2\n vptest %%ymm2, %%ymm2\n jnz 2f\n vxorpd %1, %%ymm15, %%ymm2\n vptest %%ymm2, %%ymm2\n jnz 2f\n"
		"incq spun(%%rip)\n cmpq $0, ticks(%%rip)\n je 1b\n jmp 3f\n 2: movq $1, %0\n 3: vzeroupper\n"
		: "+m"(bad) : "m"(is) : "xmm1", "xmm2", "xmm15", "memory", "cc");
	return bad;
}
#else
#define check_vectors check_registers
#define EACH "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,19,20,21,22,23,24,25,26,27,28"
static long check_registers(void) {
	register long bad __asm__("x0");
	__asm__ volatile(
		".irp r," EACH "\n mov x\\r, #100+\\r\n .endr\n fmov d0, x12\n ins v31.d[1], x13\n"
		"1: .irp r," EACH "\n cmp x\\r, #100+\\r\n b.ne 2f\n .endr\n fmov x0, d0\n cmp x0, #112\n b.ne 2f\n umov x0, v31.d[1]\n cmp x0, #113\n b.ne 2f\n"
		"adrp x0, spun\n add x0, x0, :lo12:spun\n ldr x30, [x0]\n add x30, x30, #1\n str x30, [x0]\n adrp x0, ticks\n ldr x0, [x0, :lo12:ticks]\n cbz x0, 1b\n"
		"mov x0, #0\n b 3f\n 2: mov x0, #1\n 3:\n"
		: "=r"(bad) : : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x19", "x20", "x21", "x22", "x23",
		"x24", "x25", "x26", "x27", "x28", "x30", "v0", "v31", "memory", "cc");
	return bad;
}
#endif
static void *busy(void *p) { free(malloc(1000)); __sync_fetch_and_add(&started, 1); while (!ticks) { free(malloc(100)); spun++; } return p; }
static void *wait_for_end(void *p) { char c; free(malloc(1000)); __sync_fetch_and_add(&started, 1); while (read(0, &c, 1) == 1) ; ticks = 1; if (orphan) _exit(7); return p; }

static void ready(long threads) { while (started < threads) usleep(1000); printf("ready\n"); errno = 0; }

int main(int argc, char **argv) {
	const char *how = argv[1];
	pthread_t t[4];
	char c;
	setvbuf(stdout, 0, _IONBF, 0);
	free(malloc(1000)); /* now there is a heap */
	handle_elsewhere();
	if (argc > 2) alarm_every(atol(argv[2]));
	if (strcmp(how, "join") && strcmp(how, "threads") && strcmp(how, "registers") && strcmp(how, "vectors") && strcmp(how, "orphan")) ready(0);
	if (!strcmp(how, "read")) {
		long n = read(0, &c, 1);
		printf("read %ld %d\n", n, n < 0 ? errno : 0);
	} else if (!strcmp(how, "sleep")) {
		long start = now_ms();
		struct timespec ts = { 1, 0 };
		int r = nanosleep(&ts, 0);
		long took = now_ms() - start;
		printf("slept %d %s\n", r, took >= 1000 && took < 1200 ? "in time" : "not in time");
	} else if (!strcmp(how, "poll")) {
		struct pollfd p = { 0, POLLIN, 0 };
		int r = poll(&p, 1, -1);
		printf("polled %d\n", r);
	} else if (!strcmp(how, "epoll")) {
		struct epoll_event e = { EPOLLIN };
		int fd = epoll_create1(0);
		epoll_ctl(fd, EPOLL_CTL_ADD, 0, &e);
		printf("polled %d\n", epoll_wait(fd, &e, 1, -1));
	} else if (!strcmp(how, "join")) {
		pthread_create(&t[0], 0, wait_for_end, 0);
		ready(1);
		pthread_join(t[0], 0);
		printf("joined %d\n", errno);
	} else if (!strcmp(how, "threads")) {
		for (int i = 0; i < 3; i++) pthread_create(&t[i], 0, busy, 0);
		pthread_create(&t[3], 0, wait_for_end, 0);
		ready(4);
		busy(0);
		for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
		printf("joined 0\n");
	} else if (!strcmp(how, "registers")) {
		pthread_create(&t[0], 0, wait_for_end, 0);
		ready(1);
		printf("registers %ld\n", check_registers());
	} else if (!strcmp(how, "vectors")) {
		pthread_create(&t[0], 0, wait_for_end, 0);
		ready(1);
		printf("registers %ld\n", check_vectors());
	} else if (!strcmp(how, "suspend")) {
		sigset_t blocked, none;
		sigemptyset(&none);
		sigemptyset(&blocked);
		sigaddset(&blocked, SIGUSR1);
		sigprocmask(SIG_SETMASK, &blocked, 0);
		signal(SIGUSR1, on_alarm);
		int r = sigsuspend(&none);
		sigprocmask(SIG_SETMASK, 0, &none);
		printf("suspended %d %d %ld %d\n", r, errno, alarms, sigismember(&none, SIGUSR1) && !sigismember(&none, SIGUSR2));
	} else if (!strcmp(how, "filter")) {
		struct sock_filter f[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		};
		struct sock_fprog program = { sizeof f / sizeof *f, f };
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
		printf("filtered\n");
		long n = read(0, &c, 1);
		printf("read %ld %d\n", n, n < 0 ? errno : 0);
	} else if (!strcmp(how, "strict")) {
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
		write(1, "filtered\n", 9);
		read(0, &c, 1);
		syscall(SYS_exit, 7);
	} else if (!strcmp(how, "vfork")) {
		if (vfork() == 0) {
			struct timespec ts = { 1, 0 };
			nanosleep(&ts, 0);
			_exit(0);
		}
		printf("forked\n");
	} else if (!strcmp(how, "orphan")) {
		orphan = 1;
		pthread_create(&t[0], 0, wait_for_end, 0);
		pthread_detach(t[0]);
		ready(1);
		pthread_exit(0);
	}
	return 7;
}
