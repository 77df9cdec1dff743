//go:build linux || darwin || freebsd || windows

package inprocess

//go:noescape
func start(c *control, r *regs) outcome

//go:noescape
func resume(c *control) outcome

// writeThunks fills code with thunks. Data is as far behind each of them as the block has code, so that all are equal.
func writeThunks(code []byte) {
	const rel = blockCode - 11 // from the end of lea
	thunk := [thunkSize]byte{
		0xf3, 0x0f, 0x1e, 0xfa, // endbr64
		0x4c, 0x8d, 0x1d, rel & 0xff, rel >> 8 & 0xff, rel >> 16 & 0xff, rel >> 24, // lea r11, [rip+rel]
		0x41, 0xff, 0x23, // jmp [r11]
		0xcc, 0xcc,
	}
	for i := 0; i < len(code); i += thunkSize {
		copy(code[i:], thunk[:])
	}
}
