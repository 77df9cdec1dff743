package runtimedyld

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/qemurun"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
)

// An execTarget is how programs of an architecture are compiled and run. Each architecture's test adds its own.
type execTarget struct {
	emulator string // "" runs them on this machine's kernel
	cpu      string // that the emulator has; "" is its own choice

	// Ways to compile: every compiler with every one of execFlags and flags, which may have words about where code is put: see execPlacer. If there is " / " in them, what is
	// before that is for main.o, and what is behind it for far.o.
	compilers, flags []string
	onlyFlags        bool   // without execFlags
	objectFlags      uint32 // to be set in headers of objects
	start            string // assembly: _start sets the thread pointer to thread_pointer, calls check, and exits with what it returns

	// A block of thread-local variables is at the thread pointer plus this; if negative, it ends there.
	threadOffset int64
	elfFlags     uint32   // of the program; 0 for those of its objects
	wide         bool     // the program is of 64 bits, though its objects are not
	starter      []string // assembles start, if the compiler of main.o does not
	header       string   // C, before the sources
	libgcc       []string // the compiler whose libgcc has what the code calls; nil if it calls nothing
}

// execTargets are executed, by LLVM's name of the architecture, behind which there may be that of a variant.
var execTargets = map[string]execTarget{}

var execFlags = []string{"-O0 -fPIC", "-O2 -fPIC", "-O0 -fno-pic", "-O2 -fno-pic"}

// execCommon is in both objects. far.o is out of reach of main.o's branches.
const execCommon = `
struct pair { long a, b; };
struct large { int v[9]; };
int far_add(int, int), far_call(int (*)(int), int), back(int), far_tail(int), main_tail(int), far_many(int, long, short, int, int, char, long, int, int, long long, int);
struct pair far_pair(long);
struct large far_large(struct large);
long long far_long(long long, int);
#ifndef NO_FLOAT
double far_scale(double, float);
#endif
extern int far_data, far_array[8], *far_pointer, common[16];
extern const char *const far_names[];
extern int (*const far_operations[])(int, int);
#ifndef NO_THREADS
extern __thread int far_thread, main_thread;
#endif
`

const execMain = execCommon + `
void *memcpy(void *to, const void *from, __SIZE_TYPE__ n)
{
	volatile char *t = to;
	for (const volatile char *f = from; n; n--) *t++ = *f++;
	return to;
}
void *memset(void *to, int c, __SIZE_TYPE__ n)
{
	for (volatile char *t = to; n; n--) *t++ = c;
	return to;
}
int common[16];
static int counter = 3, table[5] = { 1, 2, 3, 4, 5 };
static int *inside = &table[2], *volatile outside = &far_array[5];
static int twice(int n) { return 2 * n; }
int main_tail(int n) { return far_tail(n - 1); }
int back(int n) { return n + counter; }
static const double half = 0.5;
#ifndef NO_THREADS
__thread int main_thread = 41;
static __thread int local_thread = 17, zero_thread;
#endif
int jump(int n)
{
	switch (n) {
	case 0: return far_add(1, 1);
	case 1: return counter;
	case 2: return table[3];
	case 3: return far_data;
	case 4: return back(n) * 3;
	case 5: return twice(n) + far_call(twice, 1);
	case 6: return far_operations[1](n, 7);
	default: return -1;
	}
}
int weak_nowhere(int) __attribute__((weak));
extern int weak_data __attribute__((weak));
int check(void)
{
	int n = 0;
#define CHECK(x) do { n++; if (!(x)) return n; } while (0)
	CHECK(far_add(2, 3) == 5);
	CHECK(far_call(twice, 21) == 42);
	CHECK(far_call(back, 4) == 7);
	CHECK(far_pair(5).b == 6);
	struct large l = { { 1, 2, 3 } };
	CHECK(far_large(l).v[2] == 4);
#ifndef NO_FLOAT
	CHECK(far_scale(3, 1.5f) == 4.5 + half);
#endif
	CHECK(far_many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10000000000, 11) == 56);
	CHECK(far_data == 77);
	CHECK(far_array[3] == 33 && *outside == 55 && *inside == 3);
	CHECK(far_pointer == &counter + 0 || *far_pointer == 55);
	CHECK(far_names[1][2] == 'e');
	far_data++;
	CHECK(jump(0) == 2 && jump(1) == 3 && jump(2) == 4 && jump(3) == 78 && jump(4) == 21 && jump(5) == 12 && jump(6) == 42 && jump(7) == -1);
	common[3] = 9;
	CHECK(far_add(common[3], 0) == 9 && far_array[7] == 0);
	CHECK(far_call(0, 3) == 9);
	CHECK(!weak_nowhere && !&weak_data);
	CHECK(main_tail(6) == 42);
	CHECK(far_long(0x100000000, 3) == 0x300000000);
#ifndef NO_THREADS
	CHECK(main_thread == 41);
	CHECK(local_thread == 17 && zero_thread == 0);
	CHECK(far_thread == 99);
	far_thread++, main_thread++, zero_thread++;
	CHECK(far_call(0, -1) == 100 + 42);
	CHECK(zero_thread == 1 && local_thread == 17);
#endif
	return 0;
}
`

