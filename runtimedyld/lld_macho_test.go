package runtimedyld

import (
	"bytes"
	"debug/macho"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// machoSources are two objects that refer to each other.
var machoSources = []string{`
extern int other_data, other_function(int);
static int numbers[64] = {1,2,3,4};
int *pointer = &numbers[5], zeros[8];
int (*function)(int) = other_function, *far_pointer = &other_data;
static const char *names[] = {"one","two","three"};
static int zero[100];
static __attribute__((noinline)) int local(int n) { return numbers[n & 63] + zero[n & 31]; }
int first(int n) { return local(n) + other_function(n) * zeros[2] + other_data; }
int second(int n) { switch (n) { case 0: return 5; case 1: return first(17); case 2: return local(1); case 3: return 9; case 4: return other_data; default: return 3; } }
const char *name(int n) { return n < 3 ? names[n] : "none"; }
void set(int v) { zero[5] = v; other_data = v; zeros[1] = v; function = first; *pointer = v; }
struct pair { int (*f)(int); const char *s; } pairs[] = {{first, "first"}, {second, "second"}, {local, "local"}};
long distance(void) { return (char *)second - (char *)first; }
`, `
int other_data = 5;
static long table[3] = {7, 8, 9};
extern int first(int);
extern struct pair { int (*f)(int); const char *s; } pairs[];
int other_function(int n) { return (int)table[n % 3] + (n > 3 ? first(n - 1) : pairs[n & 1].f(1)); }
`}

// machoAssembly has relocations that compilers write seldom, by ld64.lld's name of the processor.
var machoAssembly = map[string]string{
	"x86_64": `
	.globl _start
_start:	movb $1, _variable(%rip)
	movw $2, _variable+2(%rip)
	movl $3, _variable+4(%rip)
	movw $5, _variable(%rip)
	movl $6, _variable(%rip)
	cmpq $4, L_inner(%rip)
	callq _other_function
	jmp _start+2
	.section __DATA,__data
	.globl _variable
_variable: .quad 1, 2
L_inner: .quad _start + 1
here:	.long _start - here, _variable - here
	.quad _variable - _start + 3
	.quad here
`, "arm64": `
	.globl _start
_start:	adrp x0, _variable@PAGE
	add x0, x0, _variable@PAGEOFF
	ldrb w1, [x0, _variable@PAGEOFF+1]
	ldrh w1, [x0, _variable@PAGEOFF+2]
	ldr w1, [x0, _variable@PAGEOFF+4]
	ldr x1, [x0, _variable@PAGEOFF+8]
	ldr q1, [x0, _variable@PAGEOFF]
	adrp x0, _variable@PAGE+32
	bl _other_function
	b _start
	.section __DATA,__data
	.globl _variable
	.p2align 4
_variable: .quad 1, 2
	.quad _start + 1
here:	.long _start - here, _variable - here
	.quad _variable - _start + 3
	.quad here
`}

// TestMachOAgainstLLD links for the addresses that ld64.lld gives the sections of a library, and compares their bytes. Loads of GOT entries of what is in the library are relaxed by both.
func TestMachOAgainstLLD(t *testing.T) {
	for arch, assembly := range machoAssembly {
		compile := func(language, source string, args ...string) []byte {
			return testenv.CompileBytes(t, "clang-19", language, source, append(args, "-target", arch+"-apple-macosx11")...)
		}
		for _, level := range []string{"-O0", "-O2"} {
			t.Run(arch+level, func(t *testing.T) {
				var objects [][]byte
				for _, source := range machoSources {
					objects = append(objects, compile(testenv.C, source, level, "-fno-common", "-fno-stack-protector"))
				}
				againstLLD(t, arch, objects, "__text", "__data", "__cstring")
			})
		}
		t.Run(arch+" assembly", func(t *testing.T) {
			const other = ".globl _other_function\n_other_function: nop\n"
			againstLLD(t, arch, [][]byte{compile(testenv.Assembler, assembly), compile(testenv.Assembler, other)}, "__text", "__data")
		})
	}
}

// againstLLD compares sections of objects, these above all.
func againstLLD(t *testing.T, arch string, objects [][]byte, sections ...string) {
	lld, dir := testenv.NeedsTool(t, "ld64.lld-19", "lld-19"), t.TempDir()
	args := []string{"-arch", arch, "-platform_version", "macos", "11.0", "11.0", "-dylib", "-no_fixup_chains", "-ignore_optimization_hints", "-undefined", "dynamic_lookup", "-o", "out.dylib"}
	var images []*objimage.Object
	for i, data := range objects {
		name := string('a'+rune(i)) + ".o"
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
		images, args = append(images, parseObject(t, name, data)), append(args, name)
	}
	cmd := exec.Command(lld, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := macho.Open(filepath.Join(dir, "out.dylib"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	compareMachO(t, images, f, sections)
}

func compareMachO(t *testing.T, images []*objimage.Object, f *macho.File, sections []string) {
	t.Helper()
	addrs := map[string]uint64{}
	for _, y := range f.Symtab.Syms {
		addrs[y.Name] = y.Value
	}
	b := newBench(t, nil)
	var loaded []*Object
	for _, img := range images {
		o := b.loadImage(img)
		for i, addr := range machoSections(t, img, f, addrs) {
			if err := b.MapSectionAddress(o, i, addr); err != nil {
				t.Fatal(err)
			}
		}
		loaded = append(loaded, o)
	}
	b.resolve()
	compared := map[string]int{}
	for k, o := range loaded {
		for i := 1; i < images[k].NumSections(); i++ {
			name := string(images[k].SectionName(i))
			addr, ok := o.SectionLoadAddress(i)
			out := machoSectionAt(f, uint64(addr))
			if !ok || out == nil || name == "__eh_frame" || images[k].Section(i).Flags&objimage.SectionZeroFill != 0 {
				continue
			}
			data, err := out.Data()
			if err != nil {
				t.Fatal(err)
			}
			got, err := b.SectionContent(o, i)
			if err != nil {
				t.Fatal(err)
			}
			if want := data[uint64(addr)-out.Addr:][:len(got)]; !bytes.Equal(got, want) {
				t.Errorf("%s: section %s is\n% x, and ld64.lld has\n% x", images[k].Name(), name, got, want)
			}
			compared[name] += len(got)
		}
		if !t.Failed() {
			noteShown("bytes", images[k])
		}
	}
	for _, name := range sections {
		if compared[name] == 0 {
			t.Errorf("nothing of %s is compared: %v", name, compared)
		}
	}
}

// machoSectionAt returns the section at an address.
func machoSectionAt(f *macho.File, addr uint64) *macho.Section {
	for _, s := range f.Sections {
		if addr-s.Addr < s.Size {
			return s
		}
	}
	return nil
}

// machoSections returns where sections of an object are in what was linked: what its symbols tell, or where the section of that name begins.
func machoSections(t *testing.T, img *objimage.Object, f *macho.File, addrs map[string]uint64) map[int]executor.Addr {
	t.Helper()
	syms := make([]objimage.Symbol, img.NumSymbols())
	if _, err := img.Symbols(0, syms); err != nil {
		t.Fatal(err)
	}
	list := map[int]executor.Addr{}
	for i := 1; i < img.NumSections(); i++ {
		if s := f.Section(string(img.SectionName(i))); s != nil && img.Section(i).Flags&objimage.SectionAlloc != 0 && string(img.SectionName(i)) != "__eh_frame" {
			list[i] = executor.Addr(s.Addr)
		}
	}
	for i := range syms {
		y := &syms[i]
		addr, ok := addrs[img.FileName(string(img.SymbolName(y)))]
		if ok && y.Place == objimage.PlaceSection && y.Type != objimage.TypeSection {
			list[int(y.Section)] = executor.Addr(addr - y.Value)
		}
	}
	return list
}
