package inprocess

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
)

// A Value is a C value of any Type. The zero Value is the void that a function without result returns.
type Value struct {
	typ  *Type
	bits uint64 // of a scalar: its bytes in the low end
	mem  string // of a struct: its bytes, in the order of this machine
}

// IntValue returns i as a value of an integer type t, of which it keeps the low bytes.
func IntValue(t *Type, i int64) Value { return UintValue(t, uint64(i)) }

// UintValue returns u as a value of an integer type t, of which it keeps the low bytes. For a t that is no integer it returns the zero Value,
// which no parameter takes.
func UintValue(t *Type, u uint64) Value {
	if !t.isScalar() || t.isFloat() || t.kind == reflect.Bool || t.kind == reflect.UnsafePointer {
		return Value{}
	}
	return Value{typ: t, bits: u & (^uint64(0) >> (64 - 8*t.size))}
}

// FloatValue returns f as a value of type Float32 or Float64; for another t the zero Value.
func FloatValue(t *Type, f float64) Value {
	switch t.kind {
	case reflect.Float32:
		return Value{typ: t, bits: uint64(math.Float32bits(float32(f)))}
	case reflect.Float64:
		return Value{typ: t, bits: math.Float64bits(f)}
	}
	return Value{}
}

// BoolValue returns a bool.
func BoolValue(b bool) Value {
	v := Value{typ: Bool}
	if b {
		v.bits = 1
	}
	return v
}

// PointerValue returns a pointer. What it points to must not be in the Go heap, where nothing would keep it alive: see NewMemory.
func PointerValue(a executor.Addr) Value { return UintValue(uintWord, uint64(a)).as(Pointer) }

func (v Value) as(t *Type) Value { return Value{typ: t, bits: v.bits} }

// StructValue returns a struct with these fields. The error is an *ArgumentError that names the field that does not fit.
func StructValue(t *Type, fields ...Value) (Value, error) {
	if t.kind != reflect.Struct || len(fields) != len(t.fields) {
		return Value{}, &ArgumentError{Reason: fmt.Sprintf("%d fields for %s", len(fields), t)}
	}
	return aggregate(t, t.fields, t.offsets, fields)
}

// ArrayValue returns an array with these elements, to be a field of a struct. The error is an *ArgumentError that names the element that does
// not fit.
func ArrayValue(t *Type, elems ...Value) (Value, error) {
	if t.kind != reflect.Array || len(elems) != t.count {
		return Value{}, &ArgumentError{Reason: fmt.Sprintf("%d elements for %s", len(elems), t)}
	}
	types := make([]*Type, t.count)
	offsets := make([]uintptr, t.count)
	for i := range types {
		types[i], offsets[i] = t.elem, uintptr(i)*t.elem.size
	}
	return aggregate(t, types, offsets, elems)
}

func aggregate(t *Type, types []*Type, offsets []uintptr, parts []Value) (Value, error) {
	mem := make([]byte, t.size)
	for i, p := range parts {
		if p.typ == nil || !p.typ.same(types[i]) {
			return Value{}, &ArgumentError{Index: i + 1, Reason: fmt.Sprintf("it is %s and the part of %s is %s", p.Type(), t, types[i])}
		}
		p.store(mem[offsets[i]:])
	}
	return Value{typ: t, mem: string(mem)}, nil
}

// Type returns the type, Void for the zero Value.
func (v Value) Type() *Type {
	if v.typ == nil {
		return Void
	}
	return v.typ
}

// Int returns the number in an integer, a bool (0 or 1) or a pointer, sign-extended if its type is signed; and a float truncated to an integer.
func (v Value) Int() int64 {
	switch v.Type().kind {
	case reflect.Int8:
		return int64(int8(v.bits))
	case reflect.Int16:
		return int64(int16(v.bits))
	case reflect.Int32:
		return int64(int32(v.bits))
	case reflect.Float32, reflect.Float64:
		return int64(v.Float())
	}
	return int64(v.bits)
}

// Uint returns what Int returns, as an unsigned number.
func (v Value) Uint() uint64 { return uint64(v.Int()) }

// Float returns the number in a float, or an integer as a float.
func (v Value) Float() float64 {
	switch v.Type().kind {
	case reflect.Float32:
		return float64(math.Float32frombits(uint32(v.bits)))
	case reflect.Float64:
		return math.Float64frombits(v.bits)
	case reflect.Uint64:
		return float64(v.bits)
	}
	return float64(v.Int())
}

// Bool reports whether the number is not zero.
func (v Value) Bool() bool {
	if v.Type().isFloat() {
		return v.Float() != 0 // also of a zero with a sign
	}
	return v.bits != 0
}

// Pointer returns the address in a pointer.
func (v Value) Pointer() executor.Addr { return executor.Addr(v.bits) }

// Len returns the number of fields of a struct or elements of an array, 0 for others.
func (v Value) Len() int {
	t := v.Type()
	return len(t.fields) + t.count
}

// Field returns the field of a struct, or the element of an array, with number i.
func (v Value) Field(i int) Value {
	t := v.Type()
	if t.kind == reflect.Array {
		return load(t.elem, []byte(v.mem)[uintptr(i)*t.elem.size:])
	}
	return load(t.fields[i], []byte(v.mem)[t.offsets[i]:])
}

// String returns the value as Go or C would write it.
func (v Value) String() string {
	t := v.Type()
	switch {
	case t == Void:
		return "void"
	case t.kind == reflect.Bool:
		return strconv.FormatBool(v.bits != 0)
	case t.isFloat():
		return strconv.FormatFloat(v.Float(), 'g', -1, int(8*t.size))
	case t.kind == reflect.UnsafePointer:
		return v.Pointer().String()
	case t.kind == reflect.Uint64:
		return strconv.FormatUint(v.bits, 10)
	case t.isScalar():
		return strconv.FormatInt(v.Int(), 10)
	}
	parts := make([]string, v.Len())
	for i := range parts {
		parts[i] = v.Field(i).String()
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// store writes the value's bytes as C has them in memory.
func (v Value) store(mem []byte) {
	if !v.typ.isScalar() {
		copy(mem, v.mem)
		return
	}
	switch v.typ.size {
	case 1:
		mem[0] = byte(v.bits)
	case 2:
		binary.NativeEndian.PutUint16(mem, uint16(v.bits))
	case 4:
		binary.NativeEndian.PutUint32(mem, uint32(v.bits))
	case 8:
		binary.NativeEndian.PutUint64(mem, v.bits)
	}
}

// load reads a value from memory.
func load(t *Type, mem []byte) Value {
	if t == Void {
		return Value{}
	}
	if !t.isScalar() {
		return Value{typ: t, mem: string(mem[:t.size])}
	}
	v := Value{typ: t}
	switch t.size {
	case 1:
		v.bits = uint64(mem[0])
	case 2:
		v.bits = uint64(binary.NativeEndian.Uint16(mem))
	case 4:
		v.bits = uint64(binary.NativeEndian.Uint32(mem))
	case 8:
		v.bits = binary.NativeEndian.Uint64(mem)
	}
	return v
}