const execFar = execCommon + `
int far_data = 77, far_array[8] = { 0, 11, 22, 33, 44, 55 }, *far_pointer = &far_array[5];
const char *const far_names[] = { "zero", "one", "two" };
#ifndef NO_THREADS
__thread int far_thread = 99;
#endif
int far_add(int a, int b) { return a + b; }
int far_tail(int n) { return n <= 0 ? 42 : main_tail(n); }
long long far_long(long long a, int b) { long long s = 0; while (b-- > 0) s += a; return s; }
static int far_mul(int a, int b) { return a * b; }
int (*const far_operations[])(int, int) = { far_add, far_mul };
int far_call(int (*f)(int), int n)
{
#ifndef NO_THREADS
	if (n < 0) return far_thread + main_thread;
#endif
	if (!f) return common[n];
	return f == back ? back(n) : f(n);
}
struct pair far_pair(long n) { struct pair p = { n, n + 1 }; return p; }
struct large far_large(struct large l) { l.v[2]++; return l; }
#ifndef NO_FLOAT
double far_scale(double d, float f) { return d * f + 0.5; }
#endif
int far_many(int a, long b, short c, int d, int e, char f, long g, int h, int i, long long j, int k) { return a + b + c + d + e + f + g + h + i + (j == 10000000000) * 0 + k; }
`

// TestCrossExecution compiles, links and runs two objects on every architecture, in all ways: calls in both directions by stubs, data by GOT entries, tables, jumps,
// commons, what is undefined, and thread-local variables. The status is the number of the check that failed.
func TestCrossExecution(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for _, name := range slices.Sorted(maps.Keys(execTargets)) {
		target := execTargets[name]
		arch, _, _ := strings.Cut(name, " ")
		t.Run(name, func(t *testing.T) {
			flags := slices.Concat(execFlags, target.flags)
			if target.onlyFlags {
				flags = target.flags
			}
			for _, compiler := range target.compilers {
				for i, flags := range flags {
					if testing.Short() && i > 1 {
						break
					}
					t.Run(compiler+" "+flags, func(t *testing.T) { target.run(t, archByName(t, arch), compiler, flags) })
				}
			}
		})
	}
}

// execBoth returns what is for main.o and what is for far.o.
func execBoth(words string) (main, far []string) {
	before, after, two := strings.Cut(words, " / ")
	if !two {
		after = before
	}
	return strings.Fields(before), strings.Fields(after)
}

