package mcjit

import (
	"slices"
	"sync"

	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// WithStandIns lets code that was compiled for programs (-fno-pic, -fPIE) refer to what is outside the engine and out of its reach. When a link fails for nothing but references by 32 bits
// to names that the engine's modules do not define, f is asked for an object that defines them in reach (hostlib.StandIns makes such), and the link is tried again with it. f is told each
// name once, may be called from every goroutine, and returns nil if it has nothing.
//
// What such an object defines is what all modules see from then on; those that are finalized keep what they have. It is not among the engine's modules, and stays until the
// engine is closed. Code for addresses below 2 GiB (-fno-pic) needs memory there, too: memmgr.WithLowAddresses.
func WithStandIns(f func(names []string) (object []byte)) Option {
	return func(o *options) { o.standIns = f }
}

// standIns are what stands in for names outside.
type standIns struct {
	make func(names []string) []byte // the client's; may be nil

	mu    sync.Mutex
	asked map[string]bool // names
}

// standIn loads stand-ins for what a link has failed for, and reports whether there are new ones.
func (e *ExecutionEngine) standIn(err error) bool {
	if e.standIns.make == nil || err == nil {
		return false
	}
	names := e.standIns.unasked(e.outOfReach(err))
	if len(names) == 0 {
		return false
	}
	object := e.standIns.make(names)
	if object == nil {
		return false
	}
	buffer := objimage.NewBuffer("stand-ins", object)
	if _, err := e.load(&Module{buffer: buffer, builtin: true}); err != nil {
		e.log.WithError(err).Debug("stand-ins are not loaded")
		buffer.Close()
		return false
	}
	e.log.WithField("symbols", names).Debug("stand-ins loaded")
	return true
}

// unasked returns the names that have not been asked for, and notes them.
func (s *standIns) unasked(names []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names = slices.DeleteFunc(names, func(name string) bool { return s.asked[name] })
	if s.asked == nil {
		s.asked = map[string]bool{}
	}
	for _, name := range names {
		s.asked[name] = true
	}
	return names
}

// outOfReach returns the names that are outside and too far, if there is nothing else wrong.
func (e *ExecutionEngine) outOfReach(err error) (names []string) {
	names, only := overflows(nil, err)
	slices.Sort(names)
	names = slices.Compact(names)
	if !only || slices.ContainsFunc(names, func(name string) bool { return name == "" || e.dyld.SymbolLocalAddress(name) != nil }) {
		return nil
	}
	return names
}

// overflows appends the names of symbols that are too far, and says whether nothing else is wrong.
func overflows(names []string, err error) (_ []string, only bool) {
	switch err := err.(type) {
	case *runtimedyld.RelocationError:
		return append(names, err.Symbol), err.Err == runtimedyld.ErrRelocationOverflow
	case *runtimedyld.LinkError:
		only = true
		for i := 0; i < len(err.Errs) && only; i++ {
			names, only = overflows(names, err.Errs[i])
		}
	}
	return names, only
}
