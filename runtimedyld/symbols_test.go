package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
)

// defining returns an object that defines a name in its .data, which is named like the object so that its address tells who won.
func defining(name, symbol string, bind elf.SymBind) *elfWriter {
	w := newELF(name)
	sec := w.section(".data."+name, flagsData, make([]byte, 32))
	w.symbol(elfSymbol{name: symbol, bind: bind, typ: elf.STT_OBJECT, sec: sec, value: 8, size: 8})
	return w
}

func commonOf(name, symbol string, size, align uint64) *elfWriter {
	w := newELF(name)
	w.common(symbol, size, align)
	return w
}

func undefining(name, symbol string, weak bool) *elfWriter {
	w := newELF(name)
	sec := w.section(".data."+name, flagsData, make([]byte, 8))
	bind := elf.STB_GLOBAL
	if weak {
		bind = elf.STB_WEAK
	}
	w.reloc(sec, 0, elf.R_X86_64_64, w.symbol(elfSymbol{name: symbol, bind: bind}), 0)
	return w
}

// winner says who defines a symbol.
func (b *bench) winner(symbol string) string {
	a, ok := b.SymbolLoadAddress(symbol)
	if !ok {
		return ""
	}
	b.mm.mu.Lock()
	defer b.mm.mu.Unlock()
	for _, alloc := range b.mm.live {
		for _, s := range alloc.secs {
			if uint64(a)-uint64(s.Addr) < s.Size {
				return alloc.module.Name
			}
		}
	}
	return "absolute"
}

const commonBlock = "<common symbols>"

func TestWhoWins(t *testing.T) {
	strong, weak := func(n string) *elfWriter { return defining(n, "x", elf.STB_GLOBAL) }, func(n string) *elfWriter { return defining(n, "x", elf.STB_WEAK) }
	unique := func(n string) *elfWriter { return defining(n, "x", stbUnique) }
	common, ref := func(n string) *elfWriter { return commonOf(n, "x", 8, 8) }, func(n string) *elfWriter { return undefining(n, "x", false) }
	for _, c := range []struct {
		want string
		objs []*elfWriter
	}{
		{"a.o", []*elfWriter{strong("a.o")}},
		{"b.o", []*elfWriter{weak("a.o"), strong("b.o")}},
		{"a.o", []*elfWriter{strong("a.o"), weak("b.o")}},
		{"a.o", []*elfWriter{weak("a.o"), weak("b.o")}},
		{"a.o", []*elfWriter{unique("a.o"), unique("b.o")}},
		{"c.o", []*elfWriter{unique("a.o"), weak("b.o"), strong("c.o")}},
		{"b.o", []*elfWriter{common("a.o"), strong("b.o")}},
		{"a.o", []*elfWriter{strong("a.o"), common("b.o")}},
		{commonBlock, []*elfWriter{weak("a.o"), common("b.o")}},
		{commonBlock, []*elfWriter{common("a.o"), weak("b.o"), common("c.o")}},
		{"c.o", []*elfWriter{ref("a.o"), weak("b.o"), strong("c.o"), weak("d.o"), common("e.o")}},
		{"d.o", []*elfWriter{common("a.o"), weak("b.o"), ref("c.o"), strong("d.o")}},
	} {
		b := newBench(t, nil)
		names := []string{}
		for _, w := range c.objs {
			b.load(w)
			names = append(names, w.name)
		}
		b.resolve()
		if got := b.winner("x"); got != c.want {
			t.Errorf("%v: x is in %s, want %s", names, got, c.want)
		}
		for _, w := range c.objs {
			if len(w.secs) > 0 && len(w.sec(1).relocs) > 0 && b.word64(uint64(b.mm.section(w.name, ".data."+w.name).Addr)) != b.addr("x") {
				t.Errorf("%v: %s was linked with another x", names, w.name)
			}
		}
	}
}

