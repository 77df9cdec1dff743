//go:build !windows

package hostlib

func findImport(string, string, uint16) uintptr { return 0 }
