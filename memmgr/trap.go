package memmgr

import (
	"runtime"
	"strings"
)

// trapWords has the instruction that unused code memory is filled with, by host: it raises a trap wherever a jump may land. Shorter
// instructions are repeated to four bytes.
var trapWords = map[string]string{
	"386":      "\xcc\xcc\xcc\xcc", // INT3
	"amd64":    "\xcc\xcc\xcc\xcc",
	"arm":      "\xf0\x00\xf0\xe7", // UDF #0 (in Thumb: UDF #240, after which nothing is reached)
	"arm64":    "\x00\x00\x20\xd4", // BRK #0
	"loong64":  "\x00\x00\x2a\x00", // BREAK 0
	"mips":     "\x00\x00\x00\x0d", // BREAK 0
	"mips64":   "\x00\x00\x00\x0d",
	"mips64le": "\x0d\x00\x00\x00",
	"mipsle":   "\x0d\x00\x00\x00",
	"ppc64":    "\x7f\xe0\x00\x08", // TRAP
	"ppc64le":  "\x08\x00\xe0\x7f",
	"riscv64":  "\x02\x90\x02\x90", // C.EBREAK
	"s390x":    "\x00\x01\x00\x01", // an operation code that is none: Linux's breakpoint
}

// trapBlock is a block of them, one longer than what is copied at once.
var trapBlock = []byte(strings.Repeat(trapWords[runtime.GOARCH], trapBlockSize/4+1))

const trapBlockSize = 4096

// fillTraps fills code memory with traps. at is the address of its first byte, or that address up to a multiple of four.
func fillTraps(mem []byte, at int) {
	block := trapBlock[at&3:]
	for len(mem) > 0 {
		n := copy(mem, block[:min(len(block), trapBlockSize)])
		mem = mem[n:]
	}
}