func (c *execTarget) run(t *testing.T, a testArch, compiler, flags string) {
	mainCompiler, farCompiler := execBoth(compiler)
	mainFlags, farFlags := execBoth(flags)
	mm := newTestMM()
	mm.at = execPlacer(append(mainFlags, farFlags...))
	b := &bench{RuntimeDyld: New(mm, knows(map[string]uint64{"thread_pointer": execThread})), mm: mm, t: t}
	storage := &execStorage{testStorage: newTestStorage(), offset: c.threadOffset}
	b.SetThreadStorage(storage)
	elfFlags := c.elfFlags
	compile := func(name, lang, source string, compiler []string, flags ...string) {
		args := append(slices.Clone(compiler[1:]), "-w", "-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables")
		for _, f := range flags {
			if !slices.Contains(execPlaces, f) {
				args = append(args, f)
			}
		}
		data := testenv.CompileBytes(t, compiler[0], lang, source, args...)
		at, order := data[24+3*a.wordSize():], a.order()
		order.PutUint32(at, order.Uint32(at)|c.objectFlags)
		o := parseObject(t, name, data)
		noteShown("run", o)
		b.loadImage(o)
		if c.elfFlags == 0 {
			elfFlags |= o.ELFFlags()
		}
	}
	compile("main.o", testenv.C, c.header+execMain, mainCompiler, mainFlags...)
	compile("far.o", testenv.C, c.header+execFar, farCompiler, farFlags...)
	starter := mainCompiler
	if c.starter != nil {
		starter = c.starter
	}
	compile("start.o", "assembler-with-cpp", c.start, starter)
	if c.libgcc != nil {
		b.loadMembers(libgccOf(t, c.libgcc))
	}
	storage.descriptor, _ = b.SymbolLoadAddress("thread_descriptor")
	if err := b.ResolveRelocations(); err != nil {
		t.Fatal(err)
	}
	b.version++ // as if something had been loaded in between: it is linked again, with the same result
	b.finalize()
	img := &qemurun.Image{Machine: a.machine, Wide: a.wide || c.wide, Big: a.big, Flags: elfFlags, Entry: b.addr("_start"), Segments: mm.segments()}
	img.Segments = append(img.Segments, qemurun.Segment{Addr: execThread - execBlock, Data: storage.memory[:], Write: true})
	if c.cpu != "" {
		t.Setenv("QEMU_CPU", c.cpu)
	}
	emulator := ""
	if c.emulator != "" {
		emulator = testenv.NeedsTool(t, c.emulator, "qemu-user")
	}
	if status, output := qemurun.Run(t, emulator, img); status != 0 {
		t.Errorf("check %d failed; %s", status, output)
	}
	mm.check(t)
	b.Close()
}

// Where things are in the program.
const (
	execThread = 0x0700_8000 // the thread pointer
	execBlock  = 0x8000      // bytes before and behind it
	execNear   = 0x0800_0000
	execLower  = 0x1000_0000
	execFarOff = 0x6000_0000 // of far.o
	execUpper  = 0xc000_0000
	execHigh   = 0x2_0000_0000
	execTop    = 0x30_0000_0000 // the emulators take seconds for as much between addresses
)

// execPlaces are the words of execPlacer.
var execPlaces = []string{"upper", "high", "top", "near", "apart", "lower", "small"}

