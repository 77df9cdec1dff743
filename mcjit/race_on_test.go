//go:build race

package mcjit_test

// slack is how many bytes the runtime may take from the system without anything being lost: the race detector remembers memory that it has seen.
const slack = 64 << 20
