package runtimedyld

import (
	"debug/elf"
	"errors"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
)

// user is an object with a call of a name, a pointer to it, and one to its own data.
func user(name string) *elfWriter {
	w := newELF("user.o")
	text := w.section(".text", flagsText, append([]byte{0xe8, 0, 0, 0, 0}, nops...))
	data := w.section(".data", flagsData, make([]byte, 24))
	sym := w.undefined(name)
	w.reloc(text, 1, elf.R_X86_64_PLT32, sym, -4)
	w.reloc(data, 0, elf.R_X86_64_64, sym, 0)
	w.reloc(data, 8, elf.R_X86_64_64, w.local("own", data, 16), 0)
	return w
}

// TestRetention: what each policy allows once an object is finalized, and what it keeps.
func TestRetention(t *testing.T) {
	for policy, allowed := range map[Retention]struct{ reopen, move bool }{RetainAll: {true, true}, RetainExternals: {false, true}, RetainNone: {false, false}} {
		t.Run(policy.String(), func(t *testing.T) {
			b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": far}))
			b.SetRetention(policy)
			o := b.load(user("outside"))
			if st := b.RetentionStats(); st != (RetentionStats{Policy: policy}) {
				t.Errorf("loaded: %+v", st)
			}
			b.finalize()
			st := b.RetentionStats()
			if kept := uint64(3*24 + len(nops) + 5 + 24); policy != RetainNone && (st.Objects != 1 || st.FileBytes != kept) || policy == RetainNone && st.Objects+int(st.FileBytes) != 0 || st.HeapBytes != 0 {
				t.Errorf("finalized: %+v, want %d bytes", st, kept)
			}
			data := b.mm.section("user.o", ".data")
			err := b.MoveExternal("outside", far+0x1000)
			if got, want := b.word64(uint64(data.Addr)), uint64(far); allowed.move != (err == nil) || allowed.move != (got == want+0x1000) {
				t.Errorf("MoveExternal: %v; the pointer is %#x", err, got)
			}
			if !allowed.move && (!errors.Is(err, ErrNotRetained) || !strings.Contains(err.Error(), "user.o")) {
				t.Errorf("%v", err)
			}
			err = b.Reopen(o)
			if allowed.reopen != (err == nil) || err != nil && !errors.Is(err, ErrNotRetained) {
				t.Errorf("Reopen: %v", err)
			}
			if st := b.RetentionStats(); (st.HeapBytes > 0) != allowed.reopen {
				t.Errorf("reopened: %+v", st)
			}
			b.finalize()
			if st := b.RetentionStats(); st.HeapBytes != 0 {
				t.Errorf("finalized again: %+v", st)
			}
		})
	}
}

// TestMoveExternalFails: an address out of reach, and a memory manager that fails, change nothing.
func TestMoveExternalFails(t *testing.T) {
	w := user("outside")
	near := newELF("near.o")
	code := near.section(".text", flagsText, []byte{0x48, 0x8d, 0x05, 0, 0, 0, 0})
	near.reloc(code, 3, elf.R_X86_64_PC32, near.undefined("outside"), -4)
	b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": 0x20_0000}))
	b.load(near)
	b.load(w)
	b.finalize()
	check := func(when string, want uint64) {
		t.Helper()
		data := b.mm.section("user.o", ".data")
		if got := b.word64(uint64(data.Addr)); got != want || b.addr("outside") != want {
			t.Errorf("%s: the pointer is %#x, the address %#x, want %#x", when, got, b.addr("outside"), want)
		}
	}
	if err := b.MoveExternal("outside", far); !errors.Is(err, ErrRelocationOverflow) || !strings.Contains(err.Error(), "near.o:(.text+0x3)") {
		t.Errorf("%v", err)
	}
	check("out of reach", 0x20_0000)
	b.mm.fail = func(step string) error {
		if step == "rewrite" {
			return errInjected
		}
		return nil
	}
	if err := b.MoveExternal("outside", 0x30_0000); !errors.Is(err, errInjected) {
		t.Errorf("%v", err)
	}
	check("the manager fails", 0x20_0000)
	b.mm.fail = nil
	if err := b.MoveExternal("outside", 0x30_0000); err != nil {
		t.Error(err)
	}
	check("moved", 0x30_0000)
	if err := b.MoveExternal("outside", 0); err != nil {
		t.Error(err)
	}
	if got := b.word64(uint64(b.mm.section("user.o", ".data").Addr)); got != 0x30_0000 {
		t.Errorf("a mapping was taken away, and the pointer is %#x", got)
	}
}