// execPlacer puts each section on pages of its own. With the word "upper", far.o is beyond 2 GiB; with "high", beyond 4 GiB; with "top", beyond 128 GiB; with "near", it is in reach of branches; with "apart", its sections
// of code are not near each other; with "small", small data of all objects is together, and what has to be near the TOC base. With "lower", main.o is in the lower half of a region of 256 MiB, as far.o is: qemu-user 7.2 has
// microMIPS jumps keep 4 bits of the program counter, where the architecture says 5.
func execPlacer(words []string) func(memmgr.Module, *memmgr.Section) (executor.Addr, bool) {
	near := uint64(execNear)
	if slices.Contains(words, "lower") {
		near = execLower
	}
	next := map[string]uint64{"main.o": near, "start.o": near + 0x100_0000, "far.o": execFarOff, smallNames[smallData]: near + 0x200_0000, smallNames[smallConst]: near + 0x300_0000}
	gots := map[string]uint64{} // their ends
	for word, at := range map[string]uint64{"upper": execUpper, "high": execHigh, "top": execTop, "near": near + 0x40_0000} {
		if slices.Contains(words, word) {
			next["far.o"] = at
		}
	}
	apart, small := slices.Contains(words, "apart"), slices.Contains(words, "small")
	return func(m memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
		name := m.Name
		if next[name] == 0 {
			name = "start.o"
		}
		if s.Index == SectionThreads && gots[m.Name] != 0 { // displacements from the GOT may have 16 bits
			return executor.Addr(alignUp(gots[m.Name], s.Align)), true
		}
		if file := m.SectionName(s); small && (file == ".toc" || file == ".got" || file == ".got.tls") {
			own := name + " TOC"
			if next[own] == 0 {
				next[own] = next[name] + 0x80_0000 // start.o is 0x100_0000 behind main.o
			}
			at := alignUp(next[own], 1<<12)
			next[own] = at + s.Size
			return executor.Addr(at), true
		}
		if area := smallAreaOf([]byte(m.SectionName(s))); small && area != smallNone {
			name = smallNames[area]
			at := alignUp(next[name], 1<<12)
			next[name] = at + s.Size
			return executor.Addr(at), true
		}
		at := alignUp(next[name], max(s.Align, 1<<16))
		if s.Index == SectionGOT {
			gots[m.Name] = at + s.Size
			next[name] = at + s.Size + 1<<14
			return executor.Addr(at), true
		}
		next[name] = at + s.Size
		if apart && name == "far.o" && s.Kind == memmgr.Code {
			next[name] += 0x10_0000
		}
		return executor.Addr(at), true
	}
}

// segments returns everything that is allocated. A GOT and the entries for thread-local variables are one: they have a page in common.
func (m *testMM) segments() (list []qemurun.Segment) {
	for _, a := range m.live {
		for i := range a.secs {
			s := &a.secs[i]
			if s.Size == 0 {
				continue
			}
			got := slices.IndexFunc(a.secs, func(got memmgr.Section) bool { return got.Index == SectionGOT && s.Index == SectionThreads })
			if got >= 0 {
				g := slices.IndexFunc(list, func(seg qemurun.Segment) bool { return seg.Addr == uint64(a.secs[got].Addr) })
				list[g].Data = append(append(bytes.Clone(list[g].Data), make([]byte, uint64(s.Addr)-list[g].Addr-uint64(len(list[g].Data)))...), s.Mem...)
				continue
			}
			list = append(list, qemurun.Segment{Addr: uint64(s.Addr), Data: s.Mem, Exec: s.Kind == memmgr.Code, Write: s.Kind == memmgr.RWData})
		}
	}
	return list
}

// An execStorage puts all blocks of thread-local variables into one memory, at constant distances from the thread pointer.
type execStorage struct {
	*testStorage
	offset     int64 // of the first block; if negative, of the end of it
	descriptor executor.Addr
	memory     [2 * execBlock]byte // around the thread pointer
	used       int64
}

func (s *execStorage) AddThreadModule(t executor.ThreadTemplate) (executor.ThreadModule, error) {
	m, err := s.testStorage.AddThreadModule(t)
	size := int64(alignUp(t.Size, 64))
	if m.Static, m.Offset = true, s.offset+s.used; s.offset <= 0 {
		m.Offset = s.offset - s.used - size
	}
	s.used += size
	if s.used > execBlock/2 {
		return m, fmt.Errorf("%d bytes of thread-local variables", s.used)
	}
	copy(s.memory[execBlock+m.Offset:], t.Image)
	m.ID = uint64(execThread + m.Offset) // for __tls_get_addr: the block's address
	return m, err
}

func (s *execStorage) RemoveThreadModule(executor.ThreadModule) error { return nil }
func (s *execStorage) ThreadFunction(string) executor.Addr            { return 0 }
func (s *execStorage) DescriptorFunction(bool) executor.Addr          { return s.descriptor }
