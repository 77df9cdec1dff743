package runtimedyld

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

const debugHeader = `
int outside(int);
template <class T> struct Holder { static T held; };
template <class T> T Holder<T>::held = 42;
inline __attribute__((noinline)) int shared(int x) {
	int local = outside(x);
	local += Holder<int>::held;
	return local * 2;
}
`

// debugObject loads two objects with one inline function, and returns the second one and what debuggers get of it.
func debugObject(t *testing.T, b *bench, compiler string, flags ...string) (*Object, *dwarf.Data) {
	t.Helper()
	compile := func(source string) *objimage.Object {
		data := testenv.CompileBytes(t, compiler, testenv.CXX, debugHeader+source, append(flags, "-fPIC")...)
		return parseObject(t, source, data)
	}
	b.loadImage(compile(`extern "C" int first(int x) { return shared(x) + 1; }`))
	second := b.loadImage(compile(`extern "C" int second(int x) { int y = shared(x); return outside(y); }`))
	b.finalize()
	out, err := second.DebugImage().DebugObject()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	data, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	return second, data
}

// has says whether an address is in a loaded section of the object.
func (o *Object) has(addr uint64) bool {
	for k := range o.fileSections() {
		if at := o.loadAddr(k); addr >= at && addr <= at+o.size(k) {
			return true
		}
	}
	return false
}

// TestDebugOfDropped: to debuggers the functions and variables of a dropped group are nowhere, in all that debug information says of them; all else is where it was loaded.
func TestDebugOfDropped(t *testing.T) {
	for _, compiler := range []string{"g++", "clang++", "clang++ --target=riscv64-linux-gnu", "clang++ --target=aarch64-linux-gnu", "clang++ --target=arm-linux-gnueabihf",
		"clang++ --target=powerpc64le-linux-gnu"} {
		for _, flags := range []string{"-gdwarf-4 -O0", "-gdwarf-4 -O2", "-gdwarf-5 -O0", "-gdwarf-5 -O2", "-gdwarf-5 -O1 -gz=zlib"} {
			t.Run(compiler+" "+flags, func(t *testing.T) {
				b := newBenchResolving(t, nil, knows(map[string]uint64{"_Z7outsidei": 0x1234, "__aeabi_unwind_cpp_pr0": 0x2345}))
				command := strings.Fields(compiler)
				second, data := debugObject(t, b, command[0], append(command[1:], strings.Fields(flags)...)...)
				functions, units := map[string]uint64{}, 0
				for r := data.Reader(); ; {
					e, err := r.Next()
					if err != nil {
						t.Fatal(err)
					}
					if e == nil {
						break
					}
					switch e.Tag {
					case dwarf.TagCompileUnit:
						units++
						checkUnit(t, second, data, e)
					case dwarf.TagSubprogram:
						if low, ok := e.Val(dwarf.AttrLowpc).(uint64); ok {
							name, _ := e.Val(dwarf.AttrName).(string)
							functions[name] = low
						}
					}
				}
				if shared, ok := functions["shared"]; !ok || shared != 0 || functions["second"] != b.addr("second") || units != 1 {
					t.Errorf("%d units, functions %#x", units, functions)
				}
			})
		}
	}
}

// checkUnit checks the ranges and the lines of a compilation unit.
func checkUnit(t *testing.T, o *Object, data *dwarf.Data, unit *dwarf.Entry) {
	t.Helper()
	ranges, err := data.Ranges(unit)
	if err != nil {
		t.Fatal(err)
	}
	inMemory := 0
	for _, r := range ranges {
		if o.has(r[0]) && o.has(r[1]) {
			inMemory++
		} else if r[0] > 1 || r[0] == 1 && r[1] != 1 {
			t.Errorf("range %#x", r)
		}
	}
	lines, err := data.LineReader(unit)
	if err != nil {
		t.Fatal(err)
	}
	there, nowhere := 0, 0
	for {
		var e dwarf.LineEntry
		if err := lines.Next(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		switch {
		case o.has(e.Address):
			there++
		case e.Address < 0x100: // in the dropped function
			nowhere++
		default:
			t.Errorf("line %d at %#x", e.Line, e.Address)
		}
	}
	if inMemory == 0 || there == 0 || nowhere == 0 {
		t.Errorf("%d ranges in memory, %d lines there and %d nowhere", inMemory, there, nowhere)
	}
}

// TestDebugOfBroken: relocations of debug sections that make no sense are left out.
func TestDebugOfBroken(t *testing.T) {
	b := newBench(t, nil)
	b.load(grouped("a.o", grpCOMDAT))
	w := grouped("b.o", grpCOMDAT)
	info := w.section(".debug_info", 0, make([]byte, 16))
	for _, r := range []struct {
		off uint64
		typ elf.R_X86_64
		sym uint32
	}{{100, elf.R_X86_64_64, 1}, {1<<64 - 1, elf.R_X86_64_64, 1}, {0, 200, 1}, {0, elf.R_X86_64_64, 1 << 30}, {0, elf.R_X86_64_DTPMOD64, 1}, {13, elf.R_X86_64_32, 1}} {
		w.reloc(info, r.off, r.typ, r.sym, 0x11)
	}
	w.reloc(info, 4, elf.R_X86_64_32, w.local("here", info, 3), 0x10)
	o := b.load(w)
	b.finalize()
	out, err := o.DebugImage().DebugObject()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	want := make([]byte, 16)
	want[4] = 0x13
	if got, err := f.Sections[info].Data(); err != nil || !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}
