//go:build linux || (windows && (amd64 || arm64))

package inprocess_test

import (
	"errors"
	"math/bits"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
)

func TestProcessCall(t *testing.T) {
	var process executor.Process = inprocess.Process{}
	const top = uint64(1) << (bits.UintSize - 1)
	none, err := inprocess.NewCallback(func() uint { return uint(top) })
	if err != nil {
		t.Fatal(err)
	}
	defer none.Release()
	if got, err := process.Call(none.Addr()); got != top || err != nil {
		t.Errorf("no arguments: %#x, %v", got, err)
	}
	eight, err := inprocess.NewCallback(func(a, b, c, d, e, f, g, h uint) uint {
		return a + 10*b + 100*c + 1000*d + 10000*e + 100000*f + 1000000*g + h<<(bits.UintSize-8)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer eight.Release()
	if got, err := process.Call(eight.Addr(), 1, 2, 3, 4, 5, 6, 7, 8); got != 7654321+8<<(bits.UintSize-8) || err != nil {
		t.Errorf("arguments beyond the registers: %#x, %v", got, err)
	}
	nested, err := inprocess.NewCallback(func(n uint) uint {
		got, err := process.Call(none.Addr())
		if err != nil {
			t.Error(err)
		}
		return uint(got)>>1 + n
	})
	if err != nil {
		t.Fatal(err)
	}
	defer nested.Release()
	if got, err := process.Call(nested.Addr(), 5); got != top>>1+5 || err != nil {
		t.Errorf("a call within a call: %#x, %v", got, err)
	}
	if _, err := process.Call(0, 1); !errors.Is(err, inprocess.ErrZeroAddress) {
		t.Errorf("address zero: %v", err)
	}
}
