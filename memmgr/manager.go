package memmgr

import "github.com/gomcjit/gomcjit/executor"

// A Kind says what a section holds, and so how its memory is protected once it is finalized.
type Kind uint8

// The kinds of section, in the order in which managers lay them out.
const (
	Code   Kind = iota // read and execute
	ROData             // read
	RWData             // read and write
	NumKinds
)

// A Module is the identity of what an allocation is made for. Managers use it to account for memory and to name it.
type Module struct {
	ID       uint64 // unique in the engine, never reused
	Name     string // for people: the object's name
	Sections Names  // for people: its sections' names; may be nil

	// Image says that the module is an image, as COFF objects are: its sections have addresses relative to the lowest of them, in 32 bits, and Windows takes all code from there to the last
	// of the module's for the module's. So its code should be in one piece, without code of other modules between, and everything else at higher addresses, less than 4 GiB away.
	Image bool
}

// Names knows the names of sections by their numbers: objimage.Object does.
type Names interface {
	// SectionName returns the name of the section with a number.
	SectionName(index int) []byte
}

// SectionName returns the name of one of the module's sections. It is looked up at the call, since most managers do not want it.
func (m *Module) SectionName(s *Section) string {
	if m.Sections == nil {
		return ""
	}
	return string(m.Sections.SectionName(s.Index))
}

// A Section is one request of an allocation, and the answer to it.
type Section struct {
	Index    int // number in the module: the file's from 1 on, others are the linker's
	Kind     Kind
	ZeroFill bool   // Mem has to be zero; otherwise its content does not matter
	Size     uint64 // bytes; may be 0
	Align    uint64 // bytes, a power of two, at least 1

	Mem  []byte        // answer: working memory in this process, of Size bytes
	Addr executor.Addr // answer: where Mem is in the process that runs the code
}

// A Batch is a set of allocations that are finalized together, numbered by the engine. Allocations of one batch may share pages; allocations
// of different batches never share a page whose protection changes.
type Batch uint64

// An AllocID names an allocation of one manager until it is deallocated.
type AllocID uint64

// A JITMemoryManager finds memory for the sections of modules. It is LLVM's RTDyldMemoryManager, asked once a module and not once a section:
// it is told the module, and each section with its kind, size and alignment.
//
// The engine calls its methods from any goroutine, several at a time, and holds no lock meanwhile. They must not call the engine back.
//
// Where sections may be: compilers reach what is in the same module by signed 32-bit displacements. On x86-64, for the small code model, every byte of a module's
// sections has to be within 2 GiB of every other one, GOT and stubs (numbers -1 and below) included; for the medium model, but for the large data sections
// (.lbss, .ldata, .lrodata); for the large model, only unwind tables (.eh_frame) and code. Modules may be anywhere to each other,
// and to the process's functions and data: calls get there by stubs, and position-independent code finds data by the GOT. Only code that was compiled to find it
// directly (without -fPIC, or of hidden visibility) has to be near the variables of other modules that it uses, and of commons, which are a
// module of their own. Sections of a kind that follow each other in a request may be pieces of one table (__start_NAME, __stop_NAME): a manager that does not put them one
// behind the other, with no more between than alignment asks for, cannot serve the objects that have such tables. Exceptions of Windows cannot pass through images (Module.Image) that have code of
// others between, which finalizing them says (inprocess.ErrFunctionRange). Nor do exceptions pass through a function at a multiple of 4 GiB, which libgcc takes for none: the managers here have no code there. What is too far, and cannot be helped, is a runtimedyld.RelocationError when it is linked, never a wrong address.
type JITMemoryManager interface {
	// Allocate fills in Mem and Addr of each section. Mem stays writable, at the same place, until Finalize or Deallocate; the manager holds on to it.
	// On error nothing is allocated.
	Allocate(b Batch, m Module, secs []Section) (AllocID, error)

	// Finalize gives the memory of every live allocation of b its final protection and makes it visible to instruction fetch. The
	// engine allocates no more in b. On error the batch is as before and can be finalized again. A batch without allocations is no error.
	Finalize(b Batch) error

	// Deallocate gives allocations back, finalized or not. The code in them must not be running. Unknown numbers are an error, after
	// the known ones have been given back.
	Deallocate(ids ...AllocID) error
}
