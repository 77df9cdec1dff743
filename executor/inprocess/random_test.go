//go:build linux || (windows && (amd64 || arm64))

package inprocess

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/crosstest"
)

// These tests make random signatures, a C function of each that mixes its arguments into a number and makes its result of that, and compare
// what gcc's and clang's code sees with what Go passed.

const (
	hashSeed  = 14695981039346656037
	hashPrime = 1099511628211
)

func mix(h, v uint64) uint64 { return (h ^ v) * hashPrime }

// cNames are the scalars, by kind.
var cNames = map[reflect.Kind]string{
	reflect.Bool: "_Bool", reflect.Int8: "signed char", reflect.Int16: "short", reflect.Int32: "int", reflect.Int64: "long",
	reflect.Uint8: "unsigned char", reflect.Uint16: "unsigned short", reflect.Uint32: "unsigned", reflect.Uint64: "unsigned long",
	reflect.Float32: "float", reflect.Float64: "double", reflect.UnsafePointer: "void*",
}

var scalarKinds = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
	reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](),
	reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[float32](), reflect.TypeFor[float64](),
	reflect.TypeFor[unsafe.Pointer](),
}

// A generator writes C and remembers the Go types.
type generator struct {
	rand    *rand.Rand
	structs []reflect.Type
	out     strings.Builder
}

func (g *generator) cName(rt reflect.Type) string {
	for i, s := range g.structs {
		if s == rt {
			return fmt.Sprintf("struct s%d", i)
		}
	}
	return cNames[rt.Kind()]
}

func (g *generator) scalar() reflect.Type { return scalarKinds[g.rand.IntN(len(scalarKinds))] }

// newStruct makes a struct type of up to some fields, among which may be arrays and structs.
func (g *generator) newStruct() {
	n := 1 + g.rand.IntN(4)
	if g.rand.IntN(6) == 0 {
		n += 5
	}
	same := g.scalar()
	uniform := g.rand.IntN(3) == 0
	var fields []reflect.StructField
	var text strings.Builder
	for i := range n {
		ft, dim := g.scalar(), ""
		name := fmt.Sprintf("F%d", i)
		switch {
		case uniform:
			ft = same
		case g.rand.IntN(8) == 0 && len(g.structs) > 0:
			ft = g.structs[g.rand.IntN(len(g.structs))]
		}
		fmt.Fprintf(&text, " %s %s", g.cName(ft), name)
		if g.rand.IntN(8) == 0 {
			count := 1 + g.rand.IntN(3)
			ft, dim = reflect.ArrayOf(count, ft), fmt.Sprintf("[%d]", count)
		}
		fmt.Fprintf(&text, "%s;", dim)
		fields = append(fields, reflect.StructField{Name: name, Type: ft})
	}
	rt := reflect.StructOf(fields)
	for _, s := range g.structs {
		if s == rt {
			return
		}
	}
	fmt.Fprintf(&g.out, "struct s%d {%s };\n", len(g.structs), text.String())
	g.structs = append(g.structs, rt)
}

func (g *generator) anyType() reflect.Type {
	if g.rand.IntN(4) == 0 {
		return g.structs[g.rand.IntN(len(g.structs))]
	}
	return g.scalar()
}

// leaves calls f for every scalar of a type, with the C expression that is its value.
func leaves(rt reflect.Type, expr string, f func(rt reflect.Type, expr string)) {
	switch rt.Kind() {
	case reflect.Struct:
		for i := range rt.NumField() {
			leaves(rt.Field(i).Type, expr+"."+rt.Field(i).Name, f)
		}
	case reflect.Array:
		for i := range rt.Len() {
			leaves(rt.Elem(), fmt.Sprintf("%s[%d]", expr, i), f)
		}
	default:
		f(rt, expr)
	}
}

// funcType makes a function type. Some cannot be bound, for having more pointers on the stack than are kept alive.
func (g *generator) funcType() reflect.Type {
	for {
		count := g.rand.IntN(9)
		if g.rand.IntN(3) == 0 {
			count = g.rand.IntN(25)
		}
		params := make([]reflect.Type, count)
		for j := range params {
			params[j] = g.anyType()
		}
		rt := reflect.FuncOf(params, []reflect.Type{g.anyType()}, false)
		if _, err := bind(1, reflect.FuncOf(append([]reflect.Type{reflect.TypeFor[uintptr]()}, params...), nil, false), options{}); err == nil {
			return rt
		}
	}
}

