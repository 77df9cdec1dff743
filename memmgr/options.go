package memmgr

// An Option configures a SectionMemoryManager.
type Option func(*SectionMemoryManager)

// WithReserve sets the bytes of address space to reserve, which is all that there is for sections unless WithGrowth is given. The default
// is a little under 2 GiB (256 MiB where addresses have 32 bits), so that everything is in reach of the small code model. If the system refuses
// (RLIMIT_AS), less is reserved, a quarter of what there is at the most, which leaves room for other managers, stacks and Go's heap, and 1 MiB at the least; Stats tells.
// More than 64 GiB are never reserved at a time.
func WithReserve(bytes uint64) Option {
	return func(m *SectionMemoryManager) { m.size = int(min(bytes, maxReserve)) }
}

// WithGrowth lets the manager reserve again, near the first reservation if the system can, when that is exhausted. What lies in different
// reservations may be out of reach of each other, which the linker reports. An image (Module.Image) is in one of them. If it has addresses relative to itself of what is in a lower one (data of other COFF objects), it
// reaches down to there, and Windows may not let exceptions pass through its code (inprocess.ErrFunctionRange).
func WithGrowth() Option { return func(m *SectionMemoryManager) { m.grows = true } }

// WithLowAddresses makes the manager reserve below 2 GiB, where code that was compiled for fixed addresses (-fno-pic in the small code model) has to lie.
// As much is reserved as there is in one piece, up to what WithReserve says. New returns ErrNoLowAddresses if there is nothing. Code there
// reaches functions of shared libraries through stubs, and their variables only if it was compiled to use a GOT (-fPIC). Large data of the medium code model (.lbss, .ldata, .lrodata) is there,
// too, since a kind of memory of a module is in one piece: more than there is room for takes -fPIC -mcmodel=medium, and WithGrowth in place of this.
func WithLowAddresses() Option { return func(m *SectionMemoryManager) { m.low = true } }

// WithDualMapping makes the manager map code and read-only data twice; see the package's description. New returns ErrDualMapping where the system refuses.
func WithDualMapping() Option { return func(m *SectionMemoryManager) { m.dual = true } }

// WithHugePages says whether slabs of anonymous memory that have grown past 256 KiB go on in huge pages (2 MiB), which divides the cost of filling large
// ones by five or more. It is the default.
func WithHugePages(on bool) Option { return func(m *SectionMemoryManager) { m.huge = on } }

// WithName sets what the memory is called in /proc/PID/maps, followed by a colon and the kind. The default is "gomcjit".
func WithName(name string) Option { return func(m *SectionMemoryManager) { m.name = name } }

// WithMapper sets where mappings come from. The default is SystemMapper.
func WithMapper(mapper Mapper) Option { return func(m *SectionMemoryManager) { m.mapper = mapper } }
