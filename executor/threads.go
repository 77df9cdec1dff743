package executor

// ThreadStorage gives thread-local variables to linked code: a block of memory for each module in each thread, as "ELF Handling For
// Thread-Local Storage" has it. It belongs to the process that runs the code. All methods may be called from any goroutine.
type ThreadStorage interface {
	// Static reports whether code may use the thread pointer: blocks can lie at a constant distance from it, as the initial and the local exec model need. It is so where the
	// thread pointer is the C library's.
	Static() bool

	// Indexed reports whether code finds its block by itself, at the number that the module's ID is, in an array of its thread's: as on Windows. Then COFF objects can have thread-local
	// variables, and others cannot, whose code asks __tls_get_addr or uses the thread pointer; blocks are never Static.
	Indexed() bool

	// AddThreadModule makes a module: from now on every thread, those that exist included, has a block of its own when it first looks for one. It
	// runs no linked code, and copies the image. The linker calls it in the middle of a link.
	AddThreadModule(t ThreadTemplate) (ThreadModule, error)

	// RemoveThreadModule gives the blocks of a module back. No thread may use them any more, or still run code of the module.
	RemoveThreadModule(m ThreadModule) error

	// ThreadVariable finds a thread-local variable of the process itself. If static is set and it can be done, its module is static from now on. The
	// error says why a variable that exists cannot be used; it is nil, as the module is zero, if there is no such name.
	ThreadVariable(name string, static bool) (ThreadVariable, error)

	// ThreadFunction returns the address of a function that code calls for the sake of thread-local variables, 0 if name is none: __tls_get_addr (__tls_get_offset on s390x),
	// __emutls_get_address, __cxa_thread_atexit and __cxa_thread_atexit_impl; of Mach-O _tlv_bootstrap, which gets the address of a descriptor in the first register of
	// arguments, with what __tls_get_addr takes behind its first word, returns the variable's address, and keeps all other registers, and _tlv_atexit.
	ThreadFunction(name string) Addr

	// DescriptorFunction returns the first word of a TLS descriptor. The second is the variable's distance from the thread pointer for a module that is
	// static, and else the address of what __tls_get_addr takes: the module's ID and the variable's offset as that function counts it. It is 0 where code that uses descriptors does not find a
	// thread pointer to which to add what they give: on x86-64, if %fs:0 does not hold it.
	DescriptorFunction(static bool) Addr

	// EndThreadObjects runs the destructors of thread-local objects that code within the ranges has registered, for all threads that have
	// not ended, while that code can still run.
	EndThreadObjects(code []AddrRange) error

	// ForgetThreadData frees the emulated thread-local variables whose control objects are within the ranges, in all threads, and drops what destructors
	// EndThreadObjects has not run.
	ForgetThreadData(data []AddrRange) error
}

// An AddrRange is memory from Start up to End, without it.
type AddrRange struct{ Start, End Addr }

// A ThreadTemplate says what a block of thread-local memory is when a thread first sees it.
type ThreadTemplate struct {
	Name   string // of the object, for messages
	Image  []byte // the first bytes; the others are zero
	Size   uint64 // bytes
	Align  uint64 // bytes, a power of two
	Static ThreadModel
}

// A ThreadModel says where the blocks of a module may lie.
type ThreadModel uint8

// The models.
const (
	ThreadDynamic      ThreadModel = iota // anywhere: all code asks __tls_get_addr or a descriptor
	ThreadPreferStatic                    // nothing needs a constant distance yet, but code that is loaded later might
	ThreadStatic                          // at a constant distance from the thread pointer
)

// A ThreadModule is thread-local memory that is there for every thread. ID 0 is none.
type ThreadModule struct {
	ID     uint64 // what __tls_get_addr takes
	Static bool   // each thread's block is at Offset from its thread pointer
	Offset int64  // bytes
}

// A ThreadVariable is a place in a module.
type ThreadVariable struct {
	Module ThreadModule
	Offset uint64 // bytes from the start of the block
}
