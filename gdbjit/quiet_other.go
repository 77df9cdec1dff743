//go:build unix && !linux

package gdbjit

// quietly calls f.
func quietly(f func()) { f() }
