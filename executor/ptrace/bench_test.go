//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"context"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// Round trips to a process that sleeps.
func BenchmarkCall(b *testing.B) {
	p := attach(b, start(b, program(b), "read"))
	add := find(b, p, "add8")
	for b.Loop() {
		if _, err := p.CallValues(context.Background(), add, executor.Integer, executor.IntValue(1)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReserveInstallRelease(b *testing.B) {
	p := attach(b, start(b, program(b), "read"))
	content := make([]byte, 64<<10)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		base, err := p.Reserve(uint64(len(content)), 0)
		if err == nil {
			err = p.Install(base, []executor.Segment{{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: uint64(len(content)), Content: content}})
		}
		if err == nil {
			err = p.Release(base)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
