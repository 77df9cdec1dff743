//go:build linux && amd64

package epc

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// BenchmarkTransports measures a round trip, and how fast a megabyte is installed and released, in a server of this process.
func BenchmarkTransports(b *testing.B) {
	s, err := NewServer(testHost(), WithoutToken())
	if err != nil {
		b.Fatal(err)
	}
	for network, address := range map[string]string{"tcp": ":0", "unix": filepath.Join(b.TempDir(), "socket")} {
		at, served := make(chan net.Addr, 1), make(chan error, 1)
		go func() { served <- s.ServeOne(context.Background(), network, address, func(a net.Addr) { at <- a }) }()
		p, err := Dial(context.Background(), network, (<-at).String())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(network+"/look-up", func(b *testing.B) {
			for b.Loop() {
				if _, err := p.Lookup("malloc"); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(network+"/install", func(b *testing.B) {
			content := make([]byte, 1<<20)
			b.SetBytes(1 << 20)
			for b.Loop() {
				base, err := p.Reserve(1<<20, 0)
				if err != nil {
					b.Fatal(err)
				}
				if err := p.Install(base, []executor.Segment{{Prot: executor.MemRead, Addr: base, Size: 1 << 20, Content: content}}); err != nil {
					b.Fatal(err)
				}
				if err := p.Release(base); err != nil {
					b.Fatal(err)
				}
			}
		})
		if err := p.Close(); err != nil {
			b.Error(err)
		}
		<-served
	}
}
