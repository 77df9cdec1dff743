//go:build !linux

package main

import (
	"errors"
	"time"
)

func cpuTime() time.Duration          { return 0 }
func resetPeak() error                { return errors.ErrUnsupported }
func residentBytes() (int64, error)   { return 0, errors.ErrUnsupported }
func peakBytes() (int64, error)       { return 0, errors.ErrUnsupported }
func newMemory(n int) ([]byte, error) { return nil, errors.ErrUnsupported }
