package runtimedyld

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

func init() {
	names := map[uint32]string{0: "R_BPF_NONE", 1: "R_BPF_64_64", 2: "R_BPF_64_ABS64", 3: "R_BPF_64_ABS32", 4: "R_BPF_64_NODYLD32", 10: "R_BPF_64_32"}
	abis["bpfel"] = abi{prefix: "R_BPF_", name: func(uint32) string { return "" }, more: names,
		rows: map[uint32]abiRow{0: {"0", 0}, 1: {"S + A", 128}, 2: {"S + A", 64}, 3: {"S + A", 32}, 4: {"0", 0}, 10: {"S + A - P", 64}}}
}

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