// TestReferencesSeeTheWinner: what is written is the address of the definition in force, whatever was loaded when.
func TestReferencesSeeTheWinner(t *testing.T) {
	b := newBench(t, nil)
	for _, w := range []*elfWriter{undefining("ref.o", "x", false), defining("weak.o", "x", elf.STB_WEAK)} {
		b.load(w)
	}
	place := uint64(b.mm.section("ref.o", ".data.ref.o").Addr)
	b.resolve()
	if got := b.word64(place); got != b.addr("x") || b.winner("x") != "weak.o" {
		t.Errorf("linked with %#x, x is %#x in %s", got, b.addr("x"), b.winner("x"))
	}
	b.load(defining("strong.o", "x", elf.STB_GLOBAL))
	b.resolve()
	if got := b.word64(place); got != b.addr("x") || b.winner("x") != "strong.o" {
		t.Errorf("linked with %#x, x is %#x in %s", got, b.addr("x"), b.winner("x"))
	}
}

func TestDuplicates(t *testing.T) {
	strong := func(n string) *elfWriter { return defining(n, "x", elf.STB_GLOBAL) }
	absolute := newELF("abs.o")
	absolute.global("x", secAbs, 1234)
	twice := strong("twice.o")
	twice.global("x", 1, 16)
	hidden := newELF("hidden.o")
	hidden.symbol(elfSymbol{name: "x", bind: elf.STB_GLOBAL, vis: elf.STV_HIDDEN, sec: hidden.section(".data", flagsData, make([]byte, 4))})
	for _, c := range []struct {
		first, second *elfWriter
		names         [2]string
	}{
		{strong("a.o"), strong("b.o"), [2]string{"a.o", "b.o"}},
		{strong("a.o"), absolute, [2]string{"a.o", "abs.o"}},
		{absolute, strong("b.o"), [2]string{"abs.o", "b.o"}},
		{hidden, strong("b.o"), [2]string{"hidden.o", "b.o"}},
		{newELF("empty.o"), twice, [2]string{"twice.o", "twice.o"}},
	} {
		b := newBench(t, nil)
		b.load(c.first)
		symbols, allocations := b.NumSymbols(), b.mm.count()
		_, err := b.LoadObject(c.second.parse(t))
		e := new(DuplicateError)
		if !errors.As(err, &e) || !errors.Is(err, ErrDuplicateSymbol) {
			t.Errorf("%v: %v", c.names, err)
			continue
		}
		if *e != (DuplicateError{Symbol: "x", First: c.names[0], Second: c.names[1]}) {
			t.Errorf("%+v", e)
		}
		for _, name := range append(c.names[:], "x") {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("%q does not name %s", err, name)
			}
		}
		if b.NumSymbols() != symbols || b.mm.count() != allocations {
			t.Errorf("%v: %d symbols and %d allocations, before %d and %d", c.names, b.NumSymbols(), b.mm.count(), symbols, allocations)
		}
	}
}

// TestAllDuplicatesAreReported at once, and the object may be loaded once the other is gone.
func TestAllDuplicatesAreReported(t *testing.T) {
	many := func(name string) *elfWriter {
		w := newELF(name)
		sec := w.section(".data", flagsData, make([]byte, 8))
		for i := range 5 {
			w.global(fmt.Sprint("x", i), sec, uint64(i))
		}
		w.global("own_"+name, sec, 0)
		return w
	}
	b := newBench(t, nil)
	first := b.load(many("a.o"))
	_, err := b.LoadObject(many("b.o").parse(t))
	all := new(LinkError)
	if !errors.As(err, &all) || len(all.Errs) != 5 {
		t.Fatalf("want five duplicates: %v", err)
	}
	if b.NumSymbols() != 6 {
		t.Errorf("%d symbols are left", b.NumSymbols())
	}
	b.remove(first)
	b.load(many("b.o"))
}

// TestSameNameInOneObject: what an object says of a name twice has to agree; references and weak definitions do.
func TestSameNameInOneObject(t *testing.T) {
	w := newELF("twice.o")
	sec := w.section(".data", flagsData, make([]byte, 64))
	w.weak("x", sec, 8)
	w.global("x", sec, 16)
	ref := w.undefined("x")
	w.undefined("x")
	w.reloc(sec, 0, elf.R_X86_64_64, ref, 0)
	b := newBench(t, nil)
	o := b.load(w)
	b.finalize()
	base := uint64(b.mm.section("twice.o", ".data").Addr)
	if got := b.word64(base); got != base+16 || b.addr("x") != base+16 {
		t.Errorf("x is %#x, linked as %#x, want %#x", b.addr("x"), got, base+16)
	}
	if b.NumSymbols() != 1 {
		t.Errorf("%d symbols", b.NumSymbols())
	}
	b.remove(o)
	if b.NumSymbols() != 0 {
		t.Errorf("%d symbols are left", b.NumSymbols())
	}
}