// function writes f<n>; v<n>, which is the same with only some parameters named; and c<n>, which passes its arguments on to a callback that is its first argument.
func (g *generator) function(n int, rt reflect.Type) {
	list := make([]string, rt.NumIn())
	names := make([]string, rt.NumIn())
	for i := range names {
		names[i] = fmt.Sprintf("a%d", i)
		list[i] = g.cName(rt.In(i)) + " " + names[i]
	}
	result := g.cName(rt.Out(0))
	w := &g.out
	fmt.Fprintf(w, "%s f%d(%s) {\n", result, n, strings.Join(list, ", "))
	g.body(rt, names)
	if fixed := named(rt, n); fixed > 0 {
		fmt.Fprintf(w, "%s v%d(%s, ...) {\n\t__builtin_va_list ap;\n\t__builtin_va_start(ap, %s);\n", result, n, strings.Join(list[:fixed], ", "), names[fixed-1])
		for i := fixed; i < len(list); i++ {
			fmt.Fprintf(w, "\t%s = __builtin_va_arg(ap, %s);\n", list[i], g.promoted(rt.In(i)))
		}
		g.body(rt, names)
	}
	fmt.Fprintf(w, "%s c%d(%s) { return fn(%s); }\n", result, n,
		strings.Join(append([]string{result + " (*fn)(" + strings.Join(list, ", ") + ")"}, list...), ", "), strings.Join(names, ", "))
}

// named is how many parameters of v<n> are named; 0 says that it does not exist.
func named(rt reflect.Type, n int) int {
	if rt.NumIn() == 0 {
		return 0
	}
	return 1 + n%rt.NumIn()
}

// promoted is the C type as which a value is passed where no parameter is named.
func (g *generator) promoted(rt reflect.Type) string {
	switch rt.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Int16, reflect.Uint8, reflect.Uint16:
		return "int"
	case reflect.Float32:
		return "double"
	}
	return g.cName(rt)
}

// body writes what a function does with its parameters of these names.
func (g *generator) body(rt reflect.Type, names []string) {
	w := &g.out
	fmt.Fprintf(w, "\tu64 h = %dULL;\n", uint64(hashSeed))
	for i, name := range names {
		leaves(rt.In(i), name, func(rt reflect.Type, expr string) {
			switch rt.Kind() {
			case reflect.Float32:
				fmt.Fprintf(w, "\th = mix(h, bits32(%s));\n", expr)
			case reflect.Float64:
				fmt.Fprintf(w, "\th = mix(h, bits64(%s));\n", expr)
			default:
				fmt.Fprintf(w, "\th = mix(h, (u64)%s);\n", expr)
			}
		})
	}
	fmt.Fprintf(w, "\t%s r;\n", g.cName(rt.Out(0)))
	leaves(rt.Out(0), "r", func(rt reflect.Type, expr string) {
		value := "h"
		switch rt.Kind() {
		case reflect.Float32, reflect.Float64:
			value = "(int)(h >> 40)"
		case reflect.Bool:
			value = "(h >> 33 & 1)"
		case reflect.UnsafePointer:
			value = "~(h & 0xfff)" // nothing that the collector could take for a pointer to its memory
		}
		fmt.Fprintf(w, "\th = mix(h, 1); %s = (%s)%s;\n", expr, cNames[rt.Kind()], value)
	})
	fmt.Fprintf(w, "\treturn r;\n}\n")
}

// fill sets every scalar of v at random.
func (g *generator) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			g.fill(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			g.fill(v.Index(i))
		}
	case reflect.Bool:
		v.SetBool(g.rand.IntN(2) == 1)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(g.rand.Uint64()))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(g.rand.Uint64())
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(g.rand.Int32()) / 8)
	case reflect.UnsafePointer:
		v.SetPointer(cPointers[g.rand.IntN(len(cPointers))])
	}
}

