//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"bufio"
	"context"
	"fmt"
	"hash/crc32"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// goTarget is a Go program to be traced: its stacks are small and move, its collector stops threads by signals, and it has no C library. It works until its standard input ends, and checks all of its work.
func goTarget() {
	runtime.GOMAXPROCS(4)
	stop := make(chan struct{})
	var all sync.WaitGroup
	for n := range 6 {
		all.Go(func() {
			want := work(n)
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Duration(n) * time.Millisecond):
				}
				if got := work(n); got != want {
					fmt.Println("wrong", got, want)
				}
			}
		})
	}
	fmt.Println("ready")
	bufio.NewScanner(os.Stdin).Scan()
	close(stop)
	all.Wait()
	fmt.Println("right")
	os.Exit(7)
}

// work uses memory, deep stacks and floating-point numbers.
func work(n int) string {
	var deep func(n int, x float64) float64
	deep = func(n int, x float64) float64 {
		if n == 0 {
			return x
		}
		var room [64]byte
		room[n%64] = byte(n)
		return deep(n-1, x*1.0001+float64(room[n%64]))
	}
	sum := crc32.NewIEEE()
	for i := range 50 {
		fmt.Fprint(sum, deep(200+n*i, float64(i)))
	}
	return fmt.Sprintf("%08x", sum.Sum32())
}

// TestGoProgram runs functions in a Go program, also by tracers that are killed.
func TestGoProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOMCJIT_TARGET", "go")
	tg := start(t, self)
	time.Sleep(20 * time.Millisecond)
	p := attach(t, tg)
	base, err := p.Reserve(p.PageSize(), 0)
	if err != nil {
		t.Fatal(err)
	}
	segment := executor.Segment{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: p.PageSize(), Content: sumCode}
	if err := p.Install(base, []executor.Segment{segment}); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		v, err := p.CallValues(context.Background(), base, executor.Integer, executor.IntValue(int64(i)), executor.DoubleValue(1000))
		if err != nil || v.Bits != uint64(i+1000) {
			t.Fatalf("%d: %d, %v", i, v.Bits, err)
		}
	}
	if err := p.Release(base); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	for range 8 {
		killTracer(t, tg, "")
	}
	tg.finish(t, "right")
}
