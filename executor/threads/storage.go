//go:build linux && (amd64 || arm64 || loong64 || ppc64le || riscv64 || s390x)

package threads

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/icache"
)

// Start puts the code into memory, where it stays. A process needs it once.
func Start(h Host) (*Runtime, error) {
	at := func(i int) int { return int(binary.NativeEndian.Uint32(code[4*i:])) }
	mem, err := unix.Mmap(-1, 0, at(tableData), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, fmt.Errorf("threads: cannot map memory: %w", err)
	}
	addr := func(i int) executor.Addr {
		if at(i) == 0 {
			return 0 // the ABI has no such function
		}
		return executor.Addr(uintptr(unsafe.Pointer(&mem[at(i)])))
	}
	copy(mem, code)
	r := &Runtime{getAddr: h.GetAddr, emutls: addr(tableEmutls), atExit: addr(tableAtExit)}
	r.descriptors, r.tlv = [2]executor.Addr{addr(tablePlainDescriptor), addr(tableStatic)}, addr(tablePlainTLV)
	if hasDescriptor() {
		r.descriptors[0], r.tlv = addr(tableDescriptor), addr(tableTLV)
	}
	if r.getAddr == 0 {
		r.getAddr = addr(tableGetAddr)
	}
	host := mem[at(tableHost):]
	for i, a := range []executor.Addr{r.getAddr, h.KeyCreate, h.GetSpecific, h.SetSpecific, h.AtThreadExit} {
		binary.NativeEndian.PutUint64(host[8*i:], uint64(a))
	}
	icache.Sync(mem[:at(tableCode)])
	page := unix.Getpagesize()
	if err := unix.Mprotect(mem[:(at(tableCode)+page-1)/page*page], unix.PROT_READ|unix.PROT_EXEC); err != nil {
		return nil, errors.Join(fmt.Errorf("threads: cannot make memory executable: %w", err), unix.Munmap(mem))
	}
	r.end, r.forget = bindLater(addr(tableEnd)), bindLater(addr(tableForget))
	return r, nil
}

// bindLater leaves it to the first call to bind a function: clients may want to configure stacks before.
func bindLater(addr executor.Addr) func() (func(*executor.AddrRange, uint64), error) {
	return sync.OnceValues(func() (func(*executor.AddrRange, uint64), error) {
		return inprocess.Bind[func(*executor.AddrRange, uint64)](addr)
	})
}

// storage is executor.ThreadStorage for a process without a C library. A module is a variable to the code: its ID is the address of a
// description, which is in memory of its own with the image.
type storage struct {
	*Runtime

	mu      sync.Mutex
	modules map[uint64][]byte
}

var single = sync.OnceValues(func() (executor.ThreadStorage, error) {
	if inprocess.HasCRuntime() {
		return nil, ErrCLibrary
	}
	r, err := Start(Host{})
	if err != nil {
		return nil, err
	}
	return &storage{Runtime: r, modules: map[uint64][]byte{}}, nil
})

// Storage returns the thread-local storage of a process that has no C library, the same one each time. Errors are ErrCLibrary for other processes, ErrUnsupportedHost, and that
// of the system if there is no memory for its code.
func Storage() (executor.ThreadStorage, error) { return single() }

// Indexed is false.
func (s *storage) Indexed() bool { return false }

// Static is false: the thread pointer is Go's.
func (s *storage) Static() bool { return false }

// DescriptorFunction returns the function of a TLS descriptor where code finds a thread pointer, whatever it is.
func (s *storage) DescriptorFunction(static bool) executor.Addr {
	if static || !readsThreadPointer() {
		return 0
	}
	return s.Runtime.DescriptorFunction(false)
}

// ThreadVariable finds nothing: there are no libraries.
func (s *storage) ThreadVariable(string, bool) (executor.ThreadVariable, error) {
	return executor.ThreadVariable{}, nil
}

// AddThreadModule writes a description and the image.
func (s *storage) AddThreadModule(t executor.ThreadTemplate) (executor.ThreadModule, error) {
	if t.Static == executor.ThreadStatic {
		return executor.ThreadModule{}, fmt.Errorf("threads: thread-local variables of %s cannot be near the thread pointer, which is Go's: recompile with -fPIC", t.Name)
	}
	mem, err := unix.Mmap(-1, 0, descriptionSize+len(t.Image), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return executor.ThreadModule{}, fmt.Errorf("threads: cannot map memory: %w", err)
	}
	id := uint64(uintptr(unsafe.Pointer(&mem[0])))
	for i, v := range []uint64{t.Size, max(t.Align, 1), 0, id + descriptionSize, uint64(len(t.Image))} {
		binary.NativeEndian.PutUint64(mem[8*i:], v)
	}
	copy(mem[descriptionSize:], t.Image)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.modules[id] = mem
	return executor.ThreadModule{ID: id}, nil
}

// RemoveThreadModule frees the blocks and the description.
func (s *storage) RemoveThreadModule(m executor.ThreadModule) error {
	s.mu.Lock()
	mem := s.modules[m.ID]
	delete(s.modules, m.ID)
	s.mu.Unlock()
	if mem == nil {
		return fmt.Errorf("threads: there is no module %#x", m.ID)
	}
	start := executor.Addr(m.ID)
	return errors.Join(s.ForgetThreadData([]executor.AddrRange{{Start: start, End: start + descriptionSize}}), unix.Munmap(mem))
}