// TestReopenFails: a link that fails leaves what is reopened Loaded, and what is new is finalized if its memory is.
func TestReopenFails(t *testing.T) {
	b := newBench(t, nil)
	one := b.load(defining("one.o", "one", elf.STB_GLOBAL))
	b.load(user("one"))
	b.finalize()
	old := b.addr("one")
	if err := b.Reopen(one, one); err != nil {
		t.Fatal(err)
	}
	if err := b.Reopen(one); err != nil || one.State() != Loaded {
		t.Errorf("%v, %v", err, one.State())
	}
	if err := b.MoveExternal("nobody", 1); err != nil {
		t.Error(err)
	}
	text := 1
	for one.sectionIndex(text) < 0 {
		text++
	}
	if err := b.MapSectionAddress(one, text, 0x40_0000); err != nil {
		t.Fatal(err)
	}
	added := b.load(defining("new.o", "new", elf.STB_GLOBAL))
	b.mm.fail = func(step string) error {
		if step == "rewrite" {
			return errInjected
		}
		return nil
	}
	if _, err := b.Finalize(); !errors.Is(err, errInjected) || one.State() != Loaded || added.State() != Finalized {
		t.Errorf("%v: %v, %v", err, one.State(), added.State())
	}
	data := b.mm.section("user.o", ".data")
	if got := b.word64(uint64(data.Addr)); got != old {
		t.Errorf("the pointer is %#x, want %#x", got, old)
	}
	b.mm.fail = nil
	b.finalize()
	if got := b.word64(uint64(data.Addr)); got == old || got != b.addr("one") {
		t.Errorf("the pointer is %#x, want %#x", got, b.addr("one"))
	}
	if err := b.Reopen(one); err != nil {
		t.Fatal(err)
	}
	if err := b.MapSectionAddress(one, text, 0x50_0000); err != nil {
		t.Fatal(err)
	}
	b.remove(one)
	if got := b.word64(uint64(data.Addr)); got != old && got>>16 != 0x40 {
		t.Errorf("removed while it was reopened: the pointer is %#x", got)
	}
}

// TestReopenCommons moves a common, and what refers to it follows.
func TestReopenCommons(t *testing.T) {
	b := newBench(t, nil)
	b.loadImage(testdataObject(t, "common_large.o"))
	if err := b.MapCommonAddress("large_common_block", 1); !errors.Is(err, ErrUndefinedSymbol) {
		t.Errorf("%v", err)
	}
	b.load(user("common_block"))
	b.finalize()
	if err := b.MapCommonAddress("common_block", 0x60_0000); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.FinalizedAddress("common_block"); ok {
		t.Error("a common that has moved is known as finalized")
	}
	b.finalize()
	if got := b.word64(uint64(b.mm.section("user.o", ".data").Addr)); got != 0x60_0000 {
		t.Errorf("the pointer is %#x", got)
	}
	if a, ok := b.FinalizedAddress("common_block"); !ok || a != 0x60_0000 {
		t.Errorf("%v %v", a, ok)
	}
}

var _ memmgr.Rewriter = (*testMM)(nil)

