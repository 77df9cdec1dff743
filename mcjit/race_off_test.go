//go:build !race

package mcjit_test

// slack is how many bytes the runtime may take from the system without anything being lost.
const slack = 8 << 20
