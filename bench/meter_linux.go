package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime returns the processor time that all threads of this process have taken, the collector's too.
func cpuTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err) // the clock is in every Linux
	}
	return time.Duration(t.Nano())
}

// resetPeak makes the peak of resident memory start again from what is resident now.
func resetPeak() error { return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// residentBytes returns the resident memory of this process, exactly (VmRSS is not).
func residentBytes() (int64, error) { return kilobytes("/proc/self/smaps_rollup", "Rss:") }

// peakBytes returns the peak of resident memory since resetPeak.
func peakBytes() (int64, error) { return kilobytes("/proc/self/status", "VmHWM:") }

func kilobytes(file, key string) (int64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		if fields := bytes.Fields(line); len(fields) > 1 && string(fields[0]) == key {
			n, err := strconv.ParseInt(string(fields[1]), 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("%s has no %s", file, key)
}

// newMemory returns n fresh bytes outside the Go heap: files kept there leave the collector's pace alone, as they do in the peers.
func newMemory(n int) ([]byte, error) {
	return unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
}