// TestReopenHandled: what the client has made of places that it takes care of stays, until the name gets an address.
func TestReopenHandled(t *testing.T) {
	b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": uint64(ClientHandled)}))
	o := b.load(user("outside"))
	b.resolve()
	text, data := b.mm.section("user.o", ".text"), b.mm.section("user.o", ".data")
	text.Mem[1], data.Mem[0] = 0x77, 0x78
	b.finalize()
	if err := b.Reopen(o); err != nil {
		t.Fatal(err)
	}
	if err := b.MapSectionAddress(o, data.Index, 0x40_0000); err != nil {
		t.Fatal(err)
	}
	b.finalize()
	if text.Mem[1] != 0x77 || data.Mem[0] != 0x78 || b.word64(uint64(data.Addr)+8) != 0x40_0010 {
		t.Errorf("% x, % x", text.Mem[:5], data.Mem[:16])
	}
	if err := b.MoveExternal("outside", text.Addr); err != nil {
		t.Fatal(err)
	}
	if got := b.word32(uint64(text.Addr) + 1); got != 1<<32-5 {
		t.Errorf("the call's displacement is %#x", got)
	}
}

// TestReopenThreads: objects with thread-local variables keep their blocks, unless threads have copied addresses from these.
func TestReopenThreads(t *testing.T) {
	for source, want := range map[string]error{
		"static _Thread_local int n = 7; int *where(void) { return &n; }":                      nil,
		"int x; static _Thread_local int *p = &x; int **where(void) { return &p; }":            ErrThreadLocal,
		"extern _Thread_local int there; int *where(void) { return &there; }":                  nil,
		"_Thread_local int there = 1, again = 2; int sum(void) { return there + 10 * again; }": nil,
	} {
		b := newBench(t, nil)
		storage := newTestStorage()
		b.SetThreadStorage(storage)
		o := b.loadImage(parseObject(t, "threads.o", testenv.CompileBytes(t, "gcc", testenv.C, source, "-O1", "-fPIC")))
		b.loadImage(parseObject(t, "there.o", testenv.CompileBytes(t, "gcc", testenv.C, "_Thread_local int there __attribute__((weak)) = 3;", "-fPIC")))
		b.finalize()
		before := contentsOf(b, o)
		if err := b.Reopen(o); !errors.Is(err, want) {
			t.Errorf("%s: %v", source, err)
		}
		b.finalize()
		if after := contentsOf(b, o); after != before {
			t.Errorf("%s: linked again, sections are otherwise:\n%q\n%q", source, before, after)
		}
	}
}

func contentsOf(b *bench, o *Object) string {
	var all strings.Builder
	_, mem := b.mm.contents(o.Name())
	for _, m := range mem {
		all.Write(m)
	}
	return all.String()
}

// TestMoveExternalMeanwhile: a name that only reopened objects mention moves, and their written data follows all the same.
func TestMoveExternalMeanwhile(t *testing.T) {
	b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": far}))
	o := b.load(user("outside"))
	b.finalize()
	data := b.mm.section("user.o", ".data")
	if err := b.Reopen(o); err != nil {
		t.Fatal(err)
	}
	if err := b.MapSectionAddress(o, data.Index, 0x40_0000); err != nil {
		t.Fatal(err)
	}
	if err := b.MoveExternal("outside", far+0x1000); err != nil {
		t.Fatal(err)
	}
	b.finalize()
	if outside, own := b.word64(uint64(data.Addr)), b.word64(uint64(data.Addr)+8); outside != far+0x1000 || own != 0x40_0010 {
		t.Errorf("the pointers are %#x and %#x", outside, own)
	}
}

// TestMoveExternalUnfinished: what is finalized is not bound to what is not.
func TestMoveExternalUnfinished(t *testing.T) {
	b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": far, "inside": far + 0x100}))
	w := user("outside")
	data := w.section(".data.rel", flagsData, make([]byte, 8))
	w.reloc(data, 0, elf.R_X86_64_64, w.undefined("inside"), 0)
	b.load(w)
	b.finalize()
	inside := b.mm.section("user.o", ".data.rel")
	b.load(defining("inside.o", "inside", elf.STB_GLOBAL))
	err := b.MoveExternal("outside", far+0x1000)
	if !errors.Is(err, ErrState) || !strings.Contains(err.Error(), "inside.o") || b.addr("outside") != far {
		t.Errorf("%v; outside is at %#x", err, b.addr("outside"))
	}
	if got := b.word64(uint64(inside.Addr)); got != far+0x100 {
		t.Errorf("the pointer is %#x", got)
	}
	b.finalize()
	if err := b.MoveExternal("outside", far+0x1000); err != nil {
		t.Error(err)
	}
}

