//go:build linux && amd64

package mcjit_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// TestParallelCompilation: modules are compiled at the same time.
func TestParallelCompilation(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var inside atomic.Int32
	all := make(chan struct{})
	g := toygen.Generator{Compile: func(ctx context.Context, name string) error {
		if name == "use" {
			return nil
		}
		if inside.Add(1) == 4 {
			close(all)
		}
		select {
		case <-all:
			return nil
		case <-time.After(20 * time.Second):
			return errors.New("no other module is compiled at the same time")
		}
	}}
	e := newEngine(t)
	for i := range 4 {
		toy(t, e, &g, fmt.Sprint(i), fmt.Sprintf("func f%d = %d", i, i))
	}
	toy(t, e, &g, "use", "func use = f0 + 1; func use1 = f1 + 1; func use2 = f2 + 1; func use3 = f3 + 1")
	wantCall(t, e, "use", 1)
	wantCompiled(t, &g, "0", "1", "2", "3", "use")
}

// TestLookupWhileCompiling: a look-up is not held up by the compiler that another one waits for.
func TestLookupWhileCompiling(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	g := toygen.Generator{Compile: func(ctx context.Context, name string) error {
		if name == "slow" {
			close(started)
			<-release
		}
		return nil
	}}
	e := newEngine(t)
	toy(t, e, &g, "slow", "func slow = 1")
	toy(t, e, &g, "needy", "func needy = slow + 1")
	toy(t, e, &g, "quick", "func quick = 2")
	toy(t, e, &g, "other", "func other = 3")
	var wg sync.WaitGroup
	for range 3 { // together, since one module is compiled once
		wg.Go(func() {
			if a, err := e.FunctionAddress("needy"); err != nil || a == 0 {
				t.Error(err)
			}
		})
	}
	<-started
	wantCall(t, e, "quick", 2)
	if _, err := e.FunctionAddress("nothing"); !errors.Is(err, mcjit.ErrSymbolNotFound) {
		t.Error(err)
	}
	wantCall(t, e, "other", 3)
	close(release)
	wg.Wait()
	wantCall(t, e, "needy", 2)
	wantCompiled(t, &g, "needy", "other", "quick", "slow")
}

