package executor

import (
	"context"
	"math"
)

// A ValueKind is a type of C that is passed in one register, as far as calls care.
type ValueKind uint8

// The kinds of values.
const (
	Integer ValueKind = iota // integers of up to 64 bits and pointers
	Double
	Float
)

// A Value is an argument or a result of a C function.
type Value struct {
	Kind ValueKind
	Bits uint64 // the integer; the bits of the double; those of the float, in the low half
}

// IntValue returns an integer as a Value. Its low bits are what functions get that take smaller integers.
func IntValue(i int64) Value { return Value{Integer, uint64(i)} }

// PointerValue returns an address as a Value.
func PointerValue(a Addr) Value { return Value{Integer, uint64(a)} }

// DoubleValue returns a double as a Value.
func DoubleValue(f float64) Value { return Value{Double, math.Float64bits(f)} }

// FloatValue returns a float as a Value.
func FloatValue(f float32) Value { return Value{Float, uint64(math.Float32bits(f))} }

// Float returns the number that a Double or a Float is.
func (v Value) Float() float64 {
	if v.Kind == Float {
		return float64(math.Float32frombits(uint32(v.Bits)))
	}
	return math.Float64frombits(v.Bits)
}

// A Caller is a Process that calls functions with numbers of any type.
type Caller interface {
	// CallValues calls the C function at fn and returns its result. When the context is done first, nobody waits for the function any more, and nobody knows
	// what it does.
	CallValues(ctx context.Context, fn Addr, result ValueKind, args ...Value) (Value, error)
}

// CallIntegers calls a function of integers that returns one: what Process.Call does in a Process that is a Caller. Errors are those of CallValues.
func CallIntegers(c Caller, fn Addr, args ...uint64) (uint64, error) {
	values := make([]Value, len(args))
	for i, a := range args {
		values[i] = Value{Kind: Integer, Bits: a}
	}
	v, err := c.CallValues(context.Background(), fn, Integer, values...)
	return v.Bits, err
}
