package threads

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
)

// A Target is another process, on Linux: executor/epc has one.
type Target interface {
	executor.Process
	executor.Memory
	executor.Symbols

	// Triple returns the target triple of the process, in LLVM's notation.
	Triple() string
}

//go:embed threads_x86_64.bin
var codeX86_64 []byte

//go:embed threads_aarch64.bin
var codeAArch64 []byte

// ErrNoThreads says that another process cannot have thread-local variables: it is for a processor or a system that is not served, or has no POSIX threads to tell of ends.
var ErrNoThreads = errors.New("threads: a process without Linux's POSIX threads on x86-64 or arm64 cannot have thread-local variables of modules")

// remote is executor.ThreadStorage for another process. Its code is put there when it is first needed, and stays.
type remote struct {
	target Target

	mu      sync.Mutex
	base    executor.Addr // of the code; 0 if it is not there
	code    []byte
	err     error // why it cannot be there
	modules map[uint64]struct{}
}

// NewRemote returns the thread-local storage of another process that has a C library, on x86-64 or arm64. The thread pointer is the C library's, which knows nothing of modules from elsewhere: code that addresses its variables
// relative to it is refused (compile it with -fPIC). A thread's variables live as long as the thread; LLVM's executors run each call on a thread of its own.
//
// Errors of its methods are ErrNoThreads and those of the target. Until a module has thread-local variables the target is not asked anything.
func NewRemote(t Target) executor.ThreadStorage {
	return &remote{target: t, modules: map[uint64]struct{}{}}
}

// table returns an entry of the table with which the code begins.
func (r *remote) table(i int) uint64 { return uint64(binary.LittleEndian.Uint32(r.code[4*i:])) }

// start puts the code into the process, unless it is there. It is called with mu.
func (r *remote) start() error {
	if r.base == 0 && r.err == nil {
		r.err = r.install()
	}
	return r.err
}

func (r *remote) install() error {
	triple := r.target.Triple()
	switch {
	case !strings.Contains(triple, "linux"):
		return ErrNoThreads
	case strings.HasPrefix(triple, "x86_64"):
		r.code = codeX86_64
	case strings.HasPrefix(triple, "aarch64"):
		r.code = codeAArch64
	default:
		return ErrNoThreads
	}
	library, err := r.target.Lookup("pthread_key_create", "pthread_getspecific", "pthread_setspecific", "__cxa_thread_atexit_impl")
	if err != nil {
		return err
	}
	if library[0] == 0 || library[1] == 0 || library[2] == 0 {
		return ErrNoThreads
	}
	page := r.target.PageSize()
	up := func(n uint64) uint64 { return (n + page - 1) &^ (page - 1) }
	size, data := up(r.table(tableData)), up(r.table(tableCode))
	base, err := r.target.Reserve(size, 0)
	if err != nil {
		return err
	}
	// The struct host of the code, in data that is zero otherwise.
	host := make([]byte, r.table(tableHost)-data)
	for _, a := range append([]executor.Addr{base + executor.Addr(r.table(tableGetAddr))}, library...) {
		host = binary.LittleEndian.AppendUint64(host, uint64(a))
	}
	err = r.target.Install(base, []executor.Segment{
		{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: data, Content: r.code},
		{Prot: executor.MemRead | executor.MemWrite, Addr: base + executor.Addr(data), Size: size - data, Content: host},
	})
	if err == nil {
		r.base = base
	}
	return err
}

// Indexed is false: it is Windows' way.
func (r *remote) Indexed() bool { return false }

// Static is false: blocks lie anywhere.
func (r *remote) Static() bool { return false }

// ThreadVariable finds nothing: where the process's own variables lie its C library does not tell.
func (r *remote) ThreadVariable(string, bool) (executor.ThreadVariable, error) {
	return executor.ThreadVariable{}, nil
}

