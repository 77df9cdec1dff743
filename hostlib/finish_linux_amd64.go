package hostlib

import (
	"debug/elf"
	"slices"
	"unsafe"

	"github.com/ebitengine/purego"
)

// debugInfo is the beginning of struct r_debug of <link.h>.
type debugInfo struct {
	version int32
	first   *linkMap
}

// finishLibraries does what glibc's _dl_fini does, which only the code that starts C programs knows the address of.
func finishLibraries() {
	info := (*debugInfo)(unsafe.Add(nil, dlsym(0, "_r_debug")))
	if info == nil || startedByC() {
		return
	}
	var libraries []*linkMap
	for l := info.first; l != nil; l = l.next {
		libraries = append(libraries, l)
	}
	for _, l := range slices.Backward(libraries) {
		l.finish()
	}
}

// startedByC says whether the C library has started this program, as it does if an external linker has made it. Then it knows what to do at the end.
func startedByC() bool {
	f, err := elf.Open("/proc/self/exe")
	if err != nil {
		return false
	}
	defer f.Close()
	symbols, _ := f.ImportedSymbols() // without symbols nothing is imported
	return slices.ContainsFunc(symbols, func(s elf.ImportedSymbol) bool { return s.Name == "__libc_start_main" })
}

// finish calls the destructors of a library: the last of DT_FINI_ARRAY first, then DT_FINI (gABI, "Initialization and Termination Functions").
func (l *linkMap) finish() {
	var array, size, function uintptr
	for d := l.dynamic; d != nil && d.Tag != int64(elf.DT_NULL); d = (*elf.Dyn64)(unsafe.Add(unsafe.Pointer(d), unsafe.Sizeof(*d))) {
		switch elf.DynTag(d.Tag) {
		case elf.DT_FINI_ARRAY:
			array = uintptr(d.Val)
		case elf.DT_FINI_ARRAYSZ:
			size = uintptr(d.Val)
		case elf.DT_FINI:
			function = uintptr(d.Val)
		}
	}
	if array != 0 {
		entries := unsafe.Slice((*uintptr)(unsafe.Add(nil, l.addr+array)), size/unsafe.Sizeof(array))
		for _, f := range slices.Backward(entries) {
			purego.SyscallN(f)
		}
	}
	if function != 0 {
		purego.SyscallN(l.addr + function)
	}
}
