//go:build (linux && (386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)) || (darwin && (amd64 || arm64)) || (freebsd && amd64 && (cgo || fakecgo))

package hostlib

import (
	"runtime"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

func dlopen(path string, global bool) (uintptr, error) {
	runtime.LockOSThread() // dlerror is per thread
	defer runtime.UnlockOSThread()
	mode := purego.RTLD_NOW | purego.RTLD_LOCAL
	if global {
		mode = purego.RTLD_LAZY | purego.RTLD_GLOBAL
	}
	return purego.Dlopen(path, mode)
}

// noLoad is RTLD_NOLOAD: only what is open already is opened.
var noLoad = map[string]int{"linux": 4, "darwin": 0x10, "freebsd": 0x2000}[runtime.GOOS]

// isLoaded says whether the process has a library open.
func isLoaded(name string) bool {
	handle, err := purego.Dlopen(name, purego.RTLD_NOW|noLoad)
	if err != nil || handle == 0 {
		return false
	}
	_ = purego.Dlclose(handle) // gives back what the line above took
	return true
}

func dlsym(handle uintptr, name string) uintptr {
	if handle == 0 {
		handle = purego.RTLD_DEFAULT
	}
	a, err := purego.Dlsym(handle, name)
	if err != nil {
		return dlvsym(handle, name)
	}
	return a
}

// dlvsym finds name@version, as objects have it that ask for a version of a symbol (.symver).
func dlvsym(handle uintptr, name string) uintptr {
	name, version, versioned := strings.Cut(name, "@")
	if !versioned || name == "" {
		return 0
	}
	f, err := purego.Dlsym(purego.RTLD_DEFAULT, "dlvsym")
	if err != nil {
		return 0 // macOS and musl have no versions
	}
	names := [2][]byte{append([]byte(name), 0), append([]byte(strings.TrimPrefix(version, "@")), 0)}
	a, _, _ := purego.SyscallN(f, handle, uintptr(unsafe.Pointer(&names[0][0])), uintptr(unsafe.Pointer(&names[1][0])))
	runtime.KeepAlive(&names)
	return a
}

func dlclose(handle uintptr) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return purego.Dlclose(handle)
}
