//go:build linux

package ptrace_test

import "time"

// returnCode is a function that does nothing.
var returnCode = []byte{0xc0, 0x03, 0x5f, 0xd6}

// sumCode is long f(long a, double b) { volatile char room[8192]; return a + (long)b; }: it needs more stack than a goroutine has.
var sumCode = []byte{
	0xff, 0x0b, 0x40, 0xd1, // sub sp, sp, #8192
	0xe0, 0x03, 0x00, 0xf9, // str x0, [sp]
	0x00, 0x00, 0x78, 0x9e, // fcvtzs x0, d0
	0xe1, 0x03, 0x40, 0xf9, // ldr x1, [sp]
	0x00, 0x00, 0x01, 0x8b, // add x0, x0, x1
	0xff, 0x0b, 0x40, 0x91, // add sp, sp, #8192
	0xc0, 0x03, 0x5f, 0xd6, // ret
}

const (
	alarmTime  = "300000"               // between timer signals, in microseconds
	callTime   = 20 * time.Second       // more than functions of the tests need
	startTime  = 500 * time.Millisecond // in which programs get on
	trapSignal = "SIGTRAP"              // what __builtin_trap raises

	// keepsSleeps says that an interrupted system call goes on where it was, in place of from its beginning.
	keepsSleeps = false
)