// ThreadFunction returns the address of a function of the code; 0 if name is none, or the code cannot be there, which AddThreadModule says.
func (r *remote) ThreadFunction(name string) executor.Addr {
	entry, ok := map[string]int{
		"__tls_get_addr": tableGetAddr, "__emutls_get_address": tableEmutls, "__cxa_thread_atexit": tableAtExit, "__cxa_thread_atexit_impl": tableAtExit,
	}[name]
	if !ok {
		return 0
	}
	return r.function(entry)
}

// DescriptorFunction returns the function of TLS descriptors that needs nothing of the processor.
func (r *remote) DescriptorFunction(static bool) executor.Addr {
	if static {
		return 0
	}
	return r.function(tablePlainDescriptor)
}

func (r *remote) function(entry int) executor.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.start() != nil {
		return 0
	}
	return r.base + executor.Addr(r.table(entry))
}

// AddThreadModule writes a description and the image.
func (r *remote) AddThreadModule(t executor.ThreadTemplate) (executor.ThreadModule, error) {
	if t.Static == executor.ThreadStatic {
		return executor.ThreadModule{}, fmt.Errorf("threads: thread-local variables of %s cannot be near the thread pointer, which is another C library's: recompile with -fPIC", t.Name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.start(); err != nil {
		return executor.ThreadModule{}, err
	}
	at, err := r.put(descriptionSize+len(t.Image), func(at executor.Addr) []byte {
		var b []byte
		for _, v := range []uint64{t.Size, max(t.Align, 1), 0, uint64(at) + descriptionSize, uint64(len(t.Image))} {
			b = binary.LittleEndian.AppendUint64(b, v)
		}
		return append(b, t.Image...)
	})
	if err != nil {
		return executor.ThreadModule{}, err
	}
	r.modules[uint64(at)] = struct{}{}
	return executor.ThreadModule{ID: uint64(at)}, nil
}

// put reserves memory that can be written, and fills it with what depends on where it is.
func (r *remote) put(size int, content func(at executor.Addr) []byte) (executor.Addr, error) {
	page := r.target.PageSize()
	rounded := (uint64(size) + page - 1) &^ (page - 1)
	at, err := r.target.Reserve(rounded, 0)
	if err != nil {
		return 0, err
	}
	return at, r.target.Install(at, []executor.Segment{{Prot: executor.MemRead | executor.MemWrite, Addr: at, Size: rounded, Content: content(at)}})
}

// RemoveThreadModule frees the blocks of a module, and its description.
func (r *remote) RemoveThreadModule(m executor.ThreadModule) error {
	r.mu.Lock()
	_, ok := r.modules[m.ID]
	delete(r.modules, m.ID)
	r.mu.Unlock()
	if !ok {
		return fmt.Errorf("threads: there is no module %#x", m.ID)
	}
	start := executor.Addr(m.ID)
	return errors.Join(r.ForgetThreadData([]executor.AddrRange{{Start: start, End: start + descriptionSize}}), r.target.Release(start))
}

// EndThreadObjects runs the destructors of all threads in one.
func (r *remote) EndThreadObjects(code []executor.AddrRange) error { return r.onRanges(tableEnd, code) }

// ForgetThreadData frees variables, and drops destructors that are left.
func (r *remote) ForgetThreadData(data []executor.AddrRange) error {
	return r.onRanges(tableForget, data)
}

// onRanges calls a function with a copy of ranges, if the code is there: otherwise nothing has used it.
func (r *remote) onRanges(entry int, ranges []executor.AddrRange) error {
	r.mu.Lock()
	base := r.base
	r.mu.Unlock()
	if base == 0 || len(ranges) == 0 {
		return nil
	}
	at, err := r.put(16*len(ranges), func(executor.Addr) (b []byte) {
		for _, a := range ranges {
			b = binary.LittleEndian.AppendUint64(b, uint64(a.Start))
			b = binary.LittleEndian.AppendUint64(b, uint64(a.End))
		}
		return b
	})
	if err != nil {
		return err
	}
	_, err = r.target.Call(base+executor.Addr(r.table(entry)), uint64(at), uint64(len(ranges)))
	return errors.Join(err, r.target.Release(at))
}
