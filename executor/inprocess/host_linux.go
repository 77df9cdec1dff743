package inprocess

import "golang.org/x/sys/unix"

const (
	mapNoReserve = unix.MAP_NORESERVE
	// adviceForget gives the memory of private mappings back.
	adviceForget = unix.MADV_DONTNEED
)

// keepPagesSmall is for address space of which little is touched: where huge pages are the rule, a stack that is touched at all would take 2 MiB. Systems
// without them refuse, rightly.
func keepPagesSmall(mem []byte) { _ = unix.Madvise(mem, unix.MADV_NOHUGEPAGE) }
