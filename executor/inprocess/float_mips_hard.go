//go:build mips.hardfloat || mipsle.hardfloat || mips64.hardfloat || mips64le.hardfloat

package inprocess

// softFloat says whether C functions pass floats as integers.
const softFloat = false
