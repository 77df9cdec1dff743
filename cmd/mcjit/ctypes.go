package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// A ctype is what a result is taken for, and how it is printed.
type ctype struct {
	typ    *inprocess.Type
	char   bool // printed as a character
	string bool // points to a string, which is printed
}

// defaultResult is what a function returns whose type is not given, as in old C.
var defaultResult = ctype{typ: inprocess.Int32}

// ctypes are the types by name, for the LP64 model.
var ctypes = map[string]ctype{
	"void": {typ: inprocess.Void},
	"bool": {typ: inprocess.Bool}, "_Bool": {typ: inprocess.Bool},
	"char":  {typ: inprocess.Int8, char: true},
	"short": {typ: inprocess.Int16}, "int": {typ: inprocess.Int32}, "long": {typ: inprocess.Int64},
	"signed char": {typ: inprocess.Int8}, "unsigned char": {typ: inprocess.Uint8},
	"unsigned short": {typ: inprocess.Uint16}, "unsigned int": {typ: inprocess.Uint32}, "unsigned long": {typ: inprocess.Uint64},
	"int8_t": {typ: inprocess.Int8}, "int16_t": {typ: inprocess.Int16}, "int32_t": {typ: inprocess.Int32}, "int64_t": {typ: inprocess.Int64},
	"uint8_t": {typ: inprocess.Uint8}, "uint16_t": {typ: inprocess.Uint16}, "uint32_t": {typ: inprocess.Uint32}, "uint64_t": {typ: inprocess.Uint64},
	"size_t": {typ: inprocess.Uint64}, "ssize_t": {typ: inprocess.Int64}, "intptr_t": {typ: inprocess.Int64}, "uintptr_t": {typ: inprocess.Uint64},
	"float": {typ: inprocess.Float32}, "double": {typ: inprocess.Float64},
}

func knownTypes() string {
	names := make([]string, 0, len(ctypes))
	for name := range ctypes {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// lookupType finds the type of C's words and a number of stars. A pointer may be to any type.
func lookupType(words []string, stars int) (ctype, bool) {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "const" || w == "volatile" })
	if stars > 0 && len(words) > 0 {
		return ctype{typ: inprocess.Pointer, string: stars == 1 && words[len(words)-1] == "char"}, true
	}
	t, ok := ctypes[canonical(words)]
	return t, ok
}

// canonical writes an integer type in its shortest form: "long long unsigned int" is "unsigned long".
func canonical(words []string) string {
	if len(words) < 2 {
		return map[string]string{"unsigned": "unsigned int", "signed": "int"}[strings.Join(words, "")] + strings.Join(without(words, "unsigned", "signed"), "")
	}
	sign := ""
	if slices.Contains(words, "unsigned") {
		sign = "unsigned "
	} else if slices.Contains(words, "signed") && slices.Contains(words, "char") {
		sign = "signed "
	}
	rest := slices.Compact(without(words, "unsigned", "signed"))
	if len(rest) > 1 {
		rest = without(rest, "int")
	}
	return sign + strings.Join(rest, " ")
}

func without(words []string, drop ...string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(drop, w) })
}

// format writes a result as C would.
func (t ctype) format(v inprocess.Value) (string, error) {
	switch {
	case t.string && v.Pointer() == 0, t.typ == inprocess.Pointer && v.Pointer() == 0:
		return "NULL", nil
	case t.string:
		s, err := readCString(v.Pointer())
		return strconv.Quote(s), err
	case t.char:
		return quoteChar(byte(v.Int())), nil
	}
	return v.String(), nil
}

// quoteChar writes a byte as a character of C.
func quoteChar(b byte) string {
	if b >= 0x80 {
		return `'\x` + strconv.FormatUint(uint64(b), 16) + "'"
	}
	return strconv.QuoteRune(rune(b))
}
