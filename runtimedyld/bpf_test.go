package runtimedyld

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

func init() {
	bpfTarget := crossTarget{
		compilers: []string{"bpf-gcc"}, onlyFlags: true, ld: "bpf-ld", bases: []uint64{0x10_0000, 0x7000_0000}, all: true,
		sources: []crossSource{{lang: testenv.C, text: bpfC}, {lang: testenv.C, text: bpfC, flags: "-DWITH_STRUCTS"}}, assembler: []string{bpfAssembler}, least: crossSum{objects: 40, relocs: 2000, relaxed: 50}, adapt: bpfAdapt,
	}
	for _, level := range []string{"-O0", "-O1", "-O2", "-O3", "-Os", "-Og"} {
		for _, more := range []string{"", " -fPIC", " -ffunction-sections -fdata-sections", " -mxbpf"} {
			bpfTarget.flags = append(bpfTarget.flags, level+more)
		}
	}
	crossTargets["bpfel"] = bpfTarget
	bpfTarget.compilers, bpfTarget.asFlags, bpfTarget.link = []string{"bpf-gcc -mbig-endian"}, "-Wa,-EB", []string{"-EB"}
	crossTargets["bpfeb"] = bpfTarget
	names := map[uint32]string{0: "R_BPF_NONE", 1: "R_BPF_64_64", 2: "R_BPF_64_ABS64", 3: "R_BPF_64_ABS32", 4: "R_BPF_64_NODYLD32", 10: "R_BPF_64_32",
		5: "R_BPF_DATA_8_PCREL", 6: "R_BPF_DATA_16_PCREL", 7: "R_BPF_DATA_32_PCREL", 8: "R_BPF_DATA_8", 9: "R_BPF_DATA_16", 11: "R_BPF_DATA_32", 12: "R_BPF_DATA_64", 13: "R_BPF_DATA_64_PCREL"}
	abis["bpfel"] = abi{prefix: "R_BPF_", name: func(uint32) string { return "" }, more: names,
		rows: map[uint32]abiRow{0: {"0", 0}, 1: {"S + A", 128}, 2: {"S + A", 64}, 3: {"S + A", 32}, 4: {"0", 0}, 10: {"S + A - P", 64},
			8: {"S + A", 8}, 9: {"S + A", 16}, 11: {"S + A", 32}, 12: {"S + A", 64}}}
}

// bpfAdapt is for calls of global functions of the same section, which GNU ld 2.40 leads somewhere else: see bpfFix.
func bpfAdapt(c *crossSection, row *howto, i int) bool {
	r := &c.relocs[i]
	y := &c.symbols[r.Sym]
	if row.name != "R_BPF_64_32" || y.Binding == objimage.BindLocal || y.Place != objimage.PlaceSection || int(y.Section) != c.index || y.Value == 0 {
		return false
	}
	if to := r.Offset + uint64(row.field.addend(c.ours[r.Offset:])); to != y.Value {
		c.t.Errorf("%s: the call at %#x goes to %#x of the section, and its function is at %#x", c.name, r.Offset, to, y.Value)
	}
	c.relaxed++
	c.same(r.Offset, uint64(row.field.size))
	return true
}

