//go:build linux && amd64

package mcjit_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// An unwinder stands for the process's: it notes what it is told, and how the table there begins and ends.
type unwinder struct {
	mu         sync.Mutex
	names      map[string]executor.Addr
	asked      []string
	registered map[uint64]int // bytes of the table, by address
	cie        uint32         // the second word of the last record: 0 of a CIE
	calls      int
	bad        []string
}

func newUnwinder(t testing.TB, names ...string) *unwinder {
	u := &unwinder{names: map[string]executor.Addr{}, registered: map[uint64]int{}}
	for _, name := range names {
		var f any = u.register
		switch {
		case strings.HasPrefix(name, "__deregister") || strings.HasPrefix(name, "__unw_remove"):
			f = u.deregister
		case name == "__unw_add_dynamic_fde":
			f = func(uint64) { u.complain("%s was called", name) }
		}
		back, err := inprocess.NewCallback(f)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(back.Release)
		u.names[name] = back.Addr()
	}
	return u
}

func (u *unwinder) complain(format string, args ...any) {
	u.bad = append(u.bad, fmt.Sprintf(format, args...))
}

func (u *unwinder) ResolveSymbols(refs []runtimedyld.Reference) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range refs {
		u.asked = append(u.asked, refs[i].Name)
		refs[i].Addr = u.names[refs[i].Name]
	}
	return nil
}

// register walks the table as libgcc does, until a length of zero.
func (u *unwinder) register(at unsafe.Pointer) {
	table := uint64(uintptr(at))
	u.mu.Lock()
	defer u.mu.Unlock()
	u.calls++
	if _, ok := u.registered[table]; ok {
		u.complain("%#x is registered twice", table)
	}
	size := 0
	for {
		length := *(*uint32)(unsafe.Add(at, size))
		if length == 0 {
			break
		}
		if length > 1<<16 {
			u.complain("%#x: a record of %d bytes at %#x", table, length, size)
			break
		}
		size += 4 + int(length)
	}
	u.registered[table] = size
	if u.cie = 0; size > 4 {
		u.cie = *(*uint32)(unsafe.Add(at, 4))
	}
}

func (u *unwinder) deregister(table uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.calls++
	if _, ok := u.registered[table]; !ok {
		u.complain("%#x is not registered", table)
	}
	delete(u.registered, table)
}

// want compares the sizes of what is registered.
func (u *unwinder) want(t testing.TB, when string, sizes ...int) {
	t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	var got []int
	for _, size := range u.registered {
		got = append(got, size)
	}
	slices.Sort(got)
	slices.Sort(sizes)
	if !slices.Equal(got, sizes) {
		t.Errorf("%s: tables of %v bytes are registered, want %v", when, got, sizes)
	}
	for _, b := range u.bad {
		t.Error(b)
	}
	u.bad = nil
}

var gccNames = []string{"__register_frame", "__deregister_frame"}

const tables = "-fasynchronous-unwind-tables"

// framed is a module with an unwind table, of n functions, and the table's size.
func framed(t testing.TB, n int) (*objimage.Buffer, int) {
	t.Helper()
	source := fmt.Sprintf("int framed%d(void) { return %d; }\n", n, n)
	for i := range n - 1 {
		source += fmt.Sprintf("int f%d_%d(void) { return %d; }\n", n, i, i)
	}
	b := compiled(t, fmt.Sprintf("framed%d.o", n), source, tables)
	f, err := elf.NewFile(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return b, int(f.Section(".eh_frame").Size)
}

func TestTablesRegistered(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		u := newUnwinder(t, gccNames...)
		e := newEngine(t, append(opts, mcjit.WithSymbolResolver(u))...)
		one, size1 := framed(t, 1)
		two, size2 := framed(t, 2)
		m1, m2 := add(t, e, one), add(t, e, two)
		u.want(t, "loaded")
		if err := e.FinalizeObject(); err != nil {
			t.Fatal(err)
		}
		u.want(t, "finalized", size1, size2)
		if want := []string{"__register_frame", "__deregister_frame", "__unw_add_dynamic_fde", "__unw_add_dynamic_eh_frame_section", "__unw_remove_dynamic_eh_frame_section"}; !slices.Equal(u.asked, want) {
			t.Errorf("asked for %q", u.asked)
		}
		user := add(t, e, compiled(t, "user.o", "int framed1(void); int use(void) { return framed1() + 1; }"))
		wantCall(t, e, "use", 2)
		remove(t, e, m1...)
		u.want(t, "removed, in use", size1, size2)
		remove(t, e, user...)
		u.want(t, "not in use any more", size2)
		remove(t, e, m2...)
		u.want(t, "removed")

		// Memory that is used again, and has to be zero behind the table.
		for n := 3; n < 9; n++ {
			again, size := framed(t, n)
			m := add(t, e, again)
			wantCall(t, e, fmt.Sprintf("framed%d", n), int32(n))
			u.want(t, "in memory that was used", size)
			remove(t, e, m...)
		}
		last, size := framed(t, 1)
		add(t, e, last)
		wantCall(t, e, "framed1", 1)
		u.want(t, "the last", size)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		u.want(t, "Close")
	})
}