// TestLookupTogether: a module may be loaded between a look among the loaded modules and one among those that are not.
func TestLookupTogether(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var g toygen.Generator
	e := newEngine(t)
	for i := range 400 {
		name, user := fmt.Sprint("f", i), fmt.Sprint("use", i)
		toy(t, e, &g, name, "func "+name+" = 1")
		toy(t, e, &g, user, "func "+user+" = "+name+" + 1")
		var wg sync.WaitGroup
		start := make(chan struct{})
		for k := range 6 {
			wg.Go(func() {
				<-start
				find := [...]func(string) (executor.Addr, error){e.SymbolAddress, e.SymbolAddress, e.FunctionAddress}[k%3]
				if _, err := find([...]string{name, user}[k/3]); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		wg.Wait()
	}
}

// TestCancel: a call gives up with its context; another one that wants the same module does not.
func TestCancel(t *testing.T) {
	var times atomic.Int32
	started := make(chan struct{}, 2)
	g := toygen.Generator{Compile: func(ctx context.Context, name string) error {
		if times.Add(1) > 1 {
			return nil
		}
		started <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}}
	e := newEngine(t)
	m := toy(t, e, &g, "m", "func f = 1")
	ctx, cancel := context.WithCancel(context.Background())
	gaveUp := make(chan error, 1)
	go func() {
		_, err := e.FunctionAddressContext(ctx, "f")
		gaveUp <- err
	}()
	<-started
	patient := make(chan error, 1)
	go func() {
		_, err := e.FunctionAddress("f")
		patient <- err
	}()
	impatient, cancel2 := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel2()
	if _, err := e.SymbolAddressContext(impatient, "f"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one that waits for another: %v", err)
	}
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := <-patient; err != nil {
		t.Error(err)
	}
	wantCall(t, e, "f", 1)
	wantStates(t, runtimedyld.Finalized, m)
	for name, call := range map[string]func(context.Context) error{
		"GenerateCode":   func(ctx context.Context) error { return e.GenerateCode(ctx) },
		"FinalizeObject": e.FinalizeObjectContext,
		"GlobalValueAddress": func(ctx context.Context) error {
			_, err := e.GlobalValueAddressContext(ctx, "g")
			return err
		},
	} {
		later := toy(t, e, &g, "later", "func g = 2")
		if err := call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		remove(t, e, later)
	}
}

// TestCancelInLink: a link that needs a module gives up, too, and nothing is linked.
func TestCancelInLink(t *testing.T) {
	g := toygen.Generator{Compile: func(ctx context.Context, name string) error {
		if name != "slow" {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	}}
	e := newEngine(t)
	toy(t, e, &g, "slow", "func slow = 1")
	m := toy(t, e, &g, "m", "func f = slow + 1")
	if _, err := e.SymbolAddress("f"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := e.FunctionAddressContext(ctx, "f"); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	wantStates(t, runtimedyld.Loaded, m)
}

// TestRemoveAndCloseWhileCompiling: they cancel, and wait.
func TestRemoveAndCloseWhileCompiling(t *testing.T) {
	for _, name := range []string{"RemoveModule", "Close"} {
		started := make(chan struct{})
		g := toygen.Generator{Compile: func(ctx context.Context, _ string) error {
			close(started)
			<-ctx.Done()
			return ctx.Err()
		}}
		e, err := mcjit.New()
		if err != nil {
			t.Fatal(err)
		}
		m := toy(t, e, &g, "m", "func f = 1")
		result := make(chan error, 1)
		go func() {
			_, err := e.FunctionAddress("f")
			result <- err
		}()
		<-started
		want := mcjit.ErrClosed
		if name == "RemoveModule" {
			want = mcjit.ErrSymbolNotFound
			remove(t, e, m)
		} else if err := e.Close(); err != nil {
			t.Error(err)
		}
		if !slices.Equal(g.Closed(), []string{"m"}) {
			t.Errorf("%s: the source is not closed", name)
		}
		if err := <-result; !errors.Is(err, want) {
			t.Errorf("%s: the look-up ended with %v", name, err)
		}
		wantStates(t, runtimedyld.Removed, m)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestHammerCompilation: look-ups that give up, modules that are removed while they are compiled, and everything finalized meanwhile: what is asked for patiently works.
func TestHammerCompilation(t *testing.T) {
	g := toygen.Generator{Compile: func(ctx context.Context, name string) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(len(name)%3) * 100 * time.Microsecond):
			return nil
		}
	}}
	e := newEngine(t)
	before := e.Stats()
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for k := range 25 {
				name := fmt.Sprintf("f%d_%d", i, k)
				m := toy(t, e, &g, strings.Repeat("x", k%5+1), fmt.Sprintf("func %s = g%d_%d + 1; weak func common = 1", name, i, k))
				n := toy(t, e, &g, strings.Repeat("y", k%4+1), fmt.Sprintf("func g%d_%d = %d; weak func common = 1", i, k, k))
				var inner sync.WaitGroup
				for j := range 4 {
					inner.Go(func() {
						ctx, cancel := context.WithTimeout(context.Background(), time.Duration(j)*50*time.Microsecond)
						defer cancel()
						if _, err := e.FunctionAddressContext(ctx, name); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, mcjit.ErrSymbolNotFound) {
							t.Errorf("%s: %v", name, err)
						}
					})
				}
				if k%3 == 0 { // while it is compiled, or not
					remove(t, e, m, n)
					inner.Wait()
					continue
				}
				if f, err := mcjit.Func[intFunc](e, name); err != nil {
					t.Errorf("%s: %v", name, err)
				} else if got := f(); got != int32(k+1) {
					t.Errorf("%s: %d", name, got)
				}
				inner.Wait()
				remove(t, e, n, m)
			}
		})
	}
	wg.Wait()
	wantStats(t, e, before)
}
