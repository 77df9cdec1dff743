package main

import "testing"

// TestArchOfTriple compares the names of triples with those of objects' architectures: one is no other's beginning.
func TestArchOfTriple(t *testing.T) {
	for triple, want := range map[string]string{
		"x86_64-pc-linux-gnu": "x86_64", "powerpc64le-unknown-linux": "ppc64le", "powerpc64": "ppc64", "ppc-unknown-linux": "ppc", "mipsel-unknown-linux": "mipsel", "mips": "mips",
		"armv7-unknown-linux": "arm", "i686-pc-linux": "i386", "arm64-apple-darwin": "aarch64", "aarch64-unknown-linux": "aarch64", "riscv64-unknown-none": "riscv64", "armeb-x": "armeb",
	} {
		if got := archOfTriple(triple); got != want {
			t.Errorf("%s: %s, want %s", triple, got, want)
		}
	}
}
