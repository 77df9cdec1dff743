//go:build !race

package hostlib_test

const raceEnabled = false