// TestTablesOfManySections: an object can have several tables.
func TestTablesOfManySections(t *testing.T) {
	u := newUnwinder(t, gccNames...)
	e := newEngine(t, mcjit.WithSymbolResolver(u))
	const table = `
	.section .eh_frame,"a",@progbits,unique,%d
	.long 8, 0, 0
`
	m := add(t, e, assembled(t, "many.o", fmt.Sprintf(table+table, 1, 2)))
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	u.want(t, "finalized", 12, 12)
	remove(t, e, m...)
	u.want(t, "removed")
}

// TestLLVMUnwinder registers each function's record, or tables where the unwinder can take these.
func TestLLVMUnwinder(t *testing.T) {
	object, size := framed(t, 3)
	u := newUnwinder(t, append([]string{"__unw_add_dynamic_fde"}, gccNames...)...)
	e := newEngine(t, mcjit.WithSymbolResolver(u))
	m := add(t, e, objectOf("framed.o", object.Bytes()))
	wantCall(t, e, "framed3", 3)
	var sizes []int
	tables := e.UnwindTables(mustAddress(t, e, "framed3"))
	if len(tables) != 1 || int(tables[0].End-tables[0].Start) != size {
		t.Fatalf("the tables: %v", tables)
	}
	table, tableSize := tables[0].Start, uint64(size)
	for at := range u.registered {
		if at <= uint64(table) || at >= uint64(table)+tableSize || u.cie == 0 {
			t.Errorf("%#x is no FDE of the table at %v", at, table)
		}
		sizes = append(sizes, size-int(at-uint64(table)))
	}
	if len(sizes) != 3 {
		t.Errorf("%d FDEs, want 3", len(sizes))
	}
	u.want(t, "finalized", sizes...)
	remove(t, e, m...)
	u.want(t, "removed")

	u = newUnwinder(t, append([]string{"__unw_add_dynamic_fde", "__unw_add_dynamic_eh_frame_section", "__unw_remove_dynamic_eh_frame_section"}, gccNames...)...)
	e = newEngine(t, mcjit.WithSymbolResolver(u))
	add(t, e, objectOf("framed.o", object.Bytes()))
	wantCall(t, e, "framed3", 3)
	u.want(t, "a newer one", size)
}

// TestUnwindTables: an object may have several.
func TestUnwindTables(t *testing.T) {
	const source = `
	.text
	.globl f
f:	.cfi_startproc
	ret
	.cfi_endproc
	.section .eh_frame.more, "a", @unwind
	.long 8f - 7f
7:	.long 0
	.byte 1
	.asciz "zR"
	.byte 1, 120, 16, 1, 27
	.balign 4
8:
`
	object := bytes.Clone(testenv.CompileBytes(t, "gcc", testenv.Assembler, source))
	copy(object[bytes.Index(object, []byte(".eh_frame.more")):], ".eh_frame\x00") // no assembler makes two of a name
	e := newEngine(t)
	add(t, e, objectOf("f.o", object))
	if tables := e.UnwindTables(mustAddress(t, e, "f")); len(tables) != 2 || tables[0] == tables[1] {
		t.Errorf("the tables: %v", tables)
	}
}

