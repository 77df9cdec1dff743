package inprocess

import (
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// Code for either float convention and either instruction set is called, and calls back.
func TestFloatConventions(t *testing.T) {
	const source = `
double mixed(int a, double b, float c, int d, float e) { return a + b * c + d * e; }
struct pair { float x, y; };
struct pair swap(struct pair p, float add) { struct pair r = { p.y + add, p.x }; return r; }
int apply(int (*f)(int), int n) { return f(n) + 1; }`
	type pair struct{ X, Y float32 }
	square := mustCallback(t, func(n int32) int32 { return n * n })
	for _, abi := range []string{"softfp", "hard"} {
		for _, set := range []string{"-marm", "-mthumb"} {
			for _, cc := range []string{"gcc", "clang"} {
				code := compile(t, cc, source, "-mfloat-abi="+abi, set)
				var opts []Option
				if abi != "hard" {
					opts = append(opts, SoftFloat())
				}
				mixed := mustBind[func(int32, float64, float32, int32, float32) float64](t, code["mixed"], opts...)
				if got := mixed(1, 2.5, 4, 3, 0.5); got != 12.5 {
					t.Errorf("%s %s %s: mixed = %v", cc, abi, set, got)
				}
				swap := mustBind[func(pair, float32) pair](t, code["swap"], opts...)
				if got := swap(pair{1, 2}, 0.5); got != (pair{2.5, 1}) {
					t.Errorf("%s %s %s: swap = %v", cc, abi, set, got)
				}
				apply := mustBind[func(executor.Addr, int32) int32](t, code["apply"], opts...)
				if got := apply(square.Addr(), 7); got != 50 {
					t.Errorf("%s %s %s: apply = %d", cc, abi, set, got)
				}
			}
		}
	}
}
