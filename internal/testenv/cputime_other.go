//go:build !unix

package testenv

import "time"

var start = time.Now()

// CPUTime returns the time since some moment.
func CPUTime() time.Duration { return time.Since(start) }