// TestReopenCommonsGone: a common that goes while it is reopened stands in nobody's way.
func TestReopenCommonsGone(t *testing.T) {
	b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": far}))
	large := b.loadImage(testdataObject(t, "common_large.o"))
	b.load(user("outside"))
	b.finalize()
	if err := b.MapCommonAddress("common_block", 0x60_0000); err != nil {
		t.Fatal(err)
	}
	b.remove(large)
	if err := b.MoveExternal("outside", far+0x1000); err != nil {
		t.Error(err)
	}
}

// TestMoveExternalWeakly: what is bound weakly to something that was removed stays bound when another name moves.
func TestMoveExternalWeakly(t *testing.T) {
	b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": far}))
	gone := b.load(defining("gone.o", "gone", elf.STB_GLOBAL))
	w := user("outside")
	code := w.section(".text.push", flagsText, append([]byte{0xff, 0x35, 0, 0, 0, 0}, nops...)) // push gone@GOTPCREL(%rip)
	w.reloc(code, 2, elf.R_X86_64_GOTPCREL, w.weak("gone", secUndef, 0), -4)
	o := b.load(w)
	b.finalize()
	want := b.addr("gone")
	b.remove(gone)
	if err := b.MoveExternal("outside", far+0x1000); err != nil {
		t.Fatal(err)
	}
	if got := b.word64(o.gotAddr() + 8); got != want || gone.State() != Retired {
		t.Errorf("the entry is %#x, want %#x; %v", got, want, gone.State())
	}
}

// TestMoveExternalBound: an entry of the GOT for a name whose mapping was taken away, or is left to the client, stays when another name moves.
func TestMoveExternalBound(t *testing.T) {
	for what, to := range map[string]executor.Addr{"taken away": 0, "left to the client": ClientHandled} {
		b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": far}))
		if err := b.DefineAbsolute("mapped", 0x5000); err != nil {
			t.Fatal(err)
		}
		w := user("outside")
		code := w.section(".text.push", flagsText, append([]byte{0xff, 0x35, 0, 0, 0, 0}, nops...)) // push mapped@GOTPCREL(%rip)
		w.reloc(code, 2, elf.R_X86_64_GOTPCREL, w.weak("mapped", secUndef, 0), -4)
		o := b.load(w)
		b.finalize()
		if err := b.MoveExternal("mapped", to); err != nil {
			t.Fatal(err)
		}
		if err := b.MoveExternal("outside", far+0x1000); err != nil {
			t.Fatal(err)
		}
		if moved, bound := b.word64(o.gotAddr()), b.word64(o.gotAddr()+8); moved != far+0x1000 || bound != 0x5000 {
			t.Errorf("%s: the entries are %#x and %#x", what, moved, bound)
		}
	}
}

// TestReopenKeeps: what is kept is counted, also after some sections have gone elsewhere and others have not, and when all is closed.
func TestReopenKeeps(t *testing.T) {
	b := newBench(t, nil)
	o := b.load(user("own"))
	b.load(defining("own.o", "own", elf.STB_GLOBAL))
	b.finalize()
	text := b.mm.section("user.o", ".text")
	if err := b.Reopen(o); err != nil {
		t.Fatal(err)
	}
	if err := b.MapSectionAddress(o, text.Index, 0x40_0000); err != nil {
		t.Fatal(err)
	}
	b.finalize()
	if got, want := b.RetentionStats().HeapBytes, uint64(len(text.Mem)); got != want {
		t.Errorf("%d bytes are kept, want %d", got, want)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if got := b.RetentionStats().HeapBytes; got != 0 || b.before != nil || b.reopened != nil || b.locals.sections != nil {
		t.Errorf("closed: %d bytes are kept", got)
	}
}
