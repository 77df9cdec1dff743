package runtimedyld

import (
	"errors"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

func assembleMachO(t testing.TB, name, source string) *objimage.Object {
	t.Helper()
	return parseObject(t, name, testenv.CompileBytes(t, "clang-19", testenv.Assembler, source, "--target=x86_64-apple-macosx11"))
}

// TestMachOAliasOfOthers: another name of what another object or the process defines is that for all objects, unless one defines it; nobody else is asked for it.
func TestMachOAliasOfOthers(t *testing.T) {
	const says, refers, defines = ".globl _f\n_f = _g\n", ".data\n.globl _p\n_p: .quad _f\n", ".data\n.globl _g\n_g: .quad 2\n"
	for name, c := range map[string]struct {
		sources []string
		want    uint64 // 0 is g's address
		asked   []string
		missing []string
	}{
		"in one object":       {[]string{says + refers, defines}, 0, nil, nil},
		"in another":          {[]string{refers, says, defines}, 0, nil, nil},
		"a common":            {[]string{refers, says, ".comm _g, 8\n"}, 0, nil, nil},
		"of the process":      {[]string{refers, says + ".data\n.quad _host\n", ".globl _g\n_g = 0x5000\n"}, 0x5000, []string{"host"}, nil},
		"of a host's name":    {[]string{refers, ".globl _f\n_f = _host\n"}, 0x1000, []string{"host"}, nil},
		"of what is defined":  {[]string{refers, says, defines, ".globl _f\n_f = 0x6000\n"}, 0x6000, nil, nil},
		"of what nobody has":  {[]string{refers, says}, 0, []string{"g"}, []string{"f", "g"}},
		"and not of a weaker": {[]string{refers, says + ".weak_reference _g\n", defines}, 0, nil, nil},
	} {
		var asked []string
		b := newBenchResolving(t, nil, ResolverFunc(func(name string) (executor.Addr, bool) {
			asked = append(asked, name)
			return 0x1000, name == "host" || name == "f"
		}))
		for i, source := range c.sources {
			b.loadImage(assembleMachO(t, string('a'+rune(i))+".o", source))
		}
		_, err := b.Finalize()
		if !slices.Equal(asked, c.asked) {
			t.Errorf("%s: asked for %q", name, asked)
		}
		if c.missing != nil {
			var undefined *UndefinedError
			if !errors.As(err, &undefined) || len(undefined.Symbols) != len(c.missing) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := c.want
		if want == 0 {
			want = b.addr("g")
		}
		if got := b.word64(b.addr("p")); got != want {
			t.Errorf("%s: p points to %#x, want %#x", name, got, want)
		}
		if _, ok := b.SymbolLoadAddress("f"); !ok {
			if a, ok := b.DefaultAddress("f"); !ok || uint64(a) != want {
				t.Errorf("%s: f is at %#x, %v", name, a, ok)
			}
		}
	}
}
