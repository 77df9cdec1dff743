package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
)

func TestParseCall(t *testing.T) {
	for _, c := range []struct {
		text, name string
		result     *inprocess.Type
		args       string // each as TYPE VALUE
	}{
		{`f()`, "f", inprocess.Int32, ``},
		{` f ( 1 , -2 ) `, "f", inprocess.Int32, `int64_t 1, int64_t -2`},
		{`f(0x10, 010, 0b11, +7)`, "f", inprocess.Int32, `int64_t 16, int64_t 8, int64_t 3, int64_t 7`},
		{`f(1L, 2U, 3ul, 4LLU, -1U)`, "f", inprocess.Int32, `int64_t 1, uint64_t 2, uint64_t 3, uint64_t 4, uint64_t 18446744073709551615`},
		{`f(0xffffffffffffffff, 18446744073709551615U, -9223372036854775808)`, "f", inprocess.Int32,
			`int64_t -1, uint64_t 18446744073709551615, int64_t -9223372036854775808`},
		{`f(1.5, -2e3, .25, 1.5f, 2f)`, "f", inprocess.Int32, `double 1.5, double -2000, double 0.25, float 1.5, float 2`},
		{`f('a', '\n', '\'', '\xff')`, "f", inprocess.Int32, `int64_t 97, int64_t 10, int64_t 39, int64_t -1`},
		{`f(true, false, NULL)`, "f", inprocess.Int32, `int64_t 1, int64_t 0, int64_t 0`},
		{`f("a\tb", "c" "d", "")`, "f", inprocess.Int32, `"a` + "\t" + `b", "cd", ""`},
		{`(double) hypot(3.0, 4.0)`, "hypot", inprocess.Float64, `double 3, double 4`},
		{`(unsigned long long int) f()`, "f", inprocess.Uint64, ``},
		{`(long int unsigned) f()`, "f", inprocess.Uint64, ``},
		{`(unsigned) f()`, "f", inprocess.Uint32, ``},
		{`(signed) f()`, "f", inprocess.Int32, ``},
		{`(short int) f()`, "f", inprocess.Int16, ``},
		{`(signed char) f()`, "f", inprocess.Int8, ``},
		{`(const char *) f()`, "f", inprocess.Pointer, ``},
		{`(struct_t **) f()`, "f", inprocess.Pointer, ``},
		{`(void) f()`, "f", inprocess.Void, ``},
	} {
		got, err := parseCall(c.text)
		if err != nil {
			t.Error(err)
			continue
		}
		args := make([]string, len(got.args))
		for i, a := range got.args {
			args[i] = a.value.Type().String() + " " + a.value.String()
			if a.value.Type() == inprocess.Void {
				args[i] = `"` + a.text + `"`
			}
		}
		if got.name != c.name || got.result.typ != c.result || strings.Join(args, ", ") != c.args {
			t.Errorf("%s: %s %s(%s), want %s %s(%s)", c.text, got.result.typ, got.name, strings.Join(args, ", "), c.result, c.name, c.args)
		}
	}
}

func TestParseCallErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:                         "column 1: there has to be the name of a function",
		`f`:                        "column 2: there has to be a '('",
		`f(1`:                      "column 4: there has to be a ')'",
		`f(1 2)`:                   "column 5: there has to be a ')'",
		`f(1)) `:                   "column 5: nothing may follow",
		`f(x)`:                     "column 3: x is not a literal",
		`f(g(1))`:                  "column 3: g is not a literal",
		`f(-"a")`:                  "column 4: there has to be a number after the sign",
		`f(,)`:                     "column 3: there has to be an argument",
		`f(1,)`:                    "column 5: there has to be an argument",
		`f(1,,2)`:                  "column 5: there has to be an argument",
		`(thing) f()`:              `column 2: there is no type "thing"`,
		`(long double) f()`:        `there is no type "long double"`,
		`f(1x)`:                    `column 3: "x" is not the suffix of an integer`,
		`f(1.5L)`:                  `column 3: "l" is not the suffix of a float`,
		`f(9223372036854775808)`:   "column 3: 9223372036854775808 does not fit in 64 bits",
		`f(99999999999999999999U)`: "does not fit in 64 bits",
		`f(-9223372036854775809)`:  "does not fit in 64 bits",
		`f("abc)`:                  "literal not terminated",
		`f('ab')`:                  "column 3",
		`f("a\x00b")`:              "is not a string that C can have",
		`f('é', '€')`:              "is not a character of one byte",
		`f(1e999)`:                 "column 3: 1e999 is not a number that fits",
	} {
		_, err := parseCall(text)
		var e *callError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

func FuzzParseCall(f *testing.F) {
	f.Add(`(double) f(1, 2.5f, "x", 'c', -3UL, true)`)
	f.Add(`f('\xff', "a" "b")`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCall(text)
		if (c == nil) == (err == nil) {
			t.Errorf("%v, %v", c, err)
		}
	})
}
