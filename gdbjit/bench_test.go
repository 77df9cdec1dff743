package gdbjit

import "testing"

// BenchmarkRegister is what a small object with debug information costs when no debugger is attached.
func BenchmarkRegister(b *testing.B) {
	object := make([]byte, 4096)
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		e, err := RegisterObject(object)
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Unregister(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRegisterMany registers beside 10,000 others: it should cost the same.
func BenchmarkRegisterMany(b *testing.B) {
	object := make([]byte, 4096)
	var entries []*Entry
	for range 10000 {
		e, err := RegisterObject(object)
		if err != nil {
			b.Fatal(err)
		}
		entries = append(entries, e)
	}
	BenchmarkRegister(b)
	for _, e := range entries {
		if err := e.Unregister(); err != nil {
			b.Fatal(err)
		}
	}
}
