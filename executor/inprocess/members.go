//go:build (linux || darwin || windows) && !386 && !amd64

package inprocess

import "reflect"

// A scalar is a number or pointer in a value.
type scalar struct {
	typ *Type
	at  uintptr
}

// scalars appends the scalars of a value of type t that lies at an offset, in their order; ok is false if there are more than limit.
func scalars(list []scalar, t *Type, at uintptr, limit int) (_ []scalar, ok bool) {
	if t.size == 0 {
		return list, true // also for arrays, which can have any number of elements then
	}
	switch t.kind {
	case reflect.Struct:
		ok = true
		for i := 0; i < len(t.fields) && ok; i++ {
			list, ok = scalars(list, t.fields[i], at+t.offsets[i], limit)
		}
		return list, ok
	case reflect.Array:
		ok = true
		for i := 0; i < t.count && ok; i++ {
			list, ok = scalars(list, t.elem, at+uintptr(i)*t.elem.size, limit)
		}
		return list, ok
	}
	return append(list, scalar{t, at}), len(list) < limit
}

// homogeneous returns the members of a float, or of a struct of up to limit floats of one type and nothing else; nil for other types.
func homogeneous(t *Type, limit int) []scalar {
	list, ok := scalars(nil, t, 0, limit)
	if !ok {
		return nil
	}
	for _, s := range list {
		if !s.typ.isFloat() || s.typ != list[0].typ {
			return nil
		}
	}
	return list
}
