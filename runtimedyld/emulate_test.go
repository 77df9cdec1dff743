package runtimedyld

import (
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/qemurun"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
)

// An emulation links objects and runs them under qemu-user. The first one has _start.
type emulation struct {
	arch     testArch
	emulator string
	flags    uint32            // e_flags
	places   map[string]uint64 // of sections by "object:section"; others follow each other
}

// emulateStart ends the program with the number of what failed, or 0. Each architecture has its own leave.
const emulateStart = `
int test(void);
void _start(void) { leave(test()); }
`

// emulateA and emulateB call each other in every way, and look at each other's data. Each check has a number, which is the exit status if it fails.
const emulateA = `
extern int b_add(int, int), b_tail(int), b_apply(int (*)(int), int), b_sum(int, int, int, int, int, int, int, int, int, int), b_data, b_array[8];
extern int (*b_pointer)(int, int);
extern long long b_long(long long, int);
extern int missing(void) __attribute__((weak));
extern int missing_data __attribute__((weak));
int a_data = 11, a_zero, a_array[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static int a_local = 5;
int *a_inside = &b_array[3];
static int twice(int n) { return 2 * n; }
int a_add(int a, int b) { return a + b + a_local; }
int a_tail(int n) { return b_tail(n - 1); }
int a_call(int n) { return n > 0 ? b_add(n, a_data) - a_data : 0; }
int (*const a_table[])(int) = { twice, a_tail, a_call };
const char *a_name(int n)
{
	switch (n) {
	case 0: return "zero"; case 1: return "one"; case 2: return "two"; case 3: return "three"; case 4: return "four"; case 5: return "five"; default: return "?";
	}
}
int test(void)
{
	if (b_add(3, 4) != 7) return 1;
	if (a_tail(6) != 42) return 2;
	if (b_apply(twice, 21) != 42) return 3;
	if (b_apply(a_call, 5) != 5) return 4;
	if (b_sum(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) != 55) return 5;
	if (b_data != 77 || ++b_data != 78) return 6;
	if (*a_inside != 40 || b_array[7] != 80) return 7;
	if (b_pointer(1, 2) != 8) return 8;
	if (b_long(0x100000000ll, 3) != 0x300000000ll) return 9;
	if (missing || &missing_data) return 10;
	if (a_name(3)[2] != 'r' || a_name(5)[0] != 'f' || a_name(9)[0] != '?') return 11;
	for (int i = 0; i < 3; i++)
		if (a_table[i](4) != (i == 0 ? 8 : i == 1 ? 42 : 4)) return 12 + i;
	a_zero += 3;
	if (a_zero != 3 || a_array[2] != 3) return 15;
	return 0;
}
`

const emulateB = `
extern int a_add(int, int), a_tail(int), a_data, a_zero, a_array[8];
int b_data = 77, b_array[8] = { 10, 20, 30, 40, 50, 60, 70, 80 };
int b_add(int a, int b) { return a_data == 11 ? a + b : -1; }
int b_tail(int n) { return n <= 0 ? 42 : a_tail(n); }
int b_apply(int (*f)(int), int n) { return f(n); }
int b_sum(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j) { return a + b + c + d + e + f + g + h + i + j; }
int (*b_pointer)(int, int) = a_add;
long long b_long(long long a, int b) { long long s = 0; while (b-- > 0) s += a; return s; }
`

// emulatedPage is at least as large as the emulators' pages.
const emulatedPage = 1 << 16

// run links the objects and returns the program's exit status. The linker has made at least so many stubs.
func (e *emulation) run(t *testing.T, objects map[string][]byte, stubs int) int {
	t.Helper()
	mm := newTestMM()
	next := uint64(0x10_0000)
	mm.at = func(mod memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
		if a, ok := e.places[mod.Name+":"+mod.SectionName(s)]; ok {
			return executor.Addr(a), true
		}
		next = (next + s.Size + 2*emulatedPage) &^ (emulatedPage - 1)
		return executor.Addr(next - emulatedPage), true
	}
	d := New(mm, nil)
	defer d.Close()
	made := 0
	for name, data := range objects {
		img := parseObject(t, name, data)
		noteShown("run", img)
		o, err := d.LoadObject(img)
		if err != nil {
			t.Fatal(err)
		}
		made += len(o.stubs()) + len(o.veneers)
	}
	if made < stubs {
		t.Errorf("%d stubs were made, want %d", made, stubs)
	}
	for range 2 { // as if something were loaded in between: the result is the same
		if err := d.ResolveRelocations(); err != nil {
			t.Fatal(err)
		}
		d.version++
	}
	entry, ok := d.SymbolLoadAddress("_start")
	if !ok {
		t.Fatal("no _start")
	}
	p := qemurun.Image{Machine: e.arch.machine, Wide: e.arch.wide, Big: e.arch.big, Flags: e.flags, Entry: uint64(entry)}
	for _, a := range mm.live {
		for i := range a.secs {
			if s := &a.secs[i]; s.Size > 0 {
				p.Segments = append(p.Segments, qemurun.Segment{Addr: uint64(s.Addr), Data: s.Mem, Write: s.Kind == memmgr.RWData, Exec: s.Kind == memmgr.Code})
			}
		}
	}
	mm.check(t)
	status, out := qemurun.Run(t, testenv.NeedsTool(t, e.emulator, "qemu-user"), &p)
	if out != "" {
		t.Errorf("it says %s", out)
	}
	return status
}
