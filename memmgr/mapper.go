package memmgr

import "github.com/gomcjit/gomcjit/executor"

// A Prot is the protection of pages. There is none that is both writable and executable.
type Prot uint8

// The protections.
const (
	ProtNone Prot = iota
	ProtRead
	ProtReadWrite
	ProtReadExec
)

// String returns the protection as /proc/PID/maps shows it.
func (p Prot) String() string {
	if p > ProtReadExec {
		return "unknown"
	}
	return [...]string{"---", "r--", "rw-", "r-x"}[p]
}

// A Mapper is where a SectionMemoryManager gets its mappings from: [SystemMapper], or what a test puts around it to see, to misplace or
// to fail what is asked. Memory is passed as slices of whole pages; what is PROT_NONE must not be touched through them.
//
// The manager calls it with its lock held, so that calls never overlap, and it must not call the manager back.
// A call that fails has changed nothing, or something that the same call repeated puts right.
type Mapper interface {
	// Reserve finds size bytes of inaccessible address space, near an address if it can and near is not 0.
	Reserve(size int, near executor.Addr) ([]byte, error)

	// ReserveDual is Reserve for memory of which MapDual is going to map parts.
	ReserveDual(size int, near executor.Addr) ([]byte, error)

	// Release unmaps what Reserve or ReserveDual returned, the whole of it, whatever has happened to it.
	Release(mem []byte) error

	// Protect changes the protection of reserved memory. Memory that has not been written is zero.
	Protect(mem []byte, p Prot) error

	// Discard gives the memory under mem back to the system and makes mem inaccessible. Its content becomes zeros. For a dual mapping, work is
	// the view that is written, and stays accessible; otherwise work is the same memory as mem. If it fails, mem is as accessible as before.
	Discard(mem, work []byte) error

	// Reset makes mem, a part of reserved memory, what it was when it was reserved: anonymous, inaccessible, without content or advice.
	Reset(mem []byte) error

	// Replace moves the pages of src, a whole reservation, over those of dst, which may be running. To every thread the old or the
	// new pages are there, at any time. Afterwards there is no src.
	Replace(dst, src []byte) error

	// MapDual makes run, a part of what ReserveDual has returned, a view of new memory, private and, until it is protected otherwise, inaccessible; and returns another
	// view of the same memory, shared and not inherited by forked children, which is writable at least where run is accessible. What cannot be accessed is around it.
	MapDual(run []byte, name string) (work []byte, err error)

	// UnmapDual unmaps what MapDual returned, the whole of it.
	UnmapDual(work []byte) error

	// Advise says that reserved memory, yet untouched, is going to be filled: in huge pages if possible. It is best effort.
	Advise(mem []byte)

	// Name labels reserved memory for people who read /proc/PID/maps. It is best effort.
	Name(mem []byte, name string)
}
