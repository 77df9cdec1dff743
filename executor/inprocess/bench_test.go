//go:build (linux || windows) && amd64

package inprocess

import (
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

func BenchmarkCallLeaf(b *testing.B) {
	add := mustBind[func(int32, int32) int32](b, compile(b, "gcc", bindSource)["add"], Leaf())
	b.ReportAllocs()
	for b.Loop() {
		add(1, 2)
	}
}

func BenchmarkCallBlocking(b *testing.B) {
	add := mustBind[func(int32, int32) int32](b, compile(b, "gcc", bindSource)["add"])
	b.ReportAllocs()
	for b.Loop() {
		add(1, 2)
	}
}

func BenchmarkCallBlockingParallel(b *testing.B) {
	add := mustBind[func(int32, int32) int32](b, compile(b, "gcc", bindSource)["add"])
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			add(1, 2)
		}
	})
}

func BenchmarkCallTwelveArguments(b *testing.B) {
	type long = int64
	sum := mustBind[func(a, b, c, d, e, f, g, h, i, j, k, l long) long](b, compile(b, "gcc", bindSource)["sum12"])
	b.ReportAllocs()
	for b.Loop() {
		sum(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
	}
}

func BenchmarkCallUntyped(b *testing.B) {
	addr := compile(b, "gcc", bindSource)["add"]
	sig, err := NewSignature(Int32, Int32, Int32)
	if err != nil {
		b.Fatal(err)
	}
	x, y := IntValue(Int32, 1), IntValue(Int32, 2)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Call(addr, sig, x, y); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCallback is one call of Go by C that is running already.
func BenchmarkCallback(b *testing.B) {
	loop := mustBind[func(executor.Addr, int32) int32](b, compile(b, "gcc",
		"int loop(int (*f)(int), int n) { int s = 0; for (int i = 0; i < n; i++) s += f(i); return s; }")["loop"])
	cb := mustCallback(b, func(n int32) int32 { return n })
	b.ReportAllocs()
	for b.Loop() {
		loop(cb.Addr(), 1000)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/callback")
}

func BenchmarkNewCallback(b *testing.B) {
	fn := func(n int32) int32 { return n }
	b.ReportAllocs()
	for b.Loop() {
		mustNew(b, fn).Release()
	}
}
