//go:build mips.softfloat || mipsle.softfloat || mips64.softfloat || mips64le.softfloat

package inprocess

// softFloat says whether C functions pass floats as integers: those of a system whose Go does, too.
const softFloat = true