// TestCommonSizes loads commons in every order: the largest size and the strictest alignment win.
func TestCommonSizes(t *testing.T) {
	kinds := [][2]uint64{{4, 4}, {100, 1}, {8, 64}, {100, 2}}
	for order := range 24 {
		b := newBench(t, nil)
		left, k := append([][2]uint64(nil), kinds...), order
		for n := 4; n > 0; n-- {
			c := left[k%n]
			left = append(left[:k%n:k%n], left[k%n+1:]...)
			k /= n
			b.load(commonOf(fmt.Sprintf("c%d.o", n), "x", c[0], c[1]))
		}
		b.load(undefining("ref.o", "x", false))
		b.finalize()
		s := b.mm.section(commonBlock, "x")
		if s == nil || s.Size != 100 || s.Align != 64 || s.Kind != memmgr.RWData || !s.ZeroFill {
			t.Fatalf("order %d: storage %+v", order, s)
		}
		if b.addr("x") != uint64(s.Addr) || b.word64(uint64(b.mm.section("ref.o", ".data.ref.o").Addr)) != uint64(s.Addr) {
			t.Errorf("order %d: x is %#x, its storage %#x", order, b.addr("x"), s.Addr)
		}
		if mem := b.SymbolLocalAddress("x"); len(mem) != 100 {
			t.Errorf("order %d: %d bytes of working memory", order, len(mem))
		}
	}
}

// TestCommonsOfManyLinks: those that have their storage are in no later link's way, and each gets it once.
func TestCommonsOfManyLinks(t *testing.T) {
	b := newBench(t, nil)
	var addrs []uint64
	for i := range 20 {
		w := commonOf(fmt.Sprintf("o%d.o", i), fmt.Sprint("common", i), 8, 8)
		if i > 0 {
			w.common("common0", 8, 8)
		}
		b.load(w)
		b.finalize()
		if len(b.waiting) > 1 {
			t.Errorf("after %d links %d commons wait for storage", i+1, len(b.waiting))
		}
		addrs = append(addrs, b.addr(fmt.Sprint("common", i)))
	}
	for i, want := range addrs {
		if got := b.addr(fmt.Sprint("common", i)); got != want {
			t.Errorf("common%d is at %#x, and was at %#x", i, got, want)
		}
	}
}

// TestCommonAfterStorage: once a common has its place a larger one, a stricter one and a definition come too late.
func TestCommonAfterStorage(t *testing.T) {
	for _, lookup := range []bool{false, true} {
		b := newBench(t, nil)
		b.load(commonOf("a.o", "x", 16, 8))
		if lookup {
			b.addr("x")
		} else {
			b.finalize()
		}
		for _, w := range []*elfWriter{commonOf("larger.o", "x", 17, 8), commonOf("stricter.o", "x", 8, 16), defining("strong.o", "x", elf.STB_GLOBAL)} {
			symbols, allocations := b.NumSymbols(), b.mm.count()
			_, err := b.LoadObject(w.parse(t))
			e := new(DuplicateError)
			if !errors.As(err, &e) || e.First != "a.o" || e.Second != w.name || e.Detail == "" || e.Symbol != "x" {
				t.Errorf("%s: %v", w.name, err)
			}
			if b.NumSymbols() != symbols || b.mm.count() != allocations {
				t.Errorf("%s left something behind", w.name)
			}
		}
		b.load(commonOf("smaller.o", "x", 16, 8))
		b.load(defining("weak.o", "x", elf.STB_WEAK))
		b.finalize()
		if got := b.winner("x"); got != commonBlock {
			t.Errorf("x is in %s", got)
		}
	}
}

