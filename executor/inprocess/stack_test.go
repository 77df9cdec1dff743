//go:build linux || (windows && (amd64 || arm64))

package inprocess

import (
	"bytes"
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/crosstest"
)

const stackSource = `
int deep(int n) {
	volatile char pad[1000];
	pad[n % 1000] = n;
	return n ? deep(n - 1) + (pad[n % 1000] == (char)n) : 0;
}
int spin(volatile int *stop) { int n = 0; while (!*stop) n = 1; return n; }
int work(int n) { volatile int s = 0; for (int i = 0; i < n; i++) s += i; return s; }
`

// deep's frame is a little over 1000 bytes.
const frameSize = 1024

func TestDeepRecursion(t *testing.T) {
	deep := mustBind[func(int32) int32](t, compile(t, "gcc", stackSource)["deep"])
	n := int32(StackConfig{}.withDefaults().Size * 7 / 8 / (frameSize + 64))
	if got := deep(n); got != n {
		t.Errorf("deep(%d) = %d", n, got)
	}
}

// inChild runs the test again in a process of its own, with an environment variable set, and returns what it wrote. In the child
// it returns child == true.
func inChild(t *testing.T, extra ...string) (child bool, output string, err error) {
	t.Helper()
	if os.Getenv("GOMCJIT_CHILD") == t.Name() {
		return true, "", nil
	}
	out, err := crosstest.RunSelf(append([]string{"GOMCJIT_CHILD=" + t.Name()}, extra...), "-test.run=^"+t.Name()+"$", "-test.v")
	return false, string(out), err
}

// onStack is inline assembly, with its operands and the registers it uses: it calls fn on another stack.
var onStack = map[string]string{
	"386":     `"mov %%esp, %%esi; mov %0, %%esp; call *%1; mov %%esi, %%esp" :: "r"(stack + 60000), "r"(fn) : "esi"`,
	"amd64":   `"mov %%rsp, %%rbx; mov %0, %%rsp; call *%1; mov %%rbx, %%rsp" :: "r"(stack + 60000), "r"(fn) : "rbx"`,
	"arm":     `"mov r4, sp; mov sp, %0; blx %1; mov sp, r4" :: "r"(stack + 60000), "r"(fn) : "r4", "lr"`,
	"arm64":   `"mov x19, sp; mov sp, %0; blr %1; mov sp, x19" :: "r"(stack + 60000), "r"(fn) : "x19", "x30"`,
	"loong64": `"move $s1, $sp; move $sp, %0; jirl $ra, %1, 0; move $sp, $s1" :: "r"(stack + 60000), "r"(fn) : "$r24", "$r1"`,
	"mips":    onMIPSStack, "mipsle": onMIPSStack, "mips64": onMIPSStack, "mips64le": onMIPSStack,
	"ppc64":   `"mr 30, 1; mr 1, %0; ld 12, 0(%1); ld 2, 8(%1); mtctr 12; bctrl; mr 1, 30" :: "b"(stack + 60000), "b"(fn) : "30", "12", "lr", "ctr"`,
	"ppc64le": `"mr 30, 1; mr 1, %0; mr 12, %1; mtctr 12; bctrl; mr 1, 30" :: "b"(stack + 60000), "b"(fn) : "30", "12", "lr", "ctr"`,
	"s390x":   `"lgr %%r10, %%r15; lgr %%r15, %0; basr %%r14, %1; lgr %%r15, %%r10" :: "a"(stack + 60000), "a"(fn) : "r10", "r14"`,
	"riscv64": `"mv s1, sp; mv sp, %0; jalr %1; mv sp, s1" :: "r"(stack + 60000), "r"(fn) : "s1", "ra"`,
}

const onMIPSStack = `"move $16, $29; move $29, %0; move $25, %1; jalr $25; move $29, $16" :: "r"(stack + 60000), "r"(fn) : "$16", "$25", "$31"`

// A callback from a stack of C's own, where there is no way to Go, ends the process with a message.
func TestCallbackFromNowhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there the process ends without a message")
	}
	child, out, err := inChild(t)
	if child {
		if haveCRuntime {
			t.Skip("there is a C runtime")
		}
		away := mustBind[func(stack *[1 << 16]byte, fn executor.Addr)](t, compile(t, "gcc", `
void away(char *stack, void (*fn)(int)) {
	__asm__ volatile(`+onStack[runtime.GOARCH]+`, "memory");
}`)["away"])
		away(new([1 << 16]byte), mustCallback(t, func(int32) {}).Addr())
		t.Fatal("not reached")
	}
	if strings.Contains(out, "SKIP") {
		t.Skip("there is a C runtime")
	}
	if err == nil || !strings.Contains(out, "callback on a thread not made by Go, in a process without a C runtime") {
		t.Errorf("error %v, output:\n%s", err, out)
	}
}

// Too deep a recursion has to end the process at the guard page and not reach other memory.
func TestStackOverflow(t *testing.T) {
	child, out, err := inChild(t)
	if child {
		mustBind[func(int32) int32](t, compile(t, "gcc", stackSource)["deep"])(1 << 30)
		t.Fatal("not reached")
	}
	if crosstest.Wine() { // it ends the thread, and the process with it, without a message
		if strings.Contains(out, "---") {
			t.Errorf("error %v, output:\n%s", err, out)
		}
		return
	}
	if err == nil || !strings.Contains(out, "SIGSEGV") && !isAccessViolation(err, out) {
		t.Fatalf("error %v, output:\n%s", err, out)
	}
}

