package testenv

import "testing"

// WithoutRaceDetector skips a test under the race detector that would only take longer there: what it looks at does not depend on goroutines. The tests without the
// detector run it.
func WithoutRaceDetector(t testing.TB) {
	t.Helper()
	if RaceDetector {
		t.Skip("it is not about goroutines: the tests without the race detector run it")
	}
}
