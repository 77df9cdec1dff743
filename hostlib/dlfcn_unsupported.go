//go:build !(linux && (386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)) && !(darwin && (amd64 || arm64)) && !(freebsd && amd64 && (cgo || fakecgo)) && !windows

package hostlib

func dlopen(string, bool) (uintptr, error) { return 0, ErrUnsupportedHost }

func isLoaded(string) bool { return false }

func dlsym(uintptr, string) uintptr { return 0 }

func dlclose(uintptr) error { return ErrUnsupportedHost }
