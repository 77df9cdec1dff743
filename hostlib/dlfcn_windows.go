package hostlib

import (
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// dlopen looks for a name without a folder where Windows looks for DLLs, and for what a DLL in a folder needs, in that folder first. Windows knows no order of libraries in which
// symbols are looked for.
func dlopen(path string, _ bool) (uintptr, error) {
	flags := uintptr(0)
	if strings.ContainsAny(path, `/\`) {
		path = strings.ReplaceAll(path, "/", `\`)
		flags = windows.LOAD_WITH_ALTERED_SEARCH_PATH
	}
	handle, err := windows.LoadLibraryEx(path, 0, flags)
	return uintptr(handle), err
}

// isLoaded says whether the process has a library open.
func isLoaded(name string) bool {
	var handle windows.Handle
	text, err := windows.UTF16PtrFromString(name)
	const unchangedRefcount = 2 // GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT
	return err == nil && windows.GetModuleHandleEx(unchangedRefcount, text, &handle) == nil
}

// dlsym looks a name up in a module, or, for the handle 0, in the C library and then in all modules, in the order in which they were loaded.
func dlsym(handle uintptr, name string) uintptr {
	if handle != 0 {
		return export(windows.Handle(handle), name)
	}
	if a := export(cLibrary(), name); a != 0 {
		return a
	}
	for _, m := range modules() {
		if a := export(m, name); a != 0 {
			return a
		}
	}
	return 0
}

// export returns the address of what a module exports, 0 if it does not.
func export(module windows.Handle, name string) uintptr {
	if module == 0 || strings.ContainsRune(name, 0) {
		return 0
	}
	a, err := windows.GetProcAddress(module, name)
	if err != nil {
		return 0
	}
	return a
}

// cLibrary is the one that every Windows has, and for which mingw compiles. It comes before all others so that functions which belong together (malloc and free) are of one.
var cLibrary = sync.OnceValue(func() windows.Handle {
	const inSystemFolder = 0x800 // LOAD_LIBRARY_SEARCH_SYSTEM32
	handle, err := windows.LoadLibraryEx("msvcrt.dll", 0, inSystemFolder)
	if err != nil {
		return 0
	}
	return handle
})

// modules returns those of the process.
func modules() []windows.Handle {
	list := make([]windows.Handle, 64)
	for {
		var needed uint32
		size := uint32(len(list)) * uint32(unsafe.Sizeof(list[0]))
		if err := windows.EnumProcessModules(windows.CurrentProcess(), &list[0], size, &needed); err != nil {
			return nil
		}
		if needed <= size {
			return list[:needed/uint32(unsafe.Sizeof(list[0]))]
		}
		list = make([]windows.Handle, 2*len(list))
	}
}

func dlclose(handle uintptr) error { return windows.FreeLibrary(windows.Handle(handle)) }
