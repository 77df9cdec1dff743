//go:build amd64 || arm64

package threads

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/gomcjit/gomcjit/executor"
)

// storage is executor.ThreadStorage on Windows, whose loader gives every thread a block for each DLL that has a template. So a module is a DLL that has nothing else. Windows loads them from files only.
type storage struct {
	mu      sync.Mutex
	modules map[uint64]dllModule
}

// A dllModule is a DLL that is loaded.
type dllModule struct {
	handle windows.Handle
	path   string
}

var single = sync.OnceValue(func() *storage {
	removeLeftovers()
	return &storage{modules: map[uint64]dllModule{}}
})

// Storage returns the thread-local storage of the process, the same one each time. The error is ErrUnsupportedHost, elsewhere.
func Storage() (executor.ThreadStorage, error) { return single(), nil }

// Start returns ErrUnsupportedHost: what it gives is for Linux.
func Start(Host) (*Runtime, error) { return nil, ErrUnsupportedHost }

// Indexed is true.
func (s *storage) Indexed() bool { return true }

// Static is false.
func (s *storage) Static() bool { return false }

// ThreadVariable finds nothing: DLLs do not export such variables.
func (s *storage) ThreadVariable(string, bool) (executor.ThreadVariable, error) {
	return executor.ThreadVariable{}, nil
}

// ThreadFunction knows none: code finds its blocks by itself.
func (s *storage) ThreadFunction(string) executor.Addr { return 0 }

// DescriptorFunction is nowhere.
func (s *storage) DescriptorFunction(bool) executor.Addr { return 0 }

// EndThreadObjects has nothing to do, as nothing can be registered here.
func (s *storage) EndThreadObjects([]executor.AddrRange) error { return nil }

// ForgetThreadData has nothing to do, either.
func (s *storage) ForgetThreadData([]executor.AddrRange) error { return nil }

// AddThreadModule loads a DLL. Its number is that of its block in each thread's array.
func (s *storage) AddThreadModule(t executor.ThreadTemplate) (executor.ThreadModule, error) {
	if t.Align > heapAlign && !(t.Align <= maxDLLAlign && aligns()) {
		return executor.ThreadModule{}, fmt.Errorf("%w: %s wants %d bytes", ErrAlignment, t.Name, t.Align)
	}
	if t.Size > maxBlock || uint64(len(t.Image)) > t.Size {
		return executor.ThreadModule{}, fmt.Errorf("threads: thread-local variables of %s take %d bytes, of which the file has %d: a DLL has room for %d", t.Name, t.Size, len(t.Image), maxBlock)
	}
	id, m, err := loadDLL(t)
	if err != nil {
		return executor.ThreadModule{}, fmt.Errorf("threads: thread-local variables of %s: %w", t.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.modules[id] = m
	return executor.ThreadModule{ID: id}, nil
}

// RemoveThreadModule unloads the DLL, and removes its file.
func (s *storage) RemoveThreadModule(m executor.ThreadModule) error {
	s.mu.Lock()
	d, ok := s.modules[m.ID]
	delete(s.modules, m.ID)
	s.mu.Unlock()
	if !ok {
		return fmt.Errorf("threads: there is no module %d", m.ID)
	}
	return d.unload()
}

// maxBlock bounds a thread's block, in bytes: sizes in a DLL have 32 bits.
const maxBlock = 1 << 30

// dllName is the pattern of the files' names, with the number of the process.
const dllName = "gomcjit-threads-%d-"

// loadDLL writes a file and loads it.
func loadDLL(t executor.ThreadTemplate) (id uint64, m dllModule, err error) {
	f, err := os.CreateTemp("", fmt.Sprintf(dllName, os.Getpid())+"*.dll")
	if err != nil {
		return 0, m, err
	}
	m.path = f.Name()
	_, err = f.Write(dllImage(t))
	if err = errors.Join(err, f.Close()); err == nil {
		m.handle, err = windows.LoadLibraryEx(m.path, 0, windows.LOAD_WITH_ALTERED_SEARCH_PATH)
	}
	if err != nil {
		return 0, m, errors.Join(err, os.Remove(m.path))
	}
	return uint64(**(**uint32)(unsafe.Pointer(new(uintptr(m.handle) + uintptr(dllIndex))))), m, nil
}

func (m *dllModule) unload() error {
	return errors.Join(windows.FreeLibrary(m.handle), os.Remove(m.path))
}

// removeLeftovers removes the files of processes that have ended without removing them: Windows keeps files while they are loaded.
func removeLeftovers() {
	prefix, _, _ := strings.Cut(dllName, "%")
	files, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*.dll")) // the pattern is right
	for _, file := range files {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(file), prefix), "-")
		pid, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			continue
		}
		h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
		if err == nil {
			_ = windows.CloseHandle(h) // it is open
		} else if errors.Is(err, windows.ERROR_INVALID_PARAMETER) { // there is no such process
			_ = os.Remove(file) // if it cannot be removed, it stays
		}
	}
}

// heapAlign is how the heap aligns what is no larger: blocks of loaders that do not look at the alignment have that.
const heapAlign = 16

// aligns says whether Windows aligns blocks as templates want it: of two large alignments none is there by chance.
var aligns = sync.OnceValue(func() bool {
	for range 2 {
		id, m, err := loadDLL(executor.ThreadTemplate{Size: 1, Align: maxDLLAlign})
		if err != nil {
			return false
		}
		at := ownBlock(id)
		if m.unload() != nil || at%maxDLLAlign != 0 {
			return false
		}
	}
	return true
})

// ownBlock returns where the calling thread's block of a module is.
func ownBlock(id uint64) uint64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return **(**uint64)(unsafe.Pointer(new(uintptr(blockArray() + 8*id))))
}

// blockArray returns the calling thread's array of blocks: ThreadLocalStoragePointer in its environment block, whose address the system tells (THREAD_BASIC_INFORMATION).
func blockArray() uint64 {
	var info struct {
		ExitStatus  uint64
		Environment uint64
		_           [4]uint64
	}
	const threadPointer = 0x58
	_, _, _ = queryThread.Call(uintptr(windows.CurrentThread()), 0, uintptr(unsafe.Pointer(&info)), unsafe.Sizeof(info), 0) // it cannot fail for the thread itself
	return **(**uint64)(unsafe.Pointer(new(uintptr(info.Environment + threadPointer))))
}

var queryThread = windows.NewLazySystemDLL("ntdll.dll").NewProc("NtQueryInformationThread")
