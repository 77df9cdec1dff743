package main

import (
	"errors"

	"github.com/sirupsen/logrus"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// linked links everything into a new session. What turns out to be compiled for addresses below 2 GiB (-fno-pic) is linked again there. It is not
// done for all: objects compiled for executables (-fPIE) reach the variables of the C library from the high addresses only.
func (c *cli) linked(o *runOptions, log *logrus.Logger, files []string, calls []*call) (*session, *stopwatch, error) {
	s, watch, err := c.linkedAt(o, log, files, calls)
	if !wantsLowAddresses(err) {
		return s, watch, err
	}
	log.Debug("the code needs addresses below 2 GiB: linking again there")
	s.engine.Close()
	s.memory.JITMemoryManager.(*memmgr.SectionMemoryManager).Close()
	low, lowWatch, err2 := c.linkedAt(o, log, files, calls, memmgr.WithLowAddresses())
	if errors.Is(err2, memmgr.ErrNoLowAddresses) {
		return nil, nil, errors.Join(err, err2)
	}
	return low, lowWatch, err2
}

func (c *cli) linkedAt(o *runOptions, log *logrus.Logger, files []string, calls []*call, where ...memmgr.Option) (*session, *stopwatch, error) {
	s, err := newSessionWith(log, o.engineOptions(calls), where...)
	if err != nil {
		return nil, nil, err
	}
	s.whole = o.whole
	watch := newStopwatch(nil)
	if o.time {
		watch = newStopwatch(c.stderr)
	}
	return s, watch, c.link(s, o, files, calls, watch)
}

// wantsLowAddresses says whether a link failed because absolute addresses of 32 bits did not reach (psABI, 4.4).
func wantsLowAddresses(err error) bool {
	switch e := err.(type) {
	case *runtimedyld.RelocationError:
		return e.Err == runtimedyld.ErrRelocationOverflow && (e.Type == "R_X86_64_32" || e.Type == "R_X86_64_32S")
	case interface{ Unwrap() []error }:
		for _, each := range e.Unwrap() {
			if wantsLowAddresses(each) {
				return true
			}
		}
		return false
	}
	next := errors.Unwrap(err)
	return next != nil && wantsLowAddresses(next)
}
