package runtimedyld

// AllowRedefinition sets whether a strong definition takes a name from another strong one, as with LLVM's RuntimeDyld, instead of being a *DuplicateError. The one that was loaded last
// is in force then: look-ups find it, and what is linked from then on refers to it; what was linked before keeps what it has. When its object is removed the one before it is in force again.
// It is off at first. It holds for what is loaded afterwards. Two strong definitions in one object, definitions of mappings, and COMDAT groups that have to agree are errors all the same.
func (d *RuntimeDyld) AllowRedefinition(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.redefinition = on
}

// isRedefined says whether the definition in force of a name is of an object that was loaded after o, and both are strong: o's definition does not get the name back.
func (d *RuntimeDyld) isRedefined(s *symbol, kind symbolBits, o *Object) bool {
	owner := s.owner.Load()
	return (kind|s.bits)&bitWeak == 0 && s.bits&bitMapping == 0 && owner > hostIndex && d.objects[owner].id > o.id
}
