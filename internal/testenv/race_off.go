//go:build !race

package testenv

// RaceDetector says whether this program was built with the race detector.
const RaceDetector = false