func TestStackLimit(t *testing.T) {
	child, out, err := inChild(t)
	if !child {
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := SetStacks(StackConfig{Max: 2, Size: 1 << 20, Idle: 1}); err != nil {
		t.Fatal(err)
	}
	code := compile(t, "gcc", stackSource+callbackSource)
	spin := mustBind[func(*int32) int32](t, code["spin"])
	var wg sync.WaitGroup
	stop := new(int32)
	for range 8 {
		wg.Go(func() { spin(stop) })
	}
	time.Sleep(20 * time.Millisecond)
	setFlag(stop)
	wg.Wait()
	if stacks.made != 2 {
		t.Errorf("%d stacks made", stacks.made)
	}
	if err := SetStacks(StackConfig{}); !errors.Is(err, ErrStacksInUse) {
		t.Errorf("SetStacks: %v", err)
	}
}

//go:noinline
func setFlag(p *int32) { *(*int32)(unsafe.Pointer(p)) = 1 }

// The collector must not wait for C, nor must other goroutines.
func TestBlockingDoesNotDelayCollection(t *testing.T) {
	spin := mustBind[func(*int32) int32](t, compile(t, "gcc", stackSource)["spin"])
	stop := new(int32)
	done := make(chan bool)
	n := runtime.GOMAXPROCS(0)
	for range n {
		go func() { spin(stop); done <- true }()
	}
	time.Sleep(50 * time.Millisecond)
	worst := time.Duration(0)
	for range 5 {
		begin := time.Now()
		runtime.GC()
		worst = max(worst, time.Since(begin))
	}
	setFlag(stop)
	for range n {
		<-done
	}
	t.Logf("longest collection %v", worst)
	if worst > time.Minute {
		t.Errorf("a collection took %v while C ran", worst)
	}
}

// Signals of the profiler arrive on the C stack, at every point of the bridge.
func TestProfile(t *testing.T) {
	code := compile(t, "gcc", stackSource+callbackSource)
	work := mustBind[func(int32) int32](t, code["work"])
	leaf := mustBind[func(int32) int32](t, code["work"], Leaf())
	apply := mustBind[func(executor.Addr, int32) int32](t, code["apply"])
	cb := mustCallback(t, func(n int32) int32 { return leaf(n) })
	var out bytes.Buffer
	if err := pprof.StartCPUProfile(&out); err != nil {
		t.Skip(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for end := time.Now().Add(400 * time.Millisecond); time.Now().Before(end); {
				work(500)
				leaf(0)
				apply(cb.Addr(), 1)
			}
		})
	}
	wg.Wait()
	pprof.StopCPUProfile()
	if out.Len() == 0 {
		t.Error("empty profile")
	}
}

// Many goroutines in C while the collector runs all the time.
func TestCollectorStress(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	code := compile(t, "gcc", bindSource)
	type long = int64
	read := mustBind[func(*int64, uint64) int64](t, compile(t, "gcc", "long get(long *p, long i) { return p[i]; }")["get"])
	leaf := mustBind[func(*int64, uint64) int64](t, compile(t, "gcc", "long get(long *p, long i) { return p[i]; }")["get"], Leaf())
	sum := mustBind[func(a, b, c, d, e, f, g, h, i, j, k, l long) long](t, code["sum12"])
	var wg sync.WaitGroup
	for g := range int64(64) {
		wg.Go(func() {
			for i := range int64(300) {
				v := g*1000 + i
				if got := read(&([]int64{0, v, 0}[0]), 1); got != v {
					t.Errorf("read %d, want %d", got, v)
				}
				if got := leaf(&([]int64{0, v, 0}[0]), 1); got != v {
					t.Errorf("leaf read %d, want %d", got, v)
				}
				if got := sum(v, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, v); got != 13*v {
					t.Errorf("sum = %d", got)
				}
				grow(int(i % 50))
			}
		})
	}
	wg.Wait()
}

func TestTrim(t *testing.T) {
	child, out, err := inChild(t)
	if !child {
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := SetStacks(StackConfig{Idle: 1}); err != nil {
		t.Fatal(err)
	}
	code := compile(t, "gcc", stackSource+callbackSource)
	deep := mustBind[func(int32) int32](t, code["deep"])
	apply := mustBind[func(executor.Addr, int32) int32](t, code["apply"])
	var wg, all sync.WaitGroup
	all.Add(32)
	cb := mustCallback(t, func(n int32) int32 {
		all.Done()
		all.Wait() // so that each has a stack of its own
		return deep(int32(stacks.config.Size * 3 / 4 / (frameSize + 64)))
	})
	for range 32 {
		wg.Go(func() { apply(cb.Addr(), 0) })
	}
	wg.Wait()
	free, resident := 0, 0
	for _, c := range stacks.free {
		free++
		resident += c.resident(t)
	}
	if limit := stacks.config.Idle * stacks.config.Size; resident > limit {
		t.Errorf("%d idle stacks hold %d bytes, more than %d", free, resident, limit)
	}
	if free < 20 {
		t.Errorf("only %d idle stacks: the test checks nothing", free)
	}
}
