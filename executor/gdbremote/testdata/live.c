// A program with two threads that a stub attaches to: one sleeps in system calls, and one computes.
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// GDB's interface for code that is made at run time.
struct { unsigned version, action; void *relevant, *first; } __jit_debug_descriptor = { 1 };
int told;
void __jit_debug_register_code(void) { told++; }

volatile long rounds, wrong;
int twice(int x) { return 2 * x; }

static void *compute(void *unused) {
  for (;;) {
    double x = 1;
    for (int i = 0; i < 1000; i++) x = x * 1.5 / 1.5;
    if (x < 0.999 || x > 1.001) wrong++;
    rounds++;
  }
  return unused;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, 0, compute, 0);
  puts("ready");
  fflush(stdout);
  for (char c; read(0, &c, 1) == 1;) {
    usleep(1000);
    printf("%s %ld\n", rounds > 0 ? "goes on" : "stands still", wrong);
    fflush(stdout);
  }
  return 0;
}
