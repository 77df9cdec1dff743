package hostlib

import (
	"sync"

	"golang.org/x/sys/windows"
)

// importing are the DLLs that were opened for what is imported from them, as a program's are: they stay.
var importing struct {
	sync.Mutex
	handles map[string]windows.Handle
}

func findImport(dll, symbol string, ordinal uint16) uintptr {
	if dll == "" && symbol == "" {
		return 0 // a number means something in one DLL only
	}
	if dll == "" {
		return dlsym(0, symbol)
	}
	handle := importedDLL(dll)
	if handle == 0 || symbol != "" {
		return export(handle, symbol)
	}
	a, _, _ := getProcAddress.Call(uintptr(handle), uintptr(ordinal))
	return a
}

var getProcAddress = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetProcAddress")

// importedDLL opens a DLL where Windows looks for those of a program; 0 if it cannot be opened, which is tried again the next time.
func importedDLL(name string) windows.Handle {
	importing.Lock()
	defer importing.Unlock()
	if handle := importing.handles[name]; handle != 0 {
		return handle
	}
	handle, err := dlopen(name, false)
	if err != nil {
		return 0
	}
	if importing.handles == nil {
		importing.handles = map[string]windows.Handle{}
	}
	importing.handles[name] = windows.Handle(handle)
	return windows.Handle(handle)
}
