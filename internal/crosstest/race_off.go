//go:build !race

package crosstest

// raceDetector says whether this program was built with the race detector.
const raceDetector = false
