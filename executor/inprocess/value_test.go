package inprocess

import (
	"errors"
	"math"
	"testing"
)

func TestValues(t *testing.T) {
	inner := StructOf(Uint8, ArrayOf(Int16, 2))
	arr, err := ArrayValue(ArrayOf(Int16, 2), IntValue(Int16, -1), IntValue(Int16, 7))
	if err != nil {
		t.Fatal(err)
	}
	st, err := StructValue(inner, UintValue(Uint8, 300), arr)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		v     Value
		text  string
		i     int64
		f     float64
		truth bool
	}{
		{IntValue(Int8, -1), "-1", -1, -1, true},
		{IntValue(Int16, 0x18000), "-32768", -32768, -32768, true},
		{IntValue(Int32, -5), "-5", -5, -5, true},
		{UintValue(Uint8, 0x1ff), "255", 255, 255, true},
		{UintValue(Uint64, 1<<63), "9223372036854775808", -1 << 63, 1 << 63, true},
		{FloatValue(Float32, 0.1), "0.1", 0, float64(float32(0.1)), true},
		{FloatValue(Float64, -2.5), "-2.5", -2, -2.5, true},
		{BoolValue(true), "true", 1, 1, true},
		{BoolValue(false), "false", 0, 0, false},
		{PointerValue(0x1000), "0x1000", 0x1000, 0x1000, true},
		{Value{}, "void", 0, 0, false},
		{UintValue(Float64, 1), "void", 0, 0, false}, // no integer type
		{FloatValue(Int8, 1), "void", 0, 0, false},
	} {
		if c.v.String() != c.text || c.v.Int() != c.i || c.v.Float() != c.f || c.v.Bool() != c.truth || c.v.Uint() != uint64(c.i) {
			t.Errorf("%s: %v, Int %d, Float %v, Bool %v", c.text, c.v, c.v.Int(), c.v.Float(), c.v.Bool())
		}
	}
	if st.String() != "{44, {-1, 7}}" || st.Len() != 2 || st.Field(1).Field(1).Int() != 7 || st.Type().Size() != 6 {
		t.Errorf("struct %v of %d bytes", st, st.Type().Size())
	}
}

func TestArgumentErrors(t *testing.T) {
	sig, err := NewSignature(Int32, Int32, StructOf(Float32))
	if err != nil {
		t.Fatal(err)
	}
	good, err := StructValue(StructOf(Float32), FloatValue(Float32, 1))
	if err != nil {
		t.Fatal(err)
	}
	_, tooFew := Call(1, sig, IntValue(Int32, 1))
	_, wrong := Call(1, sig, IntValue(Int64, 1), good)
	_, void := Call(1, sig, IntValue(Int32, 1), Value{})
	_, field := StructValue(StructOf(Float32), IntValue(Int32, 1))
	_, count := StructValue(StructOf(Float32))
	_, elems := ArrayValue(ArrayOf(Int8, 2), IntValue(Int8, 1))
	for i, err := range []error{tooFew, wrong, void, field, count, elems} {
		var e *ArgumentError
		if !errors.As(err, &e) {
			t.Errorf("error %d is %v", i, err)
		}
	}
}

func TestBadSignatures(t *testing.T) {
	_, void := NewSignature(Int32, Void)
	_, array := NewSignature(Int32, ArrayOf(Int8, 4))
	_, arrayResult := NewSignature(ArrayOf(Int8, 4))
	_, none := NewSignature(nil)
	_, noParam := NewSignature(Void, nil)
	_, fixed := NewVariadicSignature(2, Void, Int32)
	_, large := NewSignature(Void, StructOf(ArrayOf(Int8, maxCStack)), Int8, StructOf(ArrayOf(Int8, 100)))
	for i, err := range []error{void, array, arrayResult, none, noParam, fixed, large} {
		var e *SignatureError
		if !errors.As(err, &e) || e.Error() == "" {
			t.Errorf("error %d is %v", i, err)
		}
	}
	sig, err := NewVariadicSignature(1, Void, Pointer, Int32, StructOf(Bool, Float64))
	if err != nil || sig.String() != "void(void*, ..., int32_t, struct{bool; double;})" {
		t.Errorf("%v, %v", sig, err)
	}
}

// TestTypesKeepTheirParts: lists from which types and signatures were made may be changed afterwards.
func TestTypesKeepTheirParts(t *testing.T) {
	params := []*Type{Int32, Int8}
	sig, err := NewSignature(Void, params...)
	if err != nil {
		t.Fatal(err)
	}
	pair := StructOf(params...)
	params[1] = Float64
	if got := sig.Params()[1]; got != Int8 {
		t.Errorf("the signature has become %v", sig)
	}
	if _, err := StructValue(pair, IntValue(Int32, 1), IntValue(Int8, 2)); err != nil {
		t.Errorf("the struct has become %v: %v", pair, err)
	}
}

func TestBoolOfFloat(t *testing.T) {
	for f, want := range map[float64]bool{1: true, 0: false, math.Copysign(0, -1): false, math.NaN(): true} {
		for _, typ := range []*Type{Float32, Float64} {
			if got := FloatValue(typ, f).Bool(); got != want {
				t.Errorf("%v of %v: %v", typ, f, got)
			}
		}
	}
}