// TestAbsoluteHiddenLocal looks at symbols that are peculiar in who sees them and where they are.
func TestAbsoluteHiddenLocal(t *testing.T) {
	w := newELF("a.o")
	sec := w.section(".data.a", flagsData, make([]byte, 32))
	w.symbol(elfSymbol{name: "absolute", bind: elf.STB_GLOBAL, sec: secAbs, value: 0xffff_1234_5678_9abc})
	w.symbol(elfSymbol{name: "hidden", bind: elf.STB_GLOBAL, vis: elf.STV_HIDDEN, sec: sec, value: 8})
	local := w.local("local", sec, 16)
	localAbs := w.local("local_absolute", secAbs, 77)
	w.reloc(sec, 16, elf.R_X86_64_64, local, 1)
	w.reloc(sec, 24, elf.R_X86_64_64, localAbs, 1)
	u := newELF("u.o")
	us := u.section(".data.u", flagsData, make([]byte, 16))
	u.reloc(us, 0, elf.R_X86_64_64, u.undefined("absolute"), 1)
	u.reloc(us, 8, elf.R_X86_64_64, u.undefined("hidden"), 0)
	b := newBench(t, map[string]uint64{".data.a": 0x1000, ".data.u": 0x2000})
	b.load(u)
	b.load(w)
	b.finalize()
	for addr, want := range map[uint64]uint64{0x1010: 0x1011, 0x1018: 78, 0x2000: 0xffff_1234_5678_9abd, 0x2008: 0x1008} {
		if got := b.word64(addr); got != want {
			t.Errorf("%#x holds %#x, want %#x", addr, got, want)
		}
	}
	if a, ok := b.FinalizedAddress("absolute"); !ok || a != 0xffff_1234_5678_9abc {
		t.Errorf("absolute is %#x, %v", a, ok)
	}
	if b.SymbolLocalAddress("absolute") != nil || b.SymbolLocalAddress("unknown") != nil || len(b.SymbolLocalAddress("hidden")) != 24 {
		t.Error("working memory of absolute, unknown or hidden")
	}
	for _, name := range []string{"local", "local_absolute", "unknown", ""} {
		if _, ok := b.SymbolLoadAddress(name); ok {
			t.Errorf("%q is seen", name)
		}
	}
}

// TestImpossibleSymbols are refused, with their name.
func TestImpossibleSymbols(t *testing.T) {
	for name, y := range map[string]elfSymbol{
		"local_common": {sec: secCommon, value: 8, size: 8},
		"huge_common":  {bind: elf.STB_GLOBAL, sec: secCommon, value: 8, size: 1 << 60},
		"":             {bind: elf.STB_GLOBAL, sec: 1},
		// GCC's mark of objects that -flto leaves without code
		"__gnu_lto_slim": {bind: elf.STB_GLOBAL, typ: elf.STT_OBJECT, sec: secCommon, value: 1, size: 1},
	} {
		w := newELF("impossible.o")
		w.section(".text", flagsText, make([]byte, 8))
		y.name = name
		w.symbol(y)
		b := newBench(t, nil)
		_, err := b.LoadObject(w.parse(t))
		if !errors.Is(err, ErrUnsupportedSymbol) || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			t.Errorf("%q: %v", name, err)
		}
		if b.NumSymbols() != 0 || b.mm.count() != 0 {
			t.Errorf("%q left something behind", name)
		}
	}
}

