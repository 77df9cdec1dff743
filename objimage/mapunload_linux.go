package objimage

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// unloadFile gives back the pages that are wholly in a part of a file that is mapped. Its mapping is private and never written, so that nothing is lost; and best effort, so that nothing is wrong if it fails.
func unloadFile(data []byte) {
	page := os.Getpagesize()
	start := int(uintptr(unsafe.Pointer(unsafe.SliceData(data))) & uintptr(page-1))
	from := (page - start) & (page - 1)
	if n := (len(data) - from) / page * page; n > 0 {
		_ = unix.Madvise(data[from:from+n], unix.MADV_DONTNEED)
	}
}
