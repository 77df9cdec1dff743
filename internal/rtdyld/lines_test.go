package rtdyld

import (
	"encoding/binary"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestPrintLines has one object with debug information, whose lines are those of testdata/debug.c, and one without.
func TestPrintLines(t *testing.T) {
	inTestdata(t, nil)
	got := run("", "-printobjline", "debug.o", "add.o")
	if got.status != 0 || got.stderr != "" {
		t.Fatal(got)
	}
	want := debugLines
	if diff := cmp.Diff(want, got.stdout); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	loaded := run("", "-printline", "debug.o", "add.o")
	addresses := regexp.MustCompile(`Addr = \d+`)
	if addresses.ReplaceAllString(loaded.stdout, "") != addresses.ReplaceAllString(want, "") || loaded.stdout == want {
		t.Errorf("loaded: %v", loaded)
	}
	if again := run("", "--printdebugline", "debug.o", "add.o"); again != loaded {
		t.Errorf("debug object: %v\nwant %v", again, loaded)
	}
}

// sources are compiled with several compilers and versions of DWARF.
var sources = map[string]string{
	"a.c": `
#include "sub/inc.h"
int later(int n);
static int sum;
int first(int n) { for (int i = 0; i < n; i++) sum += twice(i); return sum; }
int later(int n) { return first(n) + twice(n); }
static int __attribute__((noinline)) kept(int n) { return n + sum; }
int __attribute__((weak)) maybe(int n) { return kept(n); }
int last(int n) { return kept(n); }
`,
	"sub/inc.h": "static inline int twice(int n)\n{\n  return n\n    * 2;\n}\n",
	"b.c":       "int x = 1;\n#line 100 \"other/generated.y\"\nint f(void) {\n return x;\n}\n#line 7 \"b.c\"\nvoid g(void) { x = 2; }\n",
}

var compilations = []string{
	"clang-14 -g -O2 -fPIC", "clang-14 -gdwarf-4 -O1", "clang-14 -gdwarf-2 -O0", "clang-14 -gdwarf-5 -gdwarf64 -O1", "clang-14 -gline-tables-only -gz=zlib -O1",
	"gcc -g -O0", "gcc -gdwarf-4 -gz -O1",
	"clang-14 -g -target aarch64-linux-gnu -ffreestanding", "clang-14 -g -O1 -target x86_64-apple-macosx10.12 -ffreestanding",
	"clang-14 -gdwarf-4 -O1 -target x86_64-pc-windows-gnu -ffreestanding",
}

// TestPrintLinesLLVM compares with llvm-rtdyld.
func TestPrintLinesLLVM(t *testing.T) {
	llvm := testenv.NeedsTool(t, "llvm-rtdyld-14", "llvm-14")
	inTestdata(t, sources)
	addresses := regexp.MustCompile(`Addr = \d+`)
	for _, compilation := range compilations {
		words := strings.Fields(compilation)
		compiler := testenv.NeedsTool(t, words[0], words[0])
		for _, source := range []string{"a.c", "b.c"} {
			args := append(words[1:len(words):len(words)], "-c", source, "-o", "out.o")
			if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", compilation, err, out)
			}
			object := runLLVM(llvm, "", "-printobjline", "out.o")
			for _, action := range []string{"-printobjline", "-printline", "-printdebugline"} {
				if (strings.Contains(compilation, "apple") || strings.Contains(compilation, "windows")) && action == "-printdebugline" {
					continue // LLVM has no debug objects of other formats than ELF, and dies
				}
				got, want := run("", action, "out.o"), runLLVM(llvm, "", action, "out.o")
				if words[0] == "gcc" { // LLVM does not find lines by load addresses if there is .debug_aranges
					want = object
				}
				if action != "-printobjline" { // each has its own memory
					got.stdout, want.stdout = addresses.ReplaceAllString(got.stdout, ""), addresses.ReplaceAllString(want.stdout, "")
				}
				if diff := cmp.Diff(want.String(), got.String()); diff != "" {
					t.Errorf("%s %s %s: (-want +got)\n%s", compilation, source, action, diff)
				}
				if strings.Count(got.stdout, "line:") < 3 {
					t.Errorf("%s %s %s: no lines:\n%v", compilation, source, action, got)
				}
			}
		}
	}
}

// TestDebugSectionsLLVM has the bytes of debug sections told by rules that are false.
func TestDebugSectionsLLVM(t *testing.T) {
	llvm := testenv.NeedsTool(t, "llvm-rtdyld-14", "llvm-14")
	inTestdata(t, nil)
	const object = "debug.o"
	in := &input{path: object}
	b, err := objimage.OpenBuffer(object)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if in.img, err = objimage.Parse(b); err != nil {
		t.Fatal(err)
	}
	var rules strings.Builder
	for i := 1; i < in.img.NumSections(); i++ {
		s := in.img.Section(i)
		if !isExtra(&s) && s.Flags&objimage.SectionAlloc == 0 || s.Size == 0 || s.Flags&objimage.SectionExec != 0 {
			continue
		}
		for off := uint64(0); off+4 <= s.Size; off += 4 {
			fmt.Fprintf(&rules, "# rtdyld-check: *{4}(section_addr(%s, %s)+%d) = 0x123456789\n", object, in.img.SectionName(i), off)
		}
	}
	writeFile(t, "rules", rules.String())
	args := []string{"-verify", "-triple=x86_64-linux-gnu", "-check=rules", object}
	got, want := run("", args...), runLLVM(llvm, "", args...)
	got.stderr = regexp.MustCompile(`(?m)^  at .*\n`).ReplaceAllString(got.stderr, "")
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := strings.Count(got.stderr, "is false"); n < 100 {
		t.Errorf("only %d words were compared", n)
	}
}

