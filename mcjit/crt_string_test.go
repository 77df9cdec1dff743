//go:build linux && amd64

package mcjit_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
)

// A page is memory with which C functions are tried; what is around the part that they may write is looked at afterwards.
type page struct{ memory *inprocess.Memory }

func newPage(t *testing.T) *page {
	m, err := inprocess.NewMemory(4096)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Release)
	return &page{m}
}

func (p *page) bytes() []byte { return p.memory.Bytes() }

// at returns the address of a byte.
func (p *page) at(offset int) uintptr { return uintptr(p.memory.Addr()) + uintptr(offset) }

// put writes a string with its zero, and returns its address.
func (p *page) put(offset int, s string) uintptr {
	copy(p.bytes()[offset:], s+"\x00")
	return p.at(offset)
}

// offset turns an address into an offset; a null one into -1.
func (p *page) offset(a uintptr) int {
	if a == 0 {
		return -1
	}
	return int(a - p.at(0))
}

type (
	copyFunc  = func(d, s, n uintptr) uintptr
	charFunc  = func(s uintptr, c int32) uintptr
	twoFunc   = func(a, b uintptr) uintptr
	orderFunc = func(a, b uintptr) int32
)

// TestRuntimeMove tries every size up to 300 at every distance near it, forwards and backwards.
func TestRuntimeMove(t *testing.T) {
	e, p := withRuntime(t), newPage(t)
	want, pattern := make([]byte, 4096), make([]byte, 4096)
	for i := range pattern {
		pattern[i] = byte(i*7 + i/256)
	}
	check := func(name string, move copyFunc, end bool, d, s, n int) {
		copy(p.bytes(), pattern)
		copy(want, pattern)
		copy(want[d:d+n], pattern[s:s+n])
		r := p.offset(move(p.at(d), p.at(s), uintptr(n)))
		if expected := d + map[bool]int{true: n}[end]; r != expected {
			t.Fatalf("%s(%d, %d, %d) = %d", name, d, s, n, r)
		}
		if !bytes.Equal(p.bytes(), want) {
			t.Fatalf("%s(%d, %d, %d) wrote something else", name, d, s, n)
		}
	}
	for name, end := range map[string]bool{"memmove": false, "memcpy": false, "mempcpy": true, "__mempcpy": true} {
		move := function[copyFunc](t, e, name, inprocess.Leaf())
		for n := range 301 {
			for _, distance := range []int{-400, -n, -n + 1, -33, -17, -16, -8, -1, 0, 1, 2, 7, 8, 15, 16, 17, 31, 32, 33, n - 1, n, 400} {
				if name == "memmove" || distance >= n || -distance >= n || distance == 0 {
					check(name, move, end, 1000+distance, 1000, n)
				}
			}
		}
	}
	bcopy := function[func(s, d, n uintptr)](t, e, "bcopy")
	check("bcopy", func(d, s, n uintptr) uintptr { bcopy(s, d, n); return d }, false, 1005, 1000, 100)
}

