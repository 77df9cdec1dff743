// A program without a C library, that stubs are given to run. Its function twice is called by what is linked into it, and it calls handler if somebody has set that.
static int began = 7;
int twice(int x) { return 2 * x; }
int (*volatile handler)(int);
static void leave(long status) {
#if defined __aarch64__
  register long x0 __asm__("x0") = status; register long x8 __asm__("x8") = 93; __asm__ volatile("svc #0" :: "r"(x0), "r"(x8));
#elif defined __arm__
  register long r0 __asm__("r0") = status; register long r7 __asm__("r7") = 1; __asm__ volatile("svc #0" :: "r"(r0), "r"(r7));
#elif defined __riscv
  register long a0 __asm__("a0") = status; register long a7 __asm__("a7") = 93; __asm__ volatile("ecall" :: "r"(a0), "r"(a7));
#elif defined __x86_64__
  __asm__ volatile("syscall" :: "a"(60), "D"(status));
#elif defined __powerpc__
  register long r3 __asm__("r3") = status; register long r0 __asm__("r0") = 1; __asm__ volatile("sc" :: "r"(r3), "r"(r0));
#elif defined __i386__
  __asm__ volatile("int $0x80" :: "a"(1), "b"(status));
#endif
  for (;;) ;
}
void entry(void) { leave(handler ? handler(began) : 3); }
#ifdef __x86_64__
__asm__(".globl _start\n_start: and $-16, %rsp\ncall entry");
#elif defined __i386__
__asm__(".globl _start\n_start: and $-16, %esp\ncall entry");
#else
void _start(void) { entry(); }
#endif
