//go:build linux

package ptrace_test

import "time"

// returnCode is a function that does nothing.
var returnCode = []byte{0xc3}

// sumCode is long f(long a, double b) { volatile char room[8192]; return a + (long)b; }: it needs more stack than a goroutine has.
var sumCode = []byte{
	0x48, 0x81, 0xec, 0x00, 0x20, 0x00, 0x00, // sub $8192, %rsp
	0x48, 0x89, 0x3c, 0x24, // mov %rdi, (%rsp)
	0xf2, 0x48, 0x0f, 0x2c, 0xc0, // cvttsd2si %xmm0, %rax
	0x48, 0x03, 0x04, 0x24, // add (%rsp), %rax
	0x48, 0x81, 0xc4, 0x00, 0x20, 0x00, 0x00, // add $8192, %rsp
	0xc3, // ret
}

const (
	alarmTime  = "500"                 // between timer signals, in microseconds
	callTime   = 2 * time.Second       // more than functions of the tests need
	startTime  = 20 * time.Millisecond // in which programs get on
	trapSignal = "SIGILL"              // what __builtin_trap raises

	// keepsSleeps says that an interrupted system call goes on where it was, in place of from its beginning.
	keepsSleeps = true
)
