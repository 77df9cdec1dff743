package mcjit

import (
	"context"
	"maps"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// WithStandIns lets code that was compiled for programs (-fno-pic, -fPIE) refer to what is outside the engine and out of its reach. When a link fails for nothing but references by 32 bits
// to names that the engine's modules do not define, and that no mapping gives an address, f is asked for an object that defines them in reach, and the link is tried again with it; hostlib.StandIns is such
// a function. f is told where the engine has found the names, and each name once, unless what it returned could not be loaded. It returns nil if it has nothing. It is called by one goroutine at a time, and
// must not finalize anything of the engine. Its definitions should be weak: then a module that defines a name, and is added later, takes it over.
//
// What such an object defines is what all modules see from then on; those that are finalized keep what they have. It is not among the engine's modules, and stays until the
// engine is closed: mappings of these names are refused (*runtimedyld.DuplicateError). Code for addresses below 2 GiB (-fno-pic) needs memory there, too: memmgr.WithLowAddresses.
func WithStandIns(f func(outside map[string]executor.Addr) (object []byte)) Option {
	return func(o *options) { o.standIns = f }
}

// standIns are what stands in for names outside.
type standIns struct {
	make   func(outside map[string]executor.Addr) []byte // the client's; may be nil
	loaded atomic.Uint64                                 // objects

	turn  chan struct{}   // full while somebody makes them: others wait, whose links may have failed for the same names; it is no lock, since the client's function runs meanwhile
	asked map[string]bool // names; of whoever has the turn
}

// takeTurn waits until nobody makes stand-ins, or the context is done.
func (s *standIns) takeTurn(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// standIn loads stand-ins for what a link has failed for, and reports whether there are others than before the link. The error is the context's.
func (e *ExecutionEngine) standIn(ctx context.Context, err error, before uint64) (others bool, gaveUp error) {
	s := &e.standIns
	names, only := overflows(nil, err)
	if s.make == nil || !only {
		return false, nil
	}
	if err := s.takeTurn(ctx); err != nil {
		return false, err
	}
	defer func() { <-s.turn }()
	return s.loaded.Load() != before || e.makeStandIns(names), nil
}

// makeStandIns is standIn of names, for whoever has the turn.
func (e *ExecutionEngine) makeStandIns(names []string) bool {
	s := &e.standIns
	outside, ok := e.outside(names)
	if !ok || !s.note(outside) {
		return false
	}
	object := s.make(outside)
	if object == nil {
		return false
	}
	buffer := objimage.NewBuffer("stand-ins", object)
	if _, err := e.load(&Module{buffer: buffer, builtin: true}); err != nil {
		e.log.WithError(err).Warn("stand-ins are not loaded")
		buffer.Close()
		for name := range outside {
			delete(s.asked, name) // there may be memory for them another time
		}
		return false
	}
	e.log.WithField("symbols", outside).Debug("stand-ins loaded")
	s.loaded.Add(1)
	return true
}

// note takes out the names that have been asked for, notes the others, and says whether there are any.
func (s *standIns) note(outside map[string]executor.Addr) bool {
	maps.DeleteFunc(outside, func(name string, _ executor.Addr) bool { return s.asked[name] })
	if s.asked == nil {
		s.asked = map[string]bool{}
	}
	for name := range outside {
		s.asked[name] = true
	}
	return len(outside) > 0
}

// outside returns where names are; false if one of them is none that can have a stand-in: a module defines it, or a mapping, or it has no address.
func (e *ExecutionEngine) outside(names []string) (map[string]executor.Addr, bool) {
	list := map[string]executor.Addr{}
	for _, name := range names {
		addr, ok := e.dyld.SymbolLoadAddress(name)
		if _, mapped := e.AddressToGlobalIfAvailable(name); !ok || mapped || e.dyld.SymbolLocalAddress(name) != nil {
			return nil, false
		}
		list[name] = addr
	}
	return list, true
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