// cPointers are what pointers are filled with: nothing, and memory that is not in the Go heap.
var cPointers = []unsafe.Pointer{nil, unsafe.Pointer(&stackArena), unsafe.Pointer(&callbackEntryPC)}

// hash does what the C function does to its arguments.
func hash(args []reflect.Value) uint64 {
	h := uint64(hashSeed)
	for _, a := range args {
		h = hashValue(h, a)
	}
	return h
}

func hashValue(h uint64, v reflect.Value) uint64 {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			h = hashValue(h, v.Field(i))
		}
		return h
	case reflect.Array:
		for i := range v.Len() {
			h = hashValue(h, v.Index(i))
		}
		return h
	case reflect.Bool:
		if v.Bool() {
			return mix(h, 1)
		}
		return mix(h, 0)
	case reflect.Float32:
		return mix(h, uint64(math.Float32bits(float32(v.Float()))))
	case reflect.Float64:
		return mix(h, math.Float64bits(v.Float()))
	case reflect.UnsafePointer:
		return mix(h, uint64(v.Pointer()))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return mix(h, v.Uint())
	}
	return mix(h, uint64(v.Int()))
}

// expand makes the result that the C function makes of its hash.
func expand(h *uint64, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			expand(h, v.Field(i))
		}
		return
	case reflect.Array:
		for i := range v.Len() {
			expand(h, v.Index(i))
		}
		return
	}
	*h = mix(*h, 1)
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(*h>>33&1 == 1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(int32(*h >> 40)))
	case reflect.UnsafePointer:
		*(*uintptr)(v.Addr().UnsafePointer()) = ^uintptr(*h & 0xfff)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(*h)
	default:
		v.SetInt(int64(*h))
	}
}

// bytesOf returns the scalars of a value, so that padding does not count.
func bytesOf(v reflect.Value) string { return fmt.Sprint(v.Interface()) }

const randomPrelude = `
typedef unsigned long u64;
static inline u64 mix(u64 h, u64 v) { return (h ^ v) * 1099511628211UL; }
static inline u64 bits32(float f) { union { float f; unsigned u; } x = { f }; return x.u; }
static inline u64 bits64(double f) { union { double f; u64 u; } x = { f }; return x.u; }
`

func TestRandomSignatures(t *testing.T) {
	for _, cc := range []string{"gcc", "clang"} {
		for _, opt := range []string{"-O0", "-O2"} {
			n := 80
			if crosstest.Emulated() {
				if n = 30; (cc == "gcc") != (opt == "-O2") {
					continue // each compiler and each option once
				}
			}
			t.Run(cc+opt, func(t *testing.T) {
				testRandomSignatures(t, n, func(source string, _ []reflect.Type) map[string]executor.Addr {
					code := compile(t, cc, source, opt)
					if runtime.GOARCH == "ppc64" && cc == "clang" {
						// Its va_arg takes structs of less than 8 bytes from the wrong end of their word, where neither gcc nor its own calls put them.
						maps.DeleteFunc(code, func(name string, _ executor.Addr) bool { return name[0] == 'v' })
					}
					return code
				})
			})
		}
	}
}

// testRandomSignatures tests n signatures. What compiles the functions of types returns the addresses of those that are right.
func testRandomSignatures(t *testing.T, n int, compile func(source string, types []reflect.Type) map[string]executor.Addr) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := &generator{rand: rand.New(rand.NewPCG(seed, 0))}
	g.out.WriteString(randomPrelude)
	for range 40 {
		g.newStruct()
	}
	types := make([]reflect.Type, n)
	for i := range types {
		types[i] = g.funcType()
		g.function(i, types[i])
	}
	code := compile(g.out.String(), types)
	for i, rt := range types {
		f, v, c := code[fmt.Sprintf("f%d", i)], code[fmt.Sprintf("v%d", i)], code[fmt.Sprintf("c%d", i)]
		if !g.check(t, rt, f, c, v, named(rt, i)) {
			t.Fatalf("%s: wrong for function %d of seed %d", rt, i, seed)
		}
	}
}

