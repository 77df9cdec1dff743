package runtimedyld

// A Retention says what of objects can be linked again once they are Finalized, and so what is kept for that. Relocations are where they always were, in the object's file, and are read
// there again: no policy has anything for each of them on the Go heap. What a policy saves is the memory under files that are mapped (objimage.OpenBuffer), which the system gets back. A file that is in memory (objimage.NewBuffer) stays there
// in any case, as long as its object: the linker needs its names.
type Retention uint8

// The policies.
const (
	// RetainAll lets everything be linked again: Reopen, MoveExternal, what follows. It is the default. The files stay as they are in memory. As long as objects can be linked again
	// files that are mapped must not be overwritten or truncated: see objimage.OpenBuffer.
	RetainAll Retention = iota
	// RetainExternals lets objects follow what they refer to: names that MoveExternal moves. Reopen is ErrNotRetained. The memory under mapped files is given back when objects are finalized; what is needed comes in again.
	RetainExternals
	// RetainNone lets nothing be linked again: Reopen is ErrNotRetained, and so is MoveExternal of a name to which a Finalized object refers. The memory under mapped files is given back when objects are finalized.
	RetainNone
)

// String returns the policy's name.
func (r Retention) String() string {
	switch r {
	case RetainAll:
		return "all"
	case RetainExternals:
		return "externals"
	case RetainNone:
		return "none"
	}
	return "unknown"
}

// SetRetention sets the policy, before anything is loaded.
func (d *RuntimeDyld) SetRetention(r Retention) { d.retention = r }

func (d *RuntimeDyld) notRetained(o *Object) error {
	need := "RetainAll"
	if o.State() == Finalized && d.retention == RetainNone {
		need = "RetainExternals or RetainAll"
	}
	return &ObjectError{Object: o.Name(), Err: ErrNotRetained, Msg: "cannot be linked again after it was finalized; that needs runtimedyld." + need + " (SetRetention), and the policy is " + d.retention.String()}
}

// RetentionStats is what is kept so that Finalized objects can be linked again.
type RetentionStats struct {
	Policy    Retention
	Objects   int    // Finalized ones that can be linked again as far as the policy allows
	FileBytes uint64 // of their files that are read for it: relocations, and contents of the sections that have them
	HeapBytes uint64 // of the Go heap: copies of memory of objects that are reopened, or whose sections have left what they were running in
}

// RetentionStats returns what is kept now. It takes time in proportion to the sections of all objects.
func (d *RuntimeDyld) RetentionStats() RetentionStats {
	d.mu.Lock()
	defer d.mu.Unlock()
	st := RetentionStats{Policy: d.retention, HeapBytes: d.copied.Load()}
	for _, o := range d.objects {
		if o == nil || o.img == nil || o.State() >= Retired {
			continue
		}
		if o.State() == Finalized && d.retention != RetainNone {
			st.Objects++
			st.FileBytes += o.relocatedBytes()
		}
	}
	return st
}

// relocatedBytes returns how much of the file linking again reads. The object's layout does not matter.
func (o *Object) relocatedBytes() (n uint64) {
	l := o.readLayout()
	word := uint64(o.img.Bits() / 8)
	counted := make([]bool, len(l.extents))
	for i := range l.tables {
		t := &l.tables[i]
		n += uint64(t.Num) * 2 * word
		if !t.Implicit {
			n += uint64(t.Num) * word
		}
		if e := &l.extents[t.Target]; !counted[t.Target] && e.offset != noContents {
			counted[t.Target] = true
			n += e.size
		}
	}
	return n
}

// Unload gives the memory under the mapped files of objects back to the system, which SetRetention does by itself when they are finalized: for clients that have read in the files since, such as debug information. Objects
// that are not the linker's are left out.
func (d *RuntimeDyld) Unload(objects ...*Object) {
	if d.takeTurn() != nil {
		return
	}
	defer d.endTurn()
	for _, o := range objects {
		if d.owns(o) {
			o.img.Buffer().Unload()
		}
	}
}

// unload gives back what the policy does not keep of objects that have been linked.
func (d *RuntimeDyld) unload(list []*Object) {
	if d.retention == RetainAll {
		return
	}
	for _, o := range list {
		if o.img != nil {
			o.img.Buffer().Unload()
		}
	}
}