func TestUndefined(t *testing.T) {
	b := newBenchResolving(t, nil, knows(map[string]uint64{"known": 4096}))
	var last *Object
	for i := range 5 {
		w := newELF(fmt.Sprintf("o%d.o", i))
		sec := w.section(".data", flagsData, make([]byte, 64))
		w.reloc(sec, 8, elf.R_X86_64_64, w.undefined("everybody"), 0)
		w.reloc(sec, 24, elf.R_X86_64_64, w.undefined(fmt.Sprint("only", i)), 0)
		w.reloc(sec, 32, elf.R_X86_64_64, w.undefined("known"), 0)
		w.reloc(sec, 40, elf.R_X86_64_64, w.weak("perhaps", secUndef, 0), 0)
		w.undefined(fmt.Sprint("mentioned", i))
		last = b.load(w)
	}
	symbols, allocations := b.NumSymbols(), b.mm.count()
	_, err := b.Finalize()
	e := new(UndefinedError)
	if !errors.As(err, &e) || !errors.Is(err, ErrUndefinedSymbol) {
		t.Fatal(err)
	}
	refs := map[string][]string{}
	for _, u := range e.Symbols {
		refs[u.Name] = u.Refs
	}
	if len(refs) != 6 || len(refs["everybody"]) != 5 || refs["everybody"][2] != "o2.o:(.data+0x8)" || fmt.Sprint(refs["only3"]) != "[o3.o:(.data+0x18)]" {
		t.Errorf("%v", refs)
	}
	for _, want := range []string{"everybody (needed by o0.o:(.data+0x8), o1.o:(.data+0x8), o2.o:(.data+0x8) and 2 more)", "only4", "SymbolResolver"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
	if b.NumSymbols() != symbols || b.mm.count() != allocations || last.State() != Loaded {
		t.Errorf("after a failed link: %d symbols, %d allocations, object %v", b.NumSymbols(), b.mm.count(), last.State())
	}
	if _, ok := b.FinalizedAddress("known"); !ok {
		t.Error("what the resolver answered is forgotten")
	}
}

// TestWeakReference: the resolver is told what may stay undefined.
func TestWeakReference(t *testing.T) {
	asked := map[string]bool{}
	b := newBenchResolving(t, nil, recordingResolver{asked})
	b.load(undefining("a.o", "weak", true))
	b.load(undefining("b.o", "both", true))
	b.load(undefining("c.o", "both", false))
	if err := b.ResolveRelocations(); err == nil {
		t.Error("no error for a name that one object needs")
	}
	if len(asked) != 2 || !asked["weak"] || asked["both"] {
		t.Errorf("asked %v", asked)
	}
}

type recordingResolver struct{ asked map[string]bool }

func (r recordingResolver) ResolveSymbols(refs []Reference) error {
	for _, ref := range refs {
		r.asked[ref.Name] = ref.Weak
	}
	return nil
}

func TestResolverError(t *testing.T) {
	b := newBenchResolving(t, nil, failingResolver{})
	o := b.load(undefining("a.o", "x", false))
	if err := b.ResolveRelocations(); !errors.Is(err, errInjected) {
		t.Error(err)
	}
	if o.State() != Loaded {
		t.Error(o.State())
	}
}

type failingResolver struct{}

func (failingResolver) ResolveSymbols([]Reference) error { return errInjected }

func TestMappings(t *testing.T) {
	b := newBenchResolving(t, nil, knows(map[string]uint64{"x": 0x999}))
	define := func(addr executor.Addr) {
		t.Helper()
		if err := b.DefineAbsolute("x", addr); err != nil {
			t.Fatal(err)
		}
	}
	place := func(o string) uint64 { return b.word64(uint64(b.mm.section(o, ".data."+o).Addr)) }
	b.load(undefining("ref.o", "x", false))
	b.resolve()
	if place("ref.o") != 0x999 {
		t.Errorf("resolver's answer: %#x", place("ref.o"))
	}
	define(0x1000)
	b.resolve()
	if place("ref.o") != 0x1000 {
		t.Errorf("mapping: %#x", place("ref.o"))
	}
	define(0x2000)
	b.resolve()
	if place("ref.o") != 0x2000 {
		t.Errorf("replaced mapping: %#x", place("ref.o"))
	}
	_, err := b.LoadObject(defining("def.o", "x", elf.STB_GLOBAL).parse(t))
	e := new(DuplicateError)
	if !errors.As(err, &e) || e.First != "global mapping" || e.Second != "def.o" {
		t.Errorf("definition of a mapped name: %v", err)
	}
	define(0)
	b.resolve()
	if place("ref.o") != 0x999 {
		t.Errorf("after the mapping: %#x", place("ref.o"))
	}
	b.load(defining("def.o", "x", elf.STB_GLOBAL))
	b.resolve()
	if b.winner("x") != "def.o" || place("ref.o") != b.addr("x") {
		t.Errorf("x is in %s, linked as %#x", b.winner("x"), place("ref.o"))
	}
	if err := b.DefineAbsolute("x", 1); !errors.As(err, &e) || e.First != "def.o" || e.Second != "global mapping" {
		t.Errorf("mapping of a defined name: %v", err)
	}
}

// TestMappingGone: a name that loses its mapping is whatever the loaded objects say.
func TestMappingGone(t *testing.T) {
	for name, w := range map[string]*elfWriter{"weak.o": defining("weak.o", "x", elf.STB_WEAK), commonBlock: commonOf("common.o", "x", 8, 8)} {
		for _, mapFirst := range []bool{true, false} {
			b := newBench(t, nil)
			if !mapFirst && w.name == "common.o" {
				b.load(w)
			}
			if err := b.DefineAbsolute("x", 0x1000); err != nil {
				t.Fatal(err)
			}
			if mapFirst {
				b.load(w)
			}
			if b.NumSymbols() == 0 || b.addr("x") != 0x1000 {
				t.Errorf("%s: the mapping is not in force", name)
			}
			if err := b.DefineAbsolute("x", 0); err != nil {
				t.Fatal(err)
			}
			if !mapFirst && w.name == "weak.o" {
				continue
			}
			if got := b.winner("x"); got != name {
				t.Errorf("mapped first %v: x is in %q, want %s", mapFirst, got, name)
			}
		}
	}
}

// TestLoadOrder loads a set of objects in random orders: who defines what does not depend on it, but for weak definitions among themselves.
func TestLoadOrder(t *testing.T) {
	set := func() []*elfWriter {
		all := []*elfWriter{commonOf("c1.o", "shared", 8, 4), commonOf("c2.o", "shared", 64, 16), commonOf("c3.o", "strong3", 8, 8)}
		for i := range 8 {
			w := defining(fmt.Sprintf("d%d.o", i), fmt.Sprint("strong", i), elf.STB_GLOBAL)
			for k := range 8 {
				if k != i {
					w.reloc(1, 16, elf.R_X86_64_64, w.undefined(fmt.Sprint("strong", k)), 0)
				}
			}
			w.weak(fmt.Sprint("strong", (i+1)%8), 1, 24)
			all = append(all, w)
		}
		return all
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		objs := set()
		random.Shuffle(len(objs), func(i, k int) { objs[i], objs[k] = objs[k], objs[i] })
		b := newBench(t, nil)
		for _, w := range objs {
			b.load(w)
		}
		b.finalize()
		for i := range 8 {
			if got, want := b.winner(fmt.Sprint("strong", i)), fmt.Sprintf("d%d.o", i); got != want {
				t.Fatalf("strong%d is in %s", i, got)
			}
		}
		if s := b.mm.section(commonBlock, "shared"); s.Size != 64 || s.Align != 16 {
			t.Fatalf("common of %d bytes aligned to %d", s.Size, s.Align)
		}
	}
}

// TestFailuresLeaveNothing injects failures into the memory manager at each step.
func TestFailuresLeaveNothing(t *testing.T) {
	b := newBench(t, nil)
	first := b.load(defining("a.o", "x", elf.STB_GLOBAL))
	fail := ""
	b.mm.fail = func(step string) error {
		if step == fail {
			return errInjected
		}
		return nil
	}
	fail = "allocate"
	w := undefining("b.o", "x", false)
	w.common("later", 8, 8)
	w.global("y", 1, 0)
	if _, err := b.LoadObject(w.parse(t)); !errors.Is(err, errInjected) {
		t.Errorf("allocation: %v", err)
	}
	if _, ok := b.SymbolLoadAddress("y"); ok || b.NumSymbols() != 1 || b.mm.count() != 1 || len(b.Objects()) != 1 {
		t.Errorf("%d symbols, %d allocations", b.NumSymbols(), b.mm.count())
	}
	fail = ""
	second := b.load(w)
	fail = "allocate" // of the common
	if _, err := b.Finalize(); !errors.Is(err, errInjected) || second.State() != Loaded {
		t.Errorf("allocation of commons: %v, %v", err, second.State())
	}
	if _, ok := b.SymbolLoadAddress("later"); ok {
		t.Error("a common without storage has an address")
	}
	fail = "finalize"
	if _, err := b.Finalize(); !errors.Is(err, errInjected) || first.State() != Loaded || second.State() != Loaded {
		t.Errorf("finalization: %v, %v, %v", err, first.State(), second.State())
	}
	if _, ok := b.FinalizedAddress("x"); ok {
		t.Error("a symbol is finalized that is not")
	}
	fail = ""
	b.finalize()
	if _, ok := b.FinalizedAddress("x"); !ok || first.State() != Finalized {
		t.Error("not finalized in the end")
	}
}
