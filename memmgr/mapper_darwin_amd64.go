package memmgr

// SystemMapper returns the mapper of this operating system. Where it has none, Reserve returns ErrUnsupportedHost.
func SystemMapper() Mapper { return bsdMapper{} }
