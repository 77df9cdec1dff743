package objimage

// Unload tells the system that the bytes will hardly be read in the near future: the memory under a file that is mapped is given back, and comes in again, from the file, where somebody reads. It
// changes nothing otherwise, and does nothing to bytes that are not mapped, nor where the system has no such thing (all but Linux). The caller is an owner, or knows that one stays meanwhile.
func (b *Buffer) Unload() {
	whole := b
	for whole.parent != nil {
		whole = whole.parent
	}
	if whole.mapped && len(b.data) > 0 {
		unloadFile(b.data)
	}
}
