package memmgr

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

var probeSystem = sync.OnceValue(func() error { return tryDual(SystemMapper(), os.Getpagesize()) })

// probeDual finds out whether memory can have a writable and an executable view: once per process for the system's mapper, whose answer is not
// going to change.
func probeDual(m Mapper) error {
	err := error(nil)
	if m == SystemMapper() {
		err = probeSystem()
	} else {
		err = tryDual(m, os.Getpagesize())
	}
	if err != nil && !errors.Is(err, ErrUnsupportedHost) {
		return fmt.Errorf("%w: %w (the default way, without WithDualMapping, does not need it)", ErrDualMapping, err)
	}
	return err
}

func tryDual(m Mapper, page int) error {
	run, err := m.ReserveDual(page, 0)
	if err != nil {
		return err
	}
	work, err := m.MapDual(run, "gomcjit:probe")
	if err == nil {
		err = errors.Join(protectAndCompare(m, work, run), m.UnmapDual(work))
	}
	return errors.Join(err, m.Release(run))
}

func protectAndCompare(m Mapper, work, run []byte) error {
	if err := m.Protect(run, ProtReadExec); err != nil {
		return fmt.Errorf("making a dual mapping executable: %w", err)
	}
	if work[0] = 1; run[0] != 1 {
		return errors.New("the executable view does not see what is written")
	}
	return nil
}
