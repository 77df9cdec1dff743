package mcjit

import (
	"cmp"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// leaving is called by the linker with objects that nobody uses any more, before their memory goes.
func (e *ExecutionEngine) leaving(objects []*runtimedyld.Object) (err error) {
	defer func() { // also when the process panics
		e.life.dropRegistrants(objects)
		err = joinErrors([]error{err, e.deregister(objects), e.functions.remove(objects)})
	}()
	ended := e.endThreadObjects(objects)
	return joinErrors([]error{ended, e.destroy(objects, e.shutting.Load())})
}

// destroy runs what has to be run when objects end to be used, whose memory stays meanwhile: the exit handlers that they have registered, or all if
// all objects of the engine end to be used; then the destructors of those that are initialized, which they are not any more; then the handlers that
// these have registered. That is the order of a program's end (C11 7.22.4.4; glibc's exit runs ld.so's part as the first handler registered).
func (e *ExecutionEngine) destroy(objects []*runtimedyld.Object, all bool) error {
	_, destructors := e.life.end(objects)
	return e.runLast(objects, destructors, all)
}

// runLast is destroy for objects that have been made uninitialized.
func (e *ExecutionEngine) runLast(objects []*runtimedyld.Object, ended []routine, all bool) error {
	errs := e.runHandlers(nil, objects, all)
	for i := range ended {
		if err := e.run(&ended[i], nil); err != nil {
			errs = append(errs, err)
		}
	}
	if len(ended) > 0 {
		errs = e.runHandlers(errs, objects, all)
	}
	return joinErrors(errs)
}

// end makes objects uninitialized. It returns those that were initialized, and their destructors in the order in which they are to be run: what was
// initialized last ends first.
func (l *lifetimes) end(objects []*runtimedyld.Object) (were []*runtimedyld.Object, list []routine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ended []*lifetime
	for _, o := range objects {
		if t := l.initialized[o]; t != nil {
			ended = append(ended, t)
			were = append(were, o)
			delete(l.initialized, o)
		}
	}
	slices.SortStableFunc(ended, func(a, b *lifetime) int { return cmp.Compare(b.number, a.number) })
	for len(ended) > 0 {
		var together []routine
		for number := ended[0].number; len(ended) > 0 && ended[0].number == number; ended = ended[1:] {
			together = append(together, ended[0].destructors...)
		}
		slices.SortStableFunc(together, func(a, b routine) int { return cmp.Compare(a.object.ID(), b.object.ID()) })
		inOrder(together)
		slices.Reverse(together)
		list = append(list, together...)
	}
	return were, list
}

// noteRegistrants attends to those objects of a link that refer to the register of exit handlers. It is called by the linker's Finalizing.
func (e *ExecutionEngine) noteRegistrants(objects []*runtimedyld.Object) {
	h := e.life.handlers.Load()
	if h == nil {
		return
	}
	e.life.mu.Lock()
	defer e.life.mu.Unlock()
	for _, o := range objects {
		if o.Uses(h.module.Object()) {
			if e.life.registrants == nil {
				e.life.registrants = map[*runtimedyld.Object]struct{}{}
			}
			e.life.registrants[o] = struct{}{}
			e.dyld.Attend(o)
		}
	}
}

// registered returns those that may have registered exit handlers, the last one loaded first.
func (l *lifetimes) registered(objects []*runtimedyld.Object) (list []*runtimedyld.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range objects {
		if _, ok := l.registrants[o]; ok {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b *runtimedyld.Object) int { return cmp.Compare(b.ID(), a.ID()) })
	return list
}

func (l *lifetimes) dropRegistrants(objects []*runtimedyld.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range objects {
		delete(l.registrants, o)
	}
}

// runHandlers runs the exit handlers that objects have registered, or all. Those that have none cost nothing. It appends to errs.
func (e *ExecutionEngine) runHandlers(errs []error, objects []*runtimedyld.Object, all bool) []error {
	list := e.life.registered(objects)
	if len(list) == 0 {
		return errs
	}
	h := e.life.handlers.Load()
	if all {
		return e.callHandlers(errs, list[0], h.runAll, 0)
	}
	for _, o := range list {
		ranges, err := codeRanges(o)
		if err != nil {
			errs = append(errs, err)
		}
		for _, r := range ranges { // nearly always one
			errs = e.callHandlers(errs, o, h.runModule, uint64(o.DSOHandle()), uint64(r.start), uint64(r.end))
		}
	}
	return errs
}

func (e *ExecutionEngine) callHandlers(errs []error, o *runtimedyld.Object, fn executor.Addr, args ...uint64) []error {
	r := routine{object: o, section: "exit handlers", fn: fn}
	if err := e.run(&r, args); err != nil {
		return append(errs, err)
	}
	return errs
}

// An addrRange is some addresses, of which end is not one.
type addrRange struct{ start, end executor.Addr }

// codeRanges returns where an object's code is: sections that lie behind each other, but for their alignment, are one range.
func codeRanges(o *runtimedyld.Object) (list []addrRange, err error) {
	var sections []objimage.Section
	err = objimage.Guard(func() error {
		for i := 1; i < o.Image().NumSections(); i++ {
			s := o.Image().Section(i)
			if addr, ok := o.SectionLoadAddress(i); ok && s.Flags&objimage.SectionExec != 0 && s.Size > 0 {
				s.Addr = uint64(addr)
				s.Size, _ = o.SectionSize(i)
				sections = append(sections, s)
			}
		}
		return nil
	})
	slices.SortFunc(sections, func(a, b objimage.Section) int { return cmp.Compare(a.Addr, b.Addr) })
	for _, s := range sections {
		start, end := executor.Addr(s.Addr), executor.Addr(s.Addr+s.Size)
		if n := len(list); n > 0 && start-list[n-1].end < executor.Addr(s.Align) {
			list[n-1].end = end
			continue
		}
		list = append(list, addrRange{start, end})
	}
	return list, err
}
