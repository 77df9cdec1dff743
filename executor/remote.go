package executor

// A MemProt is what pages may be used for: a set of MemRead, MemWrite and MemExec. No page is ever given both MemWrite and MemExec.
type MemProt uint8

// What pages may be used for. The bits are those of LLVM's protocol.
const (
	MemRead MemProt = 1 << iota
	MemWrite
	MemExec
)

// String returns the protection as /proc/PID/maps shows it.
func (p MemProt) String() string {
	text := []byte("---")
	for i, c := range []byte("rwx") {
		if p&(1<<i) != 0 {
			text[i] = c
		}
	}
	return string(text)
}

// A Segment is the final state of a range of pages of a reservation.
type Segment struct {
	Prot    MemProt
	Addr    Addr   // where it begins, at a page boundary
	Size    uint64 // bytes, at least those of Content
	Content []byte // what it begins with; the rest is zero
}

// A Memory is the memory of a process, where modules that were linked here are put. A Process that is not this one is one, too.
//
// Its methods are called from any goroutine, several at a time.
type Memory interface {
	// PageSize returns the process's unit of protection, in bytes: a power of two.
	PageSize() uint64

	// Reserve takes size bytes of address space, a multiple of pages, near an address if that is not 0 and can be done. What is reserved can
	// be installed and released, nothing else.
	Reserve(size uint64, near Addr) (Addr, error)

	// Install fills segments of one reservation, which begins at base, protects them, and makes code visible to instruction fetch, in one round trip if the process allows
	// that. It may be called once for a reservation. If it fails the reservation is released, or gone with the process.
	Install(base Addr, segments []Segment) error

	// Release gives reservations back, installed or not. Errors do not keep it from going on.
	Release(bases ...Addr) error
}

// A Symbols finds symbols by name in the process that runs the code.
type Symbols interface {
	// Lookup returns the addresses of symbols of the process, in their order, 0 for those that it does not have.
	Lookup(names ...string) ([]Addr, error)
}

// A MemoryAccess reads and writes memory of the process that runs the code.
type MemoryAccess interface {
	// ReadMemory returns n bytes at an address.
	ReadMemory(at Addr, n uint64) ([]byte, error)

	// WriteMemory writes bytes at an address, which the process can write.
	WriteMemory(at Addr, b []byte) error
}

// A Patcher changes memory that has been installed, which the process itself may not be able to write.
type Patcher interface {
	MemoryAccess

	// CanPatch says whether Patch works, as far as that is known without trying: an executor may not have what it takes.
	CanPatch() bool

	// Patch changes bytes, of code if that is said, and has instruction fetch see them. What is in one word of the size of a pointer, at an address that is a multiple of that, changes at once for code that runs.
	Patch(at Addr, b []byte, code bool) error
}
