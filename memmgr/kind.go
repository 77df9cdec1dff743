package memmgr

// String returns the kind as memory maps name it.
func (k Kind) String() string {
	if k >= NumKinds {
		return "unknown"
	}
	return [...]string{"code", "rodata", "data"}[k]
}
