//go:build !linux

package objimage

func unloadFile([]byte) {}
