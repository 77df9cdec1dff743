package testenv

import (
	"math"
	"testing"
	"time"
)

// WantLinear runs work of n things and of 16 times as many, and fails t if that takes more than 64 times as much of the processors' time, as does work that grows with
// the square. How fast the machine is, or how busy, does not matter. The work returns what it took: see CPUTime.
func WantLinear(t testing.TB, n int, work func(n int) time.Duration) {
	t.Helper()
	few, many := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	for range 5 {
		few, many = min(few, work(n)), min(many, work(16*n))
		if many <= 64*max(few, time.Millisecond) {
			t.Log(few, many)
			return
		}
	}
	t.Errorf("%v for %d, %v for %d", few, n, many, 16*n)
}