func TestFileNames(t *testing.T) {
	sections := map[string][]byte{"line_str": []byte("/dir\x00a.c\x00"), "str": []byte("b.c\x00")}
	for name, c := range map[string]struct {
		header string
		order  binary.ByteOrder
		want   []string
	}{
		"4": {"\x40\x00\x00\x00\x04\x00\x20\x00\x00\x00\x01\x01\x01\xfb\x0e\x03\x00\x01/inc\x00\x00x.c\x00\x00\x00\x00y.h\x00\x01\x02\x03\x00", binary.LittleEndian, []string{"", "x.c", "y.h"}},
		"2, big-endian, 64": {"\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x40\x00\x02\x00\x00\x00\x00\x00\x00\x00\x20\x01\x01\xfb\x0e\x01\x00x.c\x00\x00\x00\x00\x00",
			binary.BigEndian, []string{"", "x.c"}},
		"5": {"\x40\x00\x00\x00\x05\x00\x08\x00\x20\x00\x00\x00\x01\x01\x01\xfb\x0e\x01" +
			"\x01\x01\x1f\x01\x00\x00\x00\x00" +
			"\x03\x01\x1f\x02\x0b\x05\x1e\x02\x05\x00\x00\x00\x000123456789abcdef\x00\x00\x00\x00\x010123456789abcdef", binary.LittleEndian, []string{"a.c", "/dir"}},
		"cut off": {"\x40\x00\x00\x00\x04\x00\x20\x00\x00\x00\x01\x01\x01\xfb\x0e\x01\x00x.", binary.LittleEndian, []string{"", "x."}},
		"nothing": {"", binary.LittleEndian, []string{""}},
	} {
		sections["line"] = []byte("....." + c.header)
		got := fileNames(sections, 5, c.order)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

// debugLines is what is printed for testdata/debug.o and testdata/add.o.
const debugLines = `Function: debug_leaf, Size = 58, Addr = 0
  Line info @ 0: debug.c, line:5
  Line info @ 11: debug.c, line:6
  Line info @ 20: debug.c, line:6
  Line info @ 29: debug.c, line:7
  Line info @ 51: debug.c, line:7
  Line info @ 56: debug.c, line:8
Function: debug_middle, Size = 66, Addr = 58
  Line info @ 0: debug.c, line:11
  Line info @ 11: debug.c, line:12
  Line info @ 39: debug.c, line:13
  Line info @ 61: debug.c, line:13
  Line info @ 64: debug.c, line:14
Function: debug_entry, Size = 57, Addr = 124
  Line info @ 0: debug.c, line:17
  Line info @ 11: debug.c, line:18
  Line info @ 18: debug.c, line:19
  Line info @ 25: debug.c, line:19
  Line info @ 27: debug.c, line:20
  Line info @ 37: debug.c, line:20
  Line info @ 40: debug.c, line:19
  Line info @ 44: debug.c, line:19
  Line info @ 52: debug.c, line:21
  Line info @ 55: debug.c, line:22
Function: add, Size = 4, Addr = 0
Function: add64, Size = 5, Addr = 16
Function: add8, Size = 4, Addr = 32
Function: addf, Size = 5, Addr = 48
Function: addd, Size = 5, Addr = 64
Function: sum20, Size = 214, Addr = 80
Function: swap, Size = 16, Addr = 304
Function: middle, Size = 70, Addr = 320
Function: heavier, Size = 9, Addr = 400
Function: ramp, Size = 63, Addr = 416
Function: total, Size = 26, Addr = 480
Function: sum_array, Size = 35, Addr = 512
Function: apply, Size = 7, Addr = 560
Function: next_call, Size = 19, Addr = 576
Function: reset_calls, Size = 12, Addr = 608
`

// TestPrintLinesFormats: each of the three ways prints the lines of a function, for all processors that Mach-O and COFF are linked for.
func TestPrintLinesFormats(t *testing.T) {
	for _, triple := range []string{
		"x86_64-apple-macosx11", "arm64-apple-macosx11", "i386-apple-macosx10.9", "armv7-apple-ios9", "armv7-apple-ios9 -marm",
		"x86_64-pc-windows-msvc", "aarch64-pc-windows-msvc", "i686-pc-windows-gnu", "thumbv7-pc-windows-msvc",
	} {
		args := append(strings.Fields("-gdwarf-4 -O1 --target="+triple), "-ffreestanding")
		object := testenv.Compile(t, "clang-19", testenv.C, "int before(int n) { return n; }\n\n\nint answer(int *p)\n{\n  *p = 3;\n  return before(*p);\n}\n", args...)
		for _, way := range []string{"-printline", "-printdebugline", "-printobjline"} {
			got := run("", way, object)
			_, answer, ok := strings.Cut(got.stdout, "answer, Size")
			if !ok || got.status != 0 || !strings.Contains(answer, "Line info @ 0: source.c, line:") || !strings.Contains(answer, "line:6") {
				t.Errorf("%s %s: %v", triple, way, got)
			}
		}
	}
}
