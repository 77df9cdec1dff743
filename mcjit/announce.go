package mcjit

import (
	"slices"
	"sync"

	"github.com/gomcjit/gomcjit/runtimedyld"
)

// announcements are the finalized objects of which listeners have yet to hear. An object can be removed by one goroutine before the one that finalized
// it has told anybody: then nobody hears of it. It cannot go while listeners look at it.
type announcements struct {
	mu      sync.Mutex
	changed sync.Cond // an object was told of
	objects map[*runtimedyld.Object]progress
}

type progress uint8

const (
	waiting      progress = iota + 1
	waitingAgain          // it was told of before, at other addresses
	telling
	tellingAgain // and it has been finalized again meanwhile: then it is waitingAgain
)

// add enters an object that is to be told of; again says that it was finalized before.
func (a *announcements) add(o *runtimedyld.Object, again bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.objects == nil {
		a.objects = map[*runtimedyld.Object]progress{}
	}
	switch was := a.objects[o]; {
	case !again:
		a.objects[o] = waiting
	case was == telling:
		a.objects[o] = tellingAgain
	case was != waiting && was != tellingAgain:
		a.objects[o] = waitingAgain
	}
}

// begin reports whether listeners are to be told of an object now, and whether they were told before; end has to follow, and then begin again: somebody else may have finalized it meanwhile.
func (a *announcements) begin(o *runtimedyld.Object) (ok, again bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	was := a.objects[o]
	if was != waiting && was != waitingAgain {
		return false, false
	}
	a.objects[o] = telling
	return true, was == waitingAgain
}

// await waits until nobody is being told of objects.
func (a *announcements) await(objects []*runtimedyld.Object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for slices.ContainsFunc(objects, a.isTold) {
		a.changed.Wait()
	}
}

// end says that listeners have been told.
func (a *announcements) end(o *runtimedyld.Object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.objects[o] == tellingAgain {
		a.objects[o] = waitingAgain
	} else {
		a.remove(o)
	}
	a.changed.Broadcast()
}

// isTold says whether an object is being told of. The caller holds mu.
func (a *announcements) isTold(o *runtimedyld.Object) bool {
	return a.objects[o] == telling || a.objects[o] == tellingAgain
}

// drop is for an object that goes: it waits for those who are being told, and takes the announcement back of which nobody has been told; it returns
// false then.
func (a *announcements) drop(o *runtimedyld.Object) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.isTold(o) {
		a.changed.Wait()
	}
	was := a.objects[o]
	if was != 0 {
		a.remove(o)
	}
	return was != waiting
}

// remove forgets an object, and the map once it is empty: it would keep the size that it had at most.
func (a *announcements) remove(o *runtimedyld.Object) {
	if delete(a.objects, o); len(a.objects) == 0 {
		a.objects = nil
	}
}
