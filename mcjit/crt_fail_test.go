//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// endings are C functions that end the process by a function of the compiler runtime, what they say, what not, and by which signal or with which status.
var endings = map[string]struct {
	source string
	flags  []string
	says   string
	never  string
	signal syscall.Signal
	status int
}{
	"abort": {source: "void abort(void); void end(void) { abort(); }", signal: syscall.SIGABRT},
	"smash": {
		source: "void fill(char *); void end(void) { char small[8]; fill(small); } void fill(char *p) { for (int i = 0; i < 64; i++) ((volatile char *)p)[i] = 1; }",
		flags:  []string{"-fstack-protector-all", "-mstack-protector-guard=global", "-fno-inline"},
		says:   "*** stack smashing detected ***: terminated", signal: syscall.SIGILL,
	},
	"overflow": {
		source: "#include <string.h>\nchar small[8]; const char *volatile text = \"longer than that\"; void end(void) { strcpy(small, text); }",
		flags:  []string{"-D_FORTIFY_SOURCE=2"},
		says:   "*** buffer overflow detected ***: terminated", signal: syscall.SIGILL,
	},
	"descriptor": {
		source: "#include <sys/select.h>\nvolatile int n = 1024; fd_set set; void end(void) { FD_SET(n, &set); }",
		flags:  []string{"-D_FORTIFY_SOURCE=2"},
		says:   "*** buffer overflow detected ***: terminated", signal: syscall.SIGILL,
	},
	"assertion": {
		source: "#include <assert.h>\nvolatile int one = 1;\n#line 120 \"some.c\"\nvoid end(void) { assert(one == 2); }",
		says:   "some.c:120: end: Assertion `one == 2' failed.", signal: syscall.SIGABRT,
	},
	"trap": {source: "volatile int most = 0x7fffffff; int end(void) { return most + 1; }", flags: []string{"-ftrapv"}, signal: syscall.SIGABRT},
	"quick": {
		source: `
int at_quick_exit(void (*)(void));
_Noreturn void quick_exit(int);
static void say(const char *s) { long r, n = 0; while (s[n]) n++; __asm__ volatile("syscall" : "=a"(r) : "0"(1l), "D"(2l), "S"(s), "d"(n) : "rcx", "r11", "memory"); }
static void second(void) { say("second."); }
static void first(void) { say("first, "); }
void end(void) { at_quick_exit(second); at_quick_exit(first); quick_exit(7); }`,
		says: "first, second.", status: 7,
	},
	"forgotten": { // the handler of a module that is gone
		source: `
int __cxa_at_quick_exit(void (*)(void *), void *);
_Noreturn void quick_exit(int);
void __gomcjit_run_atexit(void *);
extern int __dso_handle;
static void say(void *s) { long r; __asm__ volatile("syscall" : "=a"(r) : "0"(1l), "D"(2l), "S"("handler ran"), "d"(11l) : "rcx", "r11", "memory"); }
void end(void) { __cxa_at_quick_exit(say, &__dso_handle); __gomcjit_run_atexit(&__dso_handle); quick_exit(5); }`,
		never: "handler ran", status: 5,
	},
}

// TestRuntimeEnds runs each of them in a process of its own.
func TestRuntimeEnds(t *testing.T) {
	const variable = "GOMCJIT_TEST_ENDING"
	if name := os.Getenv(variable); name != "" {
		e := withRuntime(t, compiled(t, "end.o", endings[name].source, endings[name].flags...))
		function[func()](t, e, "end")()
		return
	}
	for name, want := range endings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestRuntimeEnds$")
			cmd.Env = append(os.Environ(), variable+"="+name, "GOTRACEBACK=none")
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatalf("the process ended well: %s", out)
			}
			if !strings.Contains(string(out), want.says) {
				t.Errorf("it said %q, want %q", out, want.says)
			}
			if want.never != "" && strings.Contains(string(out), want.never) {
				t.Errorf("it said %q", out)
			}
			// Go's handler of the signal prints its name and exits with 2.
			if want.signal != 0 && !strings.Contains(string(out), signalNames[want.signal]) {
				t.Errorf("ended by %v: %s, want %v", err, out, want.signal)
			}
			if want.signal == 0 && exit.ExitCode() != want.status {
				t.Errorf("%v, want status %d", err, want.status)
			}
		})
	}
}

var signalNames = map[syscall.Signal]string{syscall.SIGABRT: "SIGABRT", syscall.SIGILL: "SIGILL"}
