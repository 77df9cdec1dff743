package runtimedyld

import (
	"bytes"
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

// TestMachOAliasOfOthers: another name of what another object or the process defines is that for all objects; nobody else is asked for it.
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

// TestMachOAliasDuplicates: who says that a name is another one's defines it, as for ld64.lld, and nobody else may, until that is removed. A weak definition, which there would go unused, and a
// common are refused, too, not taken.
func TestMachOAliasDuplicates(t *testing.T) {
	const says, defines = ".globl _f\n_f = _g\n", ".data\n.globl _g\n_g: .quad 2\n"
	for name, other := range map[string]string{
		"a definition":          ".data\n.globl _f\n_f: .quad 3\n",
		"an address":            ".globl _f\n_f = 0x6000\n",
		"a weak definition":     ".section __DATA,__x,coalesced\n.globl _f\n.weak_definition _f\n_f: .quad 3\n",
		"a common":              ".comm _f, 8\n",
		"the same":              says,
		"another name for more": ".globl _f\n_f = _h\n.globl _h\n",
	} {
		for _, order := range [][]string{{defines, says, other}, {defines, other, says}} {
			b := newBench(t, nil)
			b.loadImage(assembleMachO(t, "a.o", order[0]))
			first := b.loadImage(assembleMachO(t, "b.o", order[1]))
			second := assembleMachO(t, "c.o", order[2])
			_, err := b.LoadObject(second)
			var dup *DuplicateError
			if !errors.As(err, &dup) || dup.Symbol != "f" || dup.First != "b.o" || dup.Second != "c.o" || dup.Detail != detailAlias {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if err := b.Remove(first); err != nil {
				t.Fatal(err)
			}
			b.loadImage(second)
		}
	}
	b := newBench(t, nil)
	twice := assembleMachO(t, "a.o", says+".globl _e\n_e: ret\n").Buffer().Bytes()
	twice[bytes.Index(twice, []byte("\x00_e\x00"))+2] = 'f'
	if _, err := b.LoadObject(parseObject(t, "a.o", twice)); !errors.Is(err, ErrDuplicateSymbol) {
		t.Errorf("twice in one object: %v", err)
	}
	b.loadImage(assembleMachO(t, "b.o", says+defines))
	if err := b.DefineAbsolute("f", 0x1000); !errors.Is(err, ErrDuplicateSymbol) {
		t.Error("a mapping of the name is taken")
	}
}
