package hostlib

import (
	"debug/elf"
	"path/filepath"
	"runtime"
	"slices"
	"unsafe"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"
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
	var all []*finishing
	for l := info.first; l != nil; l = l.next {
		all = append(all, readFinishing(l))
	}
	for _, f := range inEndingOrder(all) {
		f.run()
	}
}

// A finishing is what the dynamic section of a library says of its end (gABI, "Dynamic Section").
type finishing struct {
	name     string
	needs    []string
	array    []uintptr // DT_FINI_ARRAY; 0 and -1 are no functions
	function uintptr   // DT_FINI, or 0
	visited  bool
}

// inEndingOrder sorts libraries so that each comes before those that it needs, and otherwise in the order of loading.
func inEndingOrder(all []*finishing) (order []*finishing) {
	byName := map[string]*finishing{}
	for _, f := range slices.Backward(all) {
		byName[f.name] = f
	}
	var visit func(f *finishing)
	visit = func(f *finishing) {
		if f == nil || f.visited {
			return
		}
		f.visited = true
		for _, name := range slices.Backward(f.needs) {
			visit(byName[name])
		}
		order = append(order, f)
	}
	for _, f := range slices.Backward(all) {
		visit(f)
	}
	slices.Reverse(order)
	return order
}

// startedByC says whether the C library has started this program, as it does if an external linker has made it. Then it knows what to do at the end.
func startedByC() bool {
	list, err := unix.Auxv()
	if err != nil {
		return false
	}
	for _, pair := range list {
		if pair[0] == atEntry {
			return runtime.FuncForPC(pair[1]) == nil // where programs begin that Go's linker has made is in its runtime
		}
	}
	return false
}

const atEntry = 9 // AT_ENTRY, see getauxval(3)

func readFinishing(l *linkMap) *finishing {
	var values [elf.DT_FINI_ARRAYSZ + 1]uintptr
	var needs []uintptr
	for d := l.dynamic; d != nil && d.Tag != int64(elf.DT_NULL); d = (*elf.Dyn64)(unsafe.Add(unsafe.Pointer(d), unsafe.Sizeof(*d))) {
		if elf.DynTag(d.Tag) == elf.DT_NEEDED {
			needs = append(needs, uintptr(d.Val))
		} else if d.Tag < int64(len(values)) {
			values[d.Tag] = uintptr(d.Val)
		}
	}
	f := &finishing{}
	if at := values[elf.DT_FINI_ARRAY]; at != 0 {
		f.array = unsafe.Slice((*uintptr)(unsafe.Add(nil, l.addr+at)), values[elf.DT_FINI_ARRAYSZ]/unsafe.Sizeof(at))
	}
	if at := values[elf.DT_FINI]; at != 0 {
		f.function = l.addr + at
	}
	names := values[elf.DT_STRTAB]
	if names == 0 {
		return f
	}
	if names < l.addr { // glibc has made an address of it, others have not
		names += l.addr
	}
	text := func(offset uintptr) string { return unix.BytePtrToString((*byte)(unsafe.Add(nil, names+offset))) }
	for _, n := range needs {
		f.needs = append(f.needs, text(n))
	}
	if f.name = filepath.Base(unix.BytePtrToString(l.name)); values[elf.DT_SONAME] != 0 {
		f.name = text(values[elf.DT_SONAME])
	}
	return f
}

// run calls the destructors: the last of the array first, then the function.
func (f *finishing) run() {
	for _, destructor := range slices.Backward(f.array) {
		if destructor != 0 && destructor != ^uintptr(0) {
			purego.SyscallN(destructor)
		}
	}
	if f.function != 0 {
		purego.SyscallN(f.function)
	}
}
