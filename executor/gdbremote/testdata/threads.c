// What is linked for a program with a C library, and begins threads there.
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int signals;
volatile long turns;

static void count(int unused) { signals++; }
static void *raises(void *times) {
  for (long i = 0; i < (long)times; i++) {
    raise(SIGUSR1);
    usleep(1000);
  }
  return 0;
}
static void *sleeps(void *times) {
  for (long i = 0; i < (long)times; i++) usleep(1000);
  return 0;
}
static void *faults(void *unused) {
  usleep(20000); // so that the other thread is not in the midst of pthread_create, which blocks signals for a while
  return *(void *volatile *)8;
}
static void *turn(void *unused) { for (;;) turns++; return unused; }

static void *with(void *(*f)(void *), long argument) {
  pthread_t t;
  if (pthread_create(&t, 0, f, (void *)argument)) return (void *)1;
  void *result = (void *)2;
  pthread_join(t, &result);
  return result;
}

// signalled waits for a thread that gets signals, and returns how many.
int signalled(int times) { signal(SIGUSR1, count); return with(raises, times) ? -1 : signals; }

// slept waits for a thread that sleeps again and again.
int slept(int times) { return with(sleeps, times) != 0; }

// faulted waits for a thread that faults.
int faulted(void) { return with(faults, 0) != 0; }

// leave_thread begins a thread that goes on when it has returned.
int leave_thread(void) {
  pthread_t t;
  if (pthread_create(&t, 0, turn, 0)) return 1;
  while (!turns) usleep(1000);
  return 0;
}

// forked waits for a process that it begins, and returns its status.
int forked(int status) {
  pid_t child = fork();
  if (!child) _exit(status);
  return waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : -1;
}

// gone ends the thread that it is called in.
void gone(void) { syscall(SYS_exit, 0); }