func TestRuntimeSet(t *testing.T) {
	e, p := withRuntime(t), newPage(t)
	set := function[func(d uintptr, c int32, n uintptr) uintptr](t, e, "memset", inprocess.Leaf())
	for n := range 301 {
		for _, c := range []int32{0, 'x', 0x1ff} {
			want := bytes.Repeat([]byte{0xa5}, 4096)
			copy(p.bytes(), want)
			copy(want[77:], bytes.Repeat([]byte{byte(c)}, n))
			if r := p.offset(set(p.at(77), c, uintptr(n))); r != 77 || !bytes.Equal(p.bytes(), want) {
				t.Fatalf("memset of %d bytes", n)
			}
		}
	}
	for _, name := range []string{"bzero", "explicit_bzero"} {
		copy(p.bytes(), "abcdef")
		function[func(d, n uintptr)](t, e, name)(p.at(1), 3)
		if got := string(p.bytes()[:6]); got != "a\x00\x00\x00ef" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func TestRuntimeCompare(t *testing.T) {
	e, p := withRuntime(t), newPage(t)
	memcmp := function[func(a, b, n uintptr) int32](t, e, "memcmp", inprocess.Leaf())
	bcmp := function[func(a, b, n uintptr) int32](t, e, "bcmp")
	r := rand.New(rand.NewPCG(1, 1))
	for n := range 301 {
		a, b := p.bytes()[3:3+n], p.bytes()[1000:1000+n]
		for i := range a {
			a[i] = byte(r.Uint32())
		}
		copy(b, a)
		if n > 0 && n%3 != 0 {
			b[r.IntN(n)] = byte(r.Uint32())
			b[r.IntN(n)] = byte(r.Uint32())
		}
		if got, want := sign(int(memcmp(p.at(3), p.at(1000), uintptr(n)))), bytes.Compare(a, b); got != want {
			t.Fatalf("memcmp of %d bytes: %d, want %d", n, got, want)
		}
		if got := bcmp(p.at(3), p.at(1000), uintptr(n)) == 0; got != bytes.Equal(a, b) {
			t.Fatalf("bcmp of %d bytes", n)
		}
	}
	strcmp, strncmp := function[orderFunc](t, e, "strcmp"), function[func(a, b, n uintptr) int32](t, e, "strncmp")
	strcasecmp, strncasecmp := function[orderFunc](t, e, "strcasecmp"), function[func(a, b, n uintptr) int32](t, e, "strncasecmp")
	texts := []string{"", "a", "b", "ab", "abc", "abd", "aB", "AB", "a\xff", "a\x7f", "[", "{", "z", "Z", strings.Repeat("long", 40)}
	for _, a := range texts {
		for _, b := range texts {
			x, y := p.put(0, a), p.put(1000, b)
			if got := sign(int(strcmp(x, y))); got != strings.Compare(a, b) {
				t.Errorf("strcmp(%q, %q) = %d", a, b, got)
			}
			if got := sign(int(strcasecmp(x, y))); got != strings.Compare(lower(a), lower(b)) {
				t.Errorf("strcasecmp(%q, %q) = %d", a, b, got)
			}
			for n := range 4 {
				a, b := a[:min(n, len(a))], b[:min(n, len(b))]
				if got := sign(int(strncmp(x, y, uintptr(n)))); got != strings.Compare(a, b) {
					t.Errorf("strncmp(%q, %q, %d) = %d", a, b, n, got)
				}
				if got := sign(int(strncasecmp(x, y, uintptr(n)))); got != strings.Compare(lower(a), lower(b)) {
					t.Errorf("strncasecmp(%q, %q, %d) = %d", a, b, n, got)
				}
			}
		}
	}
}

// lower is strings.ToLower for bytes.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

func TestRuntimeSearch(t *testing.T) {
	e, p := withRuntime(t), newPage(t)
	texts := []string{"", "a", "b", "ab", "ba", "aab", "aaab", "abab", "bbbb", "x\xffy", strings.Repeat("aab", 50) + "b"}
	chars := map[string]func(s string, c byte) int{
		"strchr": strings.IndexByte, "index": strings.IndexByte, "strrchr": strings.LastIndexByte, "rindex": strings.LastIndexByte,
		"strchrnul": func(s string, c byte) int {
			if i := strings.IndexByte(s, c); i >= 0 {
				return i
			}
			return len(s)
		},
	}
	for name, want := range chars {
		f := function[charFunc](t, e, name)
		for _, s := range texts {
			for _, c := range []byte("ab\xffq") {
				if got := p.offset(f(p.put(0, s), int32(c))); got != want(s, c) {
					t.Errorf("%s(%q, %q) = %d", name, s, c, got)
				}
			}
			if got := p.offset(f(p.put(0, s), 0)); got != len(s) {
				t.Errorf("%s(%q, 0) = %d", name, s, got)
			}
		}
	}
	for name, want := range map[string]func(a, b string) int{
		"strstr":  strings.Index,
		"strspn":  func(a, b string) int { return len(a) - len(strings.TrimLeft(a, b)) },
		"strcspn": func(a, b string) int { return span(a, b, len(a)) },
		"strpbrk": func(a, b string) int { return span(a, b, -1) },
	} {
		f := function[twoFunc](t, e, name)
		for _, a := range texts {
			for _, b := range texts {
				r := f(p.put(0, a), p.put(1000, b))
				got := int(r)
				if name == "strstr" || name == "strpbrk" {
					got = p.offset(r)
				}
				if got != want(a, b) && b != "x\xffy" { // Go takes that for a set of runes
					t.Errorf("%s(%q, %q) = %d", name, a, b, got)
				}
			}
		}
	}
	memmem := function[func(s, n, w, m uintptr) uintptr](t, e, "memmem")
	memchr, memrchr := function[func(s uintptr, c int32, n uintptr) uintptr](t, e, "memchr"), function[func(s uintptr, c int32, n uintptr) uintptr](t, e, "memrchr")
	for _, a := range texts {
		s := p.put(0, a)
		for _, b := range texts {
			if got := p.offset(memmem(s, uintptr(len(a)), p.put(1000, b), uintptr(len(b)))); got != strings.Index(a, b) {
				t.Errorf("memmem(%q, %q) = %d", a, b, got)
			}
		}
		if got := p.offset(memchr(s, 'b', uintptr(len(a)))); got != strings.IndexByte(a, 'b') {
			t.Errorf("memchr(%q) = %d", a, got)
		}
		if got := p.offset(memrchr(s, 'b', uintptr(len(a)))); got != strings.LastIndexByte(a, 'b') {
			t.Errorf("memrchr(%q) = %d", a, got)
		}
	}
	if got := p.offset(function[charFunc](t, e, "rawmemchr")(p.put(0, "abc"), 'c')); got != 2 {
		t.Errorf("rawmemchr: %d", got)
	}
}

// span is the place of the first character of chars in s, or none.
func span(s, chars string, none int) int {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return i
	}
	return none
}

func TestRuntimeLength(t *testing.T) {
	e, p := withRuntime(t), newPage(t)
	strlen, strnlen := function[func(s uintptr) uintptr](t, e, "strlen"), function[func(s, n uintptr) uintptr](t, e, "strnlen")
	for n := range 301 {
		s := p.put(n%7, strings.Repeat("y", n))
		if got := strlen(s); int(got) != n {
			t.Errorf("strlen: %d, want %d", got, n)
		}
		for _, most := range []int{0, n - 1, n, n + 1} {
			if got := strnlen(s, uintptr(max(most, 0))); int(got) != min(n, max(most, 0)) {
				t.Errorf("strnlen of %d, at most %d: %d", n, most, got)
			}
		}
	}
}

// TestRuntimeCopyStrings tries the functions that copy strings, with and without the check of room.
func TestRuntimeCopyStrings(t *testing.T) {
	e, p := withRuntime(t), newPage(t)
	const before = "start"
	for _, test := range []struct {
		name    string
		limited bool // takes a length
		want    func(s string, n int) (written string, result int)
	}{
		{"strcpy", false, func(s string, _ int) (string, int) { return s + "\x00", 0 }},
		{"stpcpy", false, func(s string, _ int) (string, int) { return s + "\x00", len(s) }},
		{"strcat", false, func(s string, _ int) (string, int) { return before + s + "\x00", 0 }},
		{"strncpy", true, func(s string, n int) (string, int) { return (s + strings.Repeat("\x00", n))[:n], 0 }},
		{"stpncpy", true, func(s string, n int) (string, int) { return (s + strings.Repeat("\x00", n))[:n], min(len(s), n) }},
		{"strncat", true, func(s string, n int) (string, int) { return before + s[:min(n, len(s))] + "\x00", 0 }},
	} {
		for _, s := range []string{"", "x", "seventeen letters", strings.Repeat("long", 30)} {
			for _, n := range []int{0, 1, 5, 17, 40, 200} {
				written, result := test.want(s, n)
				want := bytes.Repeat([]byte{'#'}, 1000)
				copy(want[50:], before+"\x00")
				for _, name := range []string{test.name, "__" + test.name + "_chk"} {
					copy(p.bytes(), want)
					d, from := p.at(50), p.put(2000, s)
					args := []uintptr{d, from}
					if test.limited {
						args = append(args, uintptr(n))
					}
					if name != test.name {
						args = append(args, uintptr(len(written)))
					}
					r := p.offset(callWords(t, e, name, args)) - 50
					after := append([]byte(nil), want...)
					copy(after[50:], written)
					if r != result || !bytes.Equal(p.bytes()[:1000], after) {
						t.Errorf("%s(%q, %d) = %d and %q, want %d and %q", name, s, n, r, p.bytes()[50:50+len(written)+3], result, written)
					}
				}
				if !test.limited {
					break
				}
			}
		}
	}
}

// callWords calls a function whose parameters are two to four words.
func callWords(t *testing.T, e *mcjit.ExecutionEngine, name string, args []uintptr) uintptr {
	t.Helper()
	switch len(args) {
	case 2:
		return function[func(a, b uintptr) uintptr](t, e, name)(args[0], args[1])
	case 3:
		return function[func(a, b, c uintptr) uintptr](t, e, name)(args[0], args[1], args[2])
	}
	return function[func(a, b, c, d uintptr) uintptr](t, e, name)(args[0], args[1], args[2], args[3])
}

func TestRuntimeTokens(t *testing.T) {
	e, p := withRuntime(t), newPage(t)
	save := p.at(3000)
	for _, name := range []string{"strtok_r", "__strtok_r"} {
		next := function[func(s, delimiters, save uintptr) uintptr](t, e, name)
		var got []string
		delimiters := p.put(1000, ",;")
		for s := next(p.put(0, ",,one,;two;"), delimiters, save); s != 0; s = next(0, delimiters, save) {
			got = append(got, cString((*byte)(unsafe.Pointer(&p.bytes()[p.offset(s)]))))
		}
		if strings.Join(got, "|") != "one|two" {
			t.Errorf("%s: %q", name, got)
		}
	}
	next := function[func(at, delimiters uintptr) uintptr](t, e, "strsep")
	p.put(0, ",one,;two")
	*(*uintptr)(unsafe.Pointer(&p.bytes()[3000])) = p.at(0)
	var got []string
	for s := next(save, p.put(1000, ",;")); s != 0; s = next(save, p.at(1000)) {
		got = append(got, cString((*byte)(unsafe.Pointer(&p.bytes()[p.offset(s)]))))
	}
	if strings.Join(got, "|") != "|one||two" {
		t.Errorf("strsep: %q", got)
	}
}
