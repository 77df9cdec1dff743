package runtimedyld

// A Retention says what of an object's relocations is kept once it is Finalized.
type Retention uint8

// The policies.
const (
	RetainAll       Retention = iota // all
	RetainExternals                  // externals
	RetainNone                       // none
)

func (d *RuntimeDyld) notRetained(o *Object) error {
	return &ObjectError{Object: o.Name(), Err: ErrNotRetained, Msg: "linked again after it was finalized; that needs runtimedyld.RetainAll"}
}

// SetRetention sets the policy.
func (d *RuntimeDyld) SetRetention(r Retention) { d.retention = r }
