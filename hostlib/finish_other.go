//go:build !linux || !amd64

package hostlib

func finishLibraries() {}