func mustAddress(t testing.TB, e *mcjit.ExecutionEngine, name string) executor.Addr {
	t.Helper()
	a, err := e.FunctionAddress(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestNothingToRegister: without tables, without an unwinder, and where it is switched off, nothing is asked or called in vain.
func TestNothingToRegister(t *testing.T) {
	object, _ := framed(t, 2)
	plain := compiled(t, "plain.o", "int plain(void) { return 1; }")
	u := newUnwinder(t, gccNames...)
	e := newEngine(t, mcjit.WithSymbolResolver(u))
	add(t, e, plain)
	wantCall(t, e, "plain", 1)
	if len(u.asked) > 0 {
		t.Errorf("without a table: asked for %q", u.asked)
	}
	off := newEngine(t, mcjit.WithSymbolResolver(u), mcjit.WithoutUnwinding())
	add(t, off, objectOf("framed.o", object.Bytes()))
	wantCall(t, off, "framed2", 2)
	if len(u.asked) > 0 {
		t.Errorf("switched off: asked for %q", u.asked)
	}
	none := newUnwinder(t)
	e = newEngine(t, mcjit.WithSymbolResolver(none))
	for range 3 {
		m := add(t, e, objectOf("framed.o", object.Bytes()))
		wantCall(t, e, "framed2", 2)
		if len(e.UnwindTables(mustAddress(t, e, "framed2"))) != 1 {
			t.Error("the table is not known to the client")
		}
		remove(t, e, m...)
	}
	if !slices.Equal(none.asked, gccNames[:1]) {
		t.Errorf("without an unwinder: asked for %q", none.asked)
	}
	if u.calls > 0 {
		t.Errorf("%d calls", u.calls)
	}
	moved := newEngine(t, mcjit.WithSymbolResolver(u))
	m := add(t, moved, objectOf("framed.o", object.Bytes()))[0]
	for i := 1; i < m.Object().Image().NumSections(); i++ {
		if _, ok := m.Object().SectionLoadAddress(i); ok {
			if err := moved.MapSectionAddress(m, i, executor.Addr(0x10000000+0x100000*i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := moved.FinalizeObject(); err != nil || u.calls > 0 {
		t.Errorf("a module for another process: %v, %d calls", err, u.calls)
	}
}

// TestUnwinderLater: the client opens a library with an unwinder when modules have been finalized already.
func TestUnwinderLater(t *testing.T) {
	u := newUnwinder(t, gccNames...)
	names := u.names
	u.names = map[string]executor.Addr{}
	e := newEngine(t, mcjit.WithSymbolResolver(u))
	one, size1 := framed(t, 1)
	two, size2 := framed(t, 2)
	m1 := add(t, e, one)
	wantCall(t, e, "framed1", 1)
	u.want(t, "no unwinder")
	u.names = names
	u.names["_Unwind_Resume"] = names["__register_frame"]
	add(t, e, two, compiled(t, "throws.o", "void _Unwind_Resume(void *); void throws(void *p) { _Unwind_Resume(p); }"))
	wantCall(t, e, "framed2", 2)
	u.want(t, "an unwinder", size1, size2)
	remove(t, e, m1...)
	u.want(t, "removed", size2)
}

// TestRegistrationFails: a module of which the unwinder could not be told is finalized all the same, and not taken back from the unwinder.
func TestRegistrationFails(t *testing.T) {
	u, p := newUnwinder(t, gccNames...), &faultyProcess{}
	e := newEngine(t, mcjit.WithSymbolResolver(u), mcjit.WithProcess(p))
	one, _ := framed(t, 1)
	two, size2 := framed(t, 2)
	m := add(t, e, one, two)
	p.left.Store(1)
	err := e.FinalizeObject()
	var listeners *mcjit.ListenerError
	var failed *mcjit.UnwinderError
	if !errors.As(err, &listeners) || !errors.As(err, &failed) || failed.Module != "framed1.o" || !errors.Is(err, errCall) {
		t.Errorf("error: %v", err)
	}
	u.want(t, "registered", size2)
	wantCall(t, e, "framed1", 1)
	remove(t, e, m[0])
	u.want(t, "removed", size2)
	p.left.Store(1)
	if err := e.RemoveModule(m[1]); !errors.As(err, &failed) || failed.Module != "framed2.o" {
		t.Errorf("error: %v", err)
	}
}

// TestRetiredFile: the file of a module whose code others use is read when it goes at last: it must not be given back sooner.
func TestRetiredFile(t *testing.T) {
	u := newUnwinder(t, gccNames...)
	e := newEngine(t, mcjit.WithSymbolResolver(u))
	object, size := framed(t, 1)
	path := filepath.Join(t.TempDir(), "framed1.o")
	if err := os.WriteFile(path, object.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	mappings := func() int {
		text, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), path)
	}
	for _, end := range []func(user []*mcjit.Module){
		func(user []*mcjit.Module) { remove(t, e, user...) },
		func([]*mcjit.Module) { e.Close() },
	} {
		file, err := objimage.OpenBuffer(path)
		if err != nil {
			t.Fatal(err)
		}
		m := add(t, e, file)
		user := add(t, e, compiled(t, "user.o", "int framed1(void); int use(void) { return framed1() + 1; }"))
		wantCall(t, e, "use", 2)
		remove(t, e, m...)
		u.want(t, "in use", size)
		end(user)
		u.want(t, "gone")
		if n := mappings(); n != 0 {
			t.Errorf("the file is mapped %d times", n)
		}
	}
}
