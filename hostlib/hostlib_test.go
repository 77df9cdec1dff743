//go:build linux && amd64

package hostlib

import (
	"errors"
	"math"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
)

func TestProcessSymbols(t *testing.T) {
	for _, name := range []string{
		"puts", "printf", "stat", "lstat", "fstat", "mknod", "environ", "stdout", "pthread_create", // libc.so
		"atexit", "at_quick_exit", "pthread_atfork", "__stack_chk_fail_local", // libc_nonshared.a
		"_Unwind_Resume", "__udivti3", "__register_frame", // libgcc_s.so, the last once it is open
	} {
		if a, ok := Process().Lookup(name); !ok || a == 0 {
			t.Errorf("%s is not found", name)
		}
	}
	if a, ok := Process().Lookup("_no_such_symbol"); ok || a != 0 {
		t.Errorf("found what does not exist, at %v", a)
	}
}

// TestProcessVersions: a name may ask for a version, as those of objects with .symver do.
func TestProcessVersions(t *testing.T) {
	oldest, ok := Process().Lookup("memcpy@GLIBC_2.2.5")
	newer, ok2 := Process().Lookup("memcpy@@GLIBC_2.14")
	usual, _ := Process().Lookup("memcpy")
	if !ok || !ok2 || newer != usual || oldest == newer {
		t.Errorf("memcpy@GLIBC_2.2.5 is %v, %v; memcpy@@GLIBC_2.14 %v, %v; memcpy %v", oldest, ok, newer, ok2, usual)
	}
	for _, name := range []string{"memcpy@NOWHERE_1", "@", "@GLIBC_2.14", "memcpy@", "_no_such_symbol@GLIBC_2.14"} {
		if a, ok := Process().Lookup(name); ok {
			t.Errorf("%q is found, at %v", name, a)
		}
	}
}

func TestCallLibc(t *testing.T) {
	addr, _ := Process().Lookup("strlen")
	strlen, err := inprocess.Bind[func(*byte) uint64](addr)
	if err != nil {
		t.Fatal(err)
	}
	if n := strlen(&[]byte("seven c\x00")[0]); n != 7 {
		t.Errorf("strlen = %d", n)
	}
}

func TestOpenByName(t *testing.T) {
	l, err := OpenByName("m")
	if err != nil {
		t.Fatal(err)
	}
	addr, ok := l.Lookup("cbrt")
	if !ok {
		t.Fatal("libm has no cbrt")
	}
	cbrt, err := inprocess.Bind[func(float64) float64](addr, inprocess.Leaf())
	if err != nil {
		t.Fatal(err)
	}
	if got := cbrt(27); math.Abs(got-3) > 1e-12 {
		t.Errorf("cbrt(27) = %v", got)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, ok := l.Lookup("cbrt"); ok {
		t.Error("found a symbol in a closed library")
	}
	if err := l.Close(); err != nil {
		t.Error("closing twice:", err)
	}
}

func TestOpenError(t *testing.T) {
	_, err := OpenByName("no-such-library")
	var e *OpenError
	if !errors.As(err, &e) || e.Name != "no-such-library" || len(e.Tried) == 0 || e.Err == nil {
		t.Fatalf("error %v", err)
	}
	t.Log(err)
}

func TestCompareVersions(t *testing.T) {
	if compareVersions(".1.9", ".1.10") >= 0 || compareVersions(".2", ".1.10") <= 0 || !isVersion(".6") || isVersion(".6a") || isVersion("") {
		t.Error("versions are not ordered as numbers")
	}
}

func TestLookupConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 200 {
				if _, ok := Process().Lookup("_Unwind_Resume"); !ok {
					t.Error("not found")
				}
			}
		})
	}
	wg.Wait()
}