// bpfC is for compilers that know neither floats nor tables of jumps nor more than five parameters.
const bpfC = `
extern int far_function(int), far_data, far_array[16];
extern int weak_data __attribute__((weak));
int global = 7, zero, array[64] = { 1, 2, 3 };
static int counter = 3, statics[8];
static const char *const names[] = { "zero", "one", "two", "three", "zero" };
static int add(int a, int b) { return a + b; }
static int mul(int a, int b) { return a * b; }
int (*const operations[])(int, int) = { add, mul };
int (*pointer)(int) = far_function;
int *inside = &array[5], *outside = &far_array[3];
const char *text(int n) { return n < 5 ? names[n] : "many"; }
int steps(int n)
{
	if (n == 0) return far_function(1);
	if (n == 1) return add(n, counter++);
	if (n == 2) return statics[n];
	if (n == 3) return far_data;
	return n == 4 ? zero-- : array[n];
}
int __attribute__((noinline, section("other"))) tail(int n) { return far_function(n + global); }
int __attribute__((weak)) overridable(int n) { return n; }
int use(int n) { return overridable(n) + tail(n) + *inside + *outside + (&far_data == outside); }
int *weak(void) { return &weak_data; }
#ifdef WITH_STRUCTS
struct item { struct item *next; const char *name; int (*call)(int); short small; };
extern struct item far_item;
struct item one = { &far_item, "one", tail, 5 }, two = { &one, "two", use, 6 };
static struct item *const list[] = { &one, &two, &far_item };
int each(int n) { int sum = 0; for (struct item *i = list[n]; i; i = i->next) sum += i->small + far_function(n); return sum; }
#endif
`

// bpfAssembler has what gcc writes seldom.
const bpfAssembler = `
	.text
	.globl main
main:	lddw %r1, far_data+8
	lddw %r2, own_data+4
	call far_function
	call local
	exit
	.section .text.second, "ax"
local:	exit
	.data
	.globl own_data
own_data:
	.quad far_data, far_data+0x10, own_data+8, main
	.long low, low+4, own_data
	.short medium
	.byte tiny
	.globl low, medium, tiny
	low = 0x12345678
	medium = 0x1234
	tiny = 77
`

// TestBPF links what clang makes, and follows each relocation as an interpreter would.
func TestBPF(t *testing.T) {
	const source = `
extern int far_data, far_function(int);
static int own[4] = { 1, 2, 3 };
int *pointer = &far_data, *inside = &own[2];
__attribute__((noinline)) int second(int n) { return n + 1; }
__attribute__((section("other"), noinline)) int third(int n) { own[n] = n; return n - 1; }
int first(int n) { return far_function(n) + second(n) + third(n) + far_data; }
`
	for _, target := range []string{"bpfel", "bpfeb"} {
		t.Run(target, func(t *testing.T) {
			b := newBench(t, map[string]uint64{".text": 0x7000_0000_0000, "other": 0x7000_1000_0000, ".data": 0x1234_5678_0000})
			b.RuntimeDyld = New(b.mm, knows(map[string]uint64{"far_data": 0xfedc_ba98_7654_3210, "far_function": 0x7003_0000_0000}))
			o := b.loadImage(parseObject(t, "first.o", testenv.CompileBytes(t, "clang-19", testenv.C, source, "--target="+target, "-O2", "-g")))
			b.finalize()
			at, sec := b.addr("first"), b.mm.section("first.o", ".text")
			code := sec.Mem[at-uint64(sec.Addr):]
			order := o.arch.word.order
			var calls []string
			for len(code) >= 8 && code[0] != 0x95 { // exit
				imm := order.load(code[4:], 4)
				switch code[0] {
				case 0x85: // call
					calls = append(calls, fmt.Sprintf("call %#x", at+8+8*uint64(signExtend(imm, 32))))
				case 0x18: // ld_imm64
					calls = append(calls, fmt.Sprintf("load %#x", order.load(code[12:], 4)<<32|imm))
					code, at = code[8:], at+8
				}
				code, at = code[8:], at+8
			}
			got := strings.Join(calls, ", ")
			want := fmt.Sprintf("call 0x700300000000, call %#x, call %#x, load 0xfedcba9876543210", b.addr("second"), b.addr("third"))
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
			data := b.mm.section("first.o", ".data")
			if p := order.load(data.Mem[b.addr("pointer")-uint64(data.Addr):], 8); p != 0xfedc_ba98_7654_3210 {
				t.Errorf("pointer is %#x", p)
			}
			p := order.load(data.Mem[b.addr("inside")-uint64(data.Addr):], 8)
			if off := p - uint64(data.Addr); off+4 > data.Size || order.load(data.Mem[off:], 4) != 3 {
				t.Errorf("inside is %#x", p)
			}
		})
	}
}