// check calls a function in every way there is.
func (g *generator) check(t *testing.T, rt reflect.Type, f, c, v executor.Addr, fixed int) bool {
	args := make([]reflect.Value, rt.NumIn())
	for i := range args {
		args[i] = reflect.New(rt.In(i)).Elem()
		g.fill(args[i])
	}
	h := hash(args)
	want := reflect.New(rt.Out(0)).Elem()
	expand(&h, want)
	ok := true
	compare := func(how string, got reflect.Value) {
		if bytesOf(got) != bytesOf(want) {
			t.Errorf("%s: %s: got %s, want %s; arguments %v", rt, how, bytesOf(got), bytesOf(want), args)
			ok = false
		}
	}
	for _, how := range []struct {
		name string
		o    options
	}{{"blocking", options{}}, {"leaf", options{leaf: true}}} {
		compare(how.name, bindAs(t, rt, f, how.o).Call(args)[0])
	}
	if v != 0 {
		compare(fmt.Sprintf("variadic, %d named", fixed), bindAs(t, rt, v, options{variadic: true, fixed: fixed}).Call(args)[0])
	}
	got := reflect.New(rt.Out(0)).Elem()
	callUntyped(t, f, args, got)
	compare("untyped", got)

	cb := mustCallback(t, reflect.MakeFunc(rt, func(in []reflect.Value) []reflect.Value {
		for i := range in {
			if bytesOf(in[i]) != bytesOf(args[i]) {
				t.Errorf("%s: callback argument %d is %s, want %s", rt, i, bytesOf(in[i]), bytesOf(args[i]))
				ok = false
			}
		}
		return []reflect.Value{want}
	}).Interface())
	in := []reflect.Type{reflect.TypeFor[executor.Addr]()}
	for i := range rt.NumIn() {
		in = append(in, rt.In(i))
	}
	ct := reflect.FuncOf(in, []reflect.Type{rt.Out(0)}, false)
	compare("callback", bindAs(t, ct, c, options{}).Call(append([]reflect.Value{reflect.ValueOf(cb.Addr())}, args...))[0])
	cb.Release()
	return ok
}

func bindAs(t *testing.T, rt reflect.Type, addr executor.Addr, o options) reflect.Value {
	t.Helper()
	p, err := bind(addr, rt, o)
	if err != nil {
		t.Fatal(err)
	}
	return reflect.NewAt(rt, unsafe.Pointer(&p)).Elem()
}

// callUntyped calls through Signature and Value.
func callUntyped(t *testing.T, f executor.Addr, args []reflect.Value, result reflect.Value) {
	t.Helper()
	params := make([]*Type, len(args))
	values := make([]Value, len(args))
	for i, a := range args {
		params[i], _ = typeOf(a.Type())
		values[i] = valueOf(t, params[i], a)
	}
	rt, _ := typeOf(result.Type())
	sig, err := NewSignature(rt, params...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Call(f, sig, values...)
	if err != nil {
		t.Fatal(err)
	}
	setFrom(result, v)
}

// valueOf makes a Value of a Go value, scalar by scalar.
func valueOf(t *testing.T, typ *Type, v reflect.Value) Value {
	t.Helper()
	parts := make([]Value, typ.count+len(typ.fields))
	for i := range parts {
		if typ.elem != nil {
			parts[i] = valueOf(t, typ.elem, v.Index(i))
		} else {
			parts[i] = valueOf(t, typ.fields[i], v.Field(i))
		}
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Array:
		made, err := ArrayValue(typ, parts...)
		if v.Kind() == reflect.Struct {
			made, err = StructValue(typ, parts...)
		}
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	bytes := reflect.New(v.Type())
	bytes.Elem().Set(v)
	return load(typ, unsafe.Slice((*byte)(bytes.UnsafePointer()), typ.size))
}

// setFrom does the reverse.
func setFrom(v reflect.Value, from Value) {
	for i := range from.Len() {
		if v.Kind() == reflect.Array {
			setFrom(v.Index(i), from.Field(i))
		} else {
			setFrom(v.Field(i), from.Field(i))
		}
	}
	if from.Type().isScalar() {
		from.store(unsafe.Slice((*byte)(v.Addr().UnsafePointer()), v.Type().Size()))
	}
}
