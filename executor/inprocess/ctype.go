package inprocess

import (
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
)

// A Type is a C type. Types are immutable and may be shared; the predeclared ones are compared by identity, structs and arrays by shape.
type Type struct {
	kind    reflect.Kind // Invalid is void; UnsafePointer is every pointer
	size    uintptr
	align   uintptr
	fields  []*Type
	offsets []uintptr // of fields
	elem    *Type     // of an array
	count   int       // of an array
}

// The scalar C types, and void, which is a result only.
var (
	Void    = &Type{kind: reflect.Invalid}
	Bool    = &Type{kind: reflect.Bool, size: 1, align: 1}
	Int8    = &Type{kind: reflect.Int8, size: 1, align: 1}
	Int16   = &Type{kind: reflect.Int16, size: 2, align: 2}
	Int32   = &Type{kind: reflect.Int32, size: 4, align: 4}
	Int64   = &Type{kind: reflect.Int64, size: 8, align: align8}
	Uint8   = &Type{kind: reflect.Uint8, size: 1, align: 1}
	Uint16  = &Type{kind: reflect.Uint16, size: 2, align: 2}
	Uint32  = &Type{kind: reflect.Uint32, size: 4, align: 4}
	Uint64  = &Type{kind: reflect.Uint64, size: 8, align: align8}
	Float32 = &Type{kind: reflect.Float32, size: 4, align: 4}
	Float64 = &Type{kind: reflect.Float64, size: 8, align: align8}
	Pointer = &Type{kind: reflect.UnsafePointer, size: wordSize, align: wordSize}
)

// intWord and uintWord are the integers of a register's size: int, uint and uintptr of Go, long and unsigned long of C.
var intWord, uintWord = wordTypes()

func wordTypes() (signed, unsigned *Type) {
	if wordSize == 8 {
		return Int64, Uint64
	}
	return Int32, Uint32
}

var scalarTypes = map[reflect.Kind]*Type{
	reflect.Bool: Bool,
	reflect.Int8: Int8, reflect.Int16: Int16, reflect.Int32: Int32, reflect.Int64: Int64, reflect.Int: intWord,
	reflect.Uint8: Uint8, reflect.Uint16: Uint16, reflect.Uint32: Uint32, reflect.Uint64: Uint64, reflect.Uint: uintWord,
	reflect.Uintptr: uintWord,
	reflect.Float32: Float32, reflect.Float64: Float64,
	reflect.Pointer: Pointer, reflect.UnsafePointer: Pointer,
}

// StructOf returns the struct type with these fields, laid out with their natural alignment as C does.
func StructOf(fields ...*Type) *Type {
	t := &Type{kind: reflect.Struct, align: 1, fields: slices.Clone(fields), offsets: make([]uintptr, len(fields))}
	for i, f := range fields {
		t.size = alignUp(t.size, f.align)
		t.offsets[i] = t.size
		t.size = min(t.size+f.size, maxTypeSize)
		t.align = max(t.align, f.align)
	}
	t.size = alignUp(t.size, t.align)
	return t
}

// maxTypeSize is the size of what is larger: far more than a call can pass, and small enough to be added to.
const maxTypeSize = math.MaxInt32 &^ 7

// ArrayOf returns the array type of n elements, which C knows as a field of a struct only: arrays are not passed by value.
func ArrayOf(elem *Type, n int) *Type {
	t := &Type{kind: reflect.Array, align: elem.align, elem: elem, count: max(n, 0)}
	if t.size = maxTypeSize; elem.size == 0 || uintptr(t.count) <= maxTypeSize/elem.size {
		t.size = uintptr(t.count) * elem.size
	}
	return t
}

// Kind returns what t is: Invalid for void, UnsafePointer for pointers, Struct, Array, or the kind of its number.
func (t *Type) Kind() reflect.Kind { return t.kind }

// Size returns the size in bytes; 0 for void. It is never more than 2 GiB, also for a type that would be larger, which cannot be passed.
func (t *Type) Size() uintptr { return t.size }

// String returns the type as C would write it.
func (t *Type) String() string {
	switch t.kind {
	case reflect.Invalid:
		return "void"
	case reflect.Bool:
		return "bool"
	case reflect.Float32:
		return "float"
	case reflect.Float64:
		return "double"
	case reflect.UnsafePointer:
		return "void*"
	case reflect.Array:
		return t.elem.String() + "[]"
	case reflect.Struct:
		parts := make([]string, len(t.fields))
		for i, f := range t.fields {
			parts[i] = f.String() + ";"
		}
		return "struct{" + strings.Join(parts, " ") + "}"
	}
	return t.kind.String() + "_t"
}

func (t *Type) isFloat() bool { return t.kind == reflect.Float32 || t.kind == reflect.Float64 }

func (t *Type) isScalar() bool {
	return t.kind != reflect.Invalid && t.kind != reflect.Struct && t.kind != reflect.Array
}

// same reports whether t and u are passed the same way.
func (t *Type) same(u *Type) bool {
	if t == u {
		return true
	}
	if t.kind != u.kind || t.size != u.size || t.count != u.count || len(t.fields) != len(u.fields) {
		return false
	}
	for i := range t.fields {
		if !t.fields[i].same(u.fields[i]) {
			return false
		}
	}
	return t.elem == u.elem || t.elem != nil && u.elem != nil && t.elem.same(u.elem)
}

// typeOf returns the C type of a Go type, or why there is none.
func typeOf(rt reflect.Type) (*Type, string) {
	if wordSize == 4 && rt == reflect.TypeFor[executor.Addr]() {
		return Pointer, ""
	}
	if t := scalarTypes[rt.Kind()]; t != nil {
		return t, ""
	}
	switch rt.Kind() {
	case reflect.Struct:
		return structTypeOf(rt)
	case reflect.Array:
		elem, reason := typeOf(rt.Elem())
		if reason != "" {
			return nil, reason
		}
		return ArrayOf(elem, rt.Len()), ""
	}
	return nil, rt.String() + " " + noCType[rt.Kind()]
}

func structTypeOf(rt reflect.Type) (*Type, string) {
	fields := make([]*Type, rt.NumField())
	for i := range fields {
		f, reason := typeOf(rt.Field(i).Type)
		if reason != "" {
			return nil, "field " + rt.Field(i).Name + ": " + reason
		}
		fields[i] = f
	}
	t := StructOf(fields...)
	if n := len(fields); n > 0 && fields[n-1].size == 0 && t.size != rt.Size() && t.size < maxTypeSize {
		return nil, rt.String() + " ends in a field of size zero, for which Go adds padding that C does not; leave that field out"
	}
	return t, ""
}

// noCType says, for the kinds of Go type that C does not have, what to use instead.
var noCType = map[reflect.Kind]string{
	reflect.String:     "is no C type: pass *byte to bytes that end in a zero (CString makes them outside the Go heap)",
	reflect.Slice:      "is no C type: pass a pointer to its first element, and its length",
	reflect.Map:        "is no C type: pass a handle (a number of your own that stands for it)",
	reflect.Chan:       "is no C type: pass a handle (a number of your own that stands for it)",
	reflect.Interface:  "is no C type: pass a pointer to a concrete value, or a handle",
	reflect.Func:       "is no C type: make a Callback and pass its Addr as a uintptr",
	reflect.Complex64:  "(complex) is not supported: have the C side take two floats or a struct of two",
	reflect.Complex128: "(complex) is not supported: have the C side take two doubles or a struct of two",
}

func alignUp(n, align uintptr) uintptr {
	if align == 0 {
		return n
	}
	return (n + align - 1) &^ (align - 1)
}
