//go:build linux && amd64

package mcjit_test

import (
	"fmt"
	"testing"

	"github.com/gomcjit/gomcjit/internal/toygen"
)

// BenchmarkModules adds modules and looks their functions up one by one. What a module costs must not depend on how many there are; the toy compiler's share of it is the same for each.
func BenchmarkModules(b *testing.B) {
	for _, n := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				var g toygen.Generator
				e := newEngine(b)
				for i := range n {
					toy(b, e, &g, fmt.Sprint(i), fmt.Sprintf("func f%d = f%d + 1", i, max(i-1, 0)))
				}
				for i := range n {
					if _, err := e.FunctionAddress(fmt.Sprint("f", i)); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/module")
		})
	}
}
