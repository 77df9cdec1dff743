//go:build linux && (mips || mipsle || mips64 || mips64le)

package inprocess

import "testing"

// Code for processors without floating point is called. It only moves floats here: arithmetic would need a library.
func TestFloatConventions(t *testing.T) {
	const source = `
struct pair { float x, y; };
struct pair swap(struct pair p) { struct pair r = { p.y, p.x }; return r; }
double second(float a, double b, int c) { return c ? b : 0; }
float tenth(int a, float b, double c, int d, float e, double f, float g, int h, double i, float j) { return j; }`
	type pair struct{ X, Y float32 }
	code := compile(t, "gcc", source, "-msoft-float")
	if got := mustBind[func(pair) pair](t, code["swap"], SoftFloat())(pair{1, 2}); got != (pair{2, 1}) {
		t.Errorf("swap = %v", got)
	}
	if got := mustBind[func(float32, float64, int32) float64](t, code["second"], SoftFloat())(1, 2.5, 3); got != 2.5 {
		t.Errorf("second = %v", got)
	}
	tenth := mustBind[func(a int32, b float32, c float64, d int32, e float32, f float64, g float32, h int32, i float64, j float32) float32](t, code["tenth"], SoftFloat())
	if got := tenth(1, 2, 3, 4, 5, 6, 7, 8, 9, 10.5); got != 10.5 {
		t.Errorf("tenth = %v", got)
	}
}
