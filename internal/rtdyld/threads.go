package rtdyld

import (
	"math"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// A threadStorage is thread-local storage of a target that need not exist: modules are numbered from 1, and lie one behind the other from the thread pointer
// down, as on x86-64, or up from behind the two words that it points to ("ELF Handling For Thread-Local Storage", 3).
type threadStorage struct {
	upward  bool
	llvms   bool // the blocks begin with those of LLVM's tool
	indexed bool
	any     bool // every variable exists
	modules uint64
	used    uint64
	offsets map[string]int64 // of blocks from the thread pointer, by the object whose it is, if LLVM's tool serves the architecture
}

func newThreadStorage(inputs []*input) *threadStorage {
	indexed := slices.ContainsFunc(inputs, func(in *input) bool { return in.img.Format() == objimage.COFF })
	llvms := slices.ContainsFunc(inputs, func(in *input) bool { return in.img.Arch() == objimage.ArchX86_64 })
	return &threadStorage{offsets: map[string]int64{}, indexed: indexed, llvms: llvms, upward: slices.ContainsFunc(inputs, func(in *input) bool {
		switch in.img.Arch() {
		case objimage.ArchX86_64, objimage.ArchI386, objimage.ArchS390X, objimage.ArchSparcV9:
			return false
		}
		return true
	})}
}

// llvmSize is how many bytes LLVM's tool has for all thread-local variables, which it serves on x86-64 only. They are directly below the thread pointer, and used from the lowest on; whatever needs more is below them here.
const llvmSize = 16

// headSize is what is between the thread pointer and the first block where blocks go upward.
const headSize = 16

// Indexed says that the target is Windows.
func (s *threadStorage) Indexed() bool { return s.indexed }

// Static says that the thread pointer can be used.
func (s *threadStorage) Static() bool { return !s.indexed }

// AddThreadModule gives a module its block.
func (s *threadStorage) AddThreadModule(t executor.ThreadTemplate) (executor.ThreadModule, error) {
	s.modules++
	if s.indexed {
		return executor.ThreadModule{ID: s.modules}, nil
	}
	m := executor.ThreadModule{ID: s.modules, Static: true}
	if s.upward {
		s.used = alignUp(max(s.used, headSize), t.Align)
		m.Offset = int64(s.used)
		s.used += t.Size
		return m, nil
	}
	if s.llvms && t.Size <= llvmSize && s.used <= llvmSize-t.Size {
		m.Offset = int64(s.used) - llvmSize
		s.used += alignUp(t.Size, t.Align)
	} else {
		if s.llvms {
			s.used = max(s.used, llvmSize)
		}
		s.used = alignUp(s.used+t.Size, t.Align)
		m.Offset = -int64(s.used)
	}
	if s.llvms {
		s.offsets[t.Name] = m.Offset
	}
	return m, nil
}

// RemoveThreadModule has nothing to give back.
func (s *threadStorage) RemoveThreadModule(executor.ThreadModule) error { return nil }

// ThreadVariable finds a variable of a process that there is not.
func (s *threadStorage) ThreadVariable(string, bool) (v executor.ThreadVariable, err error) {
	if s.any {
		v.Module = executor.ThreadModule{ID: math.MaxInt32, Static: true}
	}
	return v, nil
}

// ThreadFunction knows none: it has to be given with -dummy-extern.
func (s *threadStorage) ThreadFunction(string) executor.Addr { return 0 }

// DescriptorFunction is nowhere.
func (s *threadStorage) DescriptorFunction(bool) executor.Addr { return 0 }

// EndThreadObjects has nothing to do, since nothing runs.
func (s *threadStorage) EndThreadObjects([]executor.AddrRange) error { return nil }

// ForgetThreadData has nothing to do, either.
func (s *threadStorage) ForgetThreadData([]executor.AddrRange) error { return nil }
