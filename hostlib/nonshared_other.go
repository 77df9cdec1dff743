//go:build !linux || !amd64

package hostlib

func nonshared(string) uintptr { return 0 }
