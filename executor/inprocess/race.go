//go:build race

package inprocess

import "sync/atomic"

var raceClock atomic.Int32

// raceSync tells the race detector that what happened before one goroutine entered or left C happened before what follows another's, as
// cgo does: C may well have synchronized them, which the detector does not see.
func raceSync() { raceClock.Add(1) }
