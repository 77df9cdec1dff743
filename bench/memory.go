package main

import (
	"runtime"
	"runtime/debug"
)

// A peakMeter knows what was resident when its life began.
type peakMeter struct{ base int64 }

func newPeakMeter() (*peakMeter, error) {
	if err := resetPeak(); err != nil {
		return nil, err
	}
	base, err := residentBytes()
	return &peakMeter{base}, err
}

// sample samples by how much resident memory has grown at its peak.
func (m *peakMeter) sample(c *child) error {
	peak, err := peakBytes()
	if err != nil {
		return err
	}
	now, err := residentBytes()
	c.sample(figPeak, float64(max(peak, now)-m.base))
	return err
}

// memory is what this process holds, after a collection.
type memory struct {
	resident int64 // bytes
	heap     int64 // bytes of the Go heap in use
}

func memoryNow() (memory, error) {
	debug.FreeOSMemory() // collects, and gives back what is free
	resident, err := residentBytes()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{resident, int64(m.HeapInuse)}, err
}
