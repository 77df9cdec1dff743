package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// Files that are mapped may be truncated while they are read. What reads an object's is guarded, and what changes the linker has what it needs of it beforehand.

// ownTheNames copies the names of the object's globals out of its file: when they are entered into the table nothing may go wrong any more.
func (p *plan) ownTheNames() {
	p.ownNames = p.ownNames[:0]
	for _, name := range p.names {
		p.ownNames = append(p.ownNames, name...)
	}
	at := 0
	for i, name := range p.names {
		p.names[i] = p.ownNames[at : at+len(name) : at+len(name)]
		at += len(name)
	}
}

// guarded runs a function that reads an object's file: see objimage.Guard.
func guarded(img *objimage.Object, read func() error) error {
	if !img.Buffer().Mapped() {
		return read()
	}
	return objimage.Guard(read)
}
