//go:build !race

package inprocess

// raceSync does nothing without the race detector.
func raceSync() {}
