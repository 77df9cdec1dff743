//go:build linux

package inprocess

import (
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

type register struct{ name, set string }

var onMIPS, onPPC64 = register{"$30", "li $30, 8"}, register{"30", "li 30, 8"}

// goroutineRegister is the register in which Go has the goroutine, where it has it in one, as an instruction that sets it to 8.
var goroutineRegister = map[string]register{
	"arm":     {"r10", "mov r10, #8"},
	"arm64":   {"x28", "mov x28, #8"},
	"loong64": {"$r22", "addi.d $r22, $r0, 8"},
	"mips":    onMIPS, "mipsle": onMIPS, "mips64": onMIPS, "mips64le": onMIPS,
	"ppc64": onPPC64, "ppc64le": onPPC64,
	"riscv64": {"s11", "li s11, 8"},
	"s390x":   {"r13", "lghi %%r13, 8"},
}

// Signals arrive while C has its own in the registers that Go keeps. They get to Go, and C goes on.
func TestSignalInC(t *testing.T) {
	own, ok := goroutineRegister[runtime.GOARCH]
	if !ok && gInRegister {
		t.Fatal("the register is not known here")
	}
	source := "int spin(volatile int *f) { int n = 0; f[1] = 1; do { __asm__ volatile(\"SET\" :: \"r\"(f) : \"NAME\"); n = 1; } while (!f[0]); return n; }"
	if !gInRegister {
		source = strings.NewReplacer("SET", "", "NAME", "memory").Replace(source)
	}
	spin := compile(t, "gcc", strings.NewReplacer("SET", own.set, "NAME", own.name).Replace(source))["spin"]
	received := make(chan os.Signal, 100)
	signal.Notify(received, unix.SIGUSR1)
	defer signal.Stop(received)
	for name, opts := range map[string][]Option{"blocking": nil, "leaf": {Leaf()}} {
		f := mustBind[func(*[2]int32) int32](t, spin, opts...)
		flags := new([2]int32) // stop, and running
		thread, result := make(chan int), make(chan int32)
		go func() {
			runtime.LockOSThread()
			thread <- unix.Gettid()
			result <- f(flags)
		}()
		tid := <-thread
		for atomic.LoadInt32(&flags[1]) == 0 {
			time.Sleep(time.Millisecond)
		}
		for range 20 {
			if err := unix.Tgkill(os.Getpid(), tid, unix.SIGUSR1); err != nil {
				t.Fatal(err)
			}
			select {
			case <-received:
			case <-time.After(10 * time.Second):
				t.Fatalf("%s: a signal did not arrive", name)
			}
		}
		setFlag(&flags[0])
		if got := <-result; got != 1 {
			t.Errorf("%s: C returned %d", name, got)
		}
	}
}
