//go:build arm || mips || mipsle

package gdbjit

// sizePadding is the number of bytes that C puts before a uint64 that follows three pointers of 4 bytes. The ABIs of Arm (AAPCS32, 5.1) and Mips
// (o32) align a uint64 to 8 bytes; Go aligns it to 4.
const sizePadding = 4
