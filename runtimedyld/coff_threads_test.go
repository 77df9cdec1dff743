package runtimedyld

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// coffThreadUser and coffThreadOwner share a block: the first has variables of its own, and knows those of the second.
const (
	coffThreadUser = `
	.text
	.globl	user
user:	movl	_tls_index(%rip), %eax
	leaq	own@SECREL32(%rcx), %rax
	leaq	owned@SECREL32+4(%rcx), %rax
	.section .tls$,"dw"
	.globl	own
own:	.quad	1, 2, 3
`
	coffThreadOwner = `
	.section .tls$,"dw"
	.quad	7
	.globl	owned
owned:	.quad	8
`
)

// indexedBench is a linker for Windows.
func indexedBench(t *testing.T) (*bench, *testStorage) {
	b, s := newBench(t, nil), newTestStorage()
	s.indexed = true
	b.SetThreadStorage(s)
	return b, s
}

// TestCOFFThreadsShareBlock: objects that know each other's variables have one block, whose number each has a word with, and which goes with the last of them.
func TestCOFFThreadsShareBlock(t *testing.T) {
	b, s := indexedBench(t)
	user, owner := b.loadImage(assembleCOFF(t, "user.o", windows, coffThreadUser)), b.loadImage(assembleCOFF(t, "owner.o", windows, coffThreadOwner))
	b.finalize()
	id, template := s.only(t)
	le, text := binary.LittleEndian, b.mm.section("user.o", ".text").Mem
	if own, owned := le.Uint32(text[6+3:]), le.Uint32(text[6+7+3:]); template.Image[own] != 1 || template.Image[owned-4] != 8 || template.Size != 40 {
		t.Errorf("own is at %d, owned at %d of %v", own, owned-4, template)
	}
	entries := b.mm.section("user.o", ".got.tls")
	if at := uint64(entries.Addr) - uint64(b.mm.section("user.o", ".text").Addr) - 6; uint64(le.Uint32(text[2:])) != at || le.Uint64(entries.Mem) != id {
		t.Errorf("_tls_index is at %#x and holds %d; want %#x, %d", le.Uint32(text[2:]), le.Uint64(entries.Mem), at, id)
	}
	if err := b.Remove(user); err != nil || len(s.modules) != 1 {
		t.Errorf("one is removed: %v, %d modules", err, len(s.modules))
	}
	if err := b.Remove(owner); err != nil {
		t.Error(err)
	}
	s.check(t)
}

// TestCOFFThreadErrors: what cannot be had is a typed error, at the step that finds it out.
func TestCOFFThreadErrors(t *testing.T) {
	load := func(name, source string) func(b *bench) error {
		return func(b *bench) error {
			_, err := b.LoadObject(assembleCOFF(t, name, windows, source))
			return err
		}
	}
	finalize := func(b *bench) error {
		_, err := b.Finalize()
		return err
	}
	dynamic := testenv.CompileBytes(t, "gcc", testenv.C, "static _Thread_local int v; int *get(void) { return &v; }", "-fPIC")
	for name, c := range map[string]struct {
		other bool // the storage is not Windows's
		steps []func(b *bench) error
		want  error
		text  string
	}{
		"no loader":  {true, []func(*bench) error{load("user.o", coffThreadUser)}, ErrUnsupportedSymbol, "_tls_index"},
		"a template": {true, []func(*bench) error{load("owner.o", coffThreadOwner)}, ErrUnsupportedSymbol, "loader of Windows"},
		"ELF": {false, []func(*bench) error{func(b *bench) error {
			_, err := b.LoadObject(parseObject(t, "elf.o", dynamic))
			return err
		}}, ErrUnsupportedSymbol, "no thread-local storage"},
		"a definition": {false, []func(*bench) error{load("index.o", ".data\n.globl _tls_index\n_tls_index: .long 0\n")}, ErrUnsupportedSymbol, "the linker itself defines it"},
		"undefined":    {false, []func(*bench) error{load("user.o", coffThreadUser), finalize}, ErrUndefinedSymbol, "owned"},
		"no variable": {false, []func(*bench) error{load("user.o", coffThreadUser), load("data.o", ".data\n.globl owned\nowned: .quad 1\n"), finalize},
			ErrThreadModel, "no thread-local variable"},
		"an address":    {false, []func(*bench) error{load("owner.o", coffThreadOwner), load("pointer.o", ".data\n.quad owned\n"), finalize}, ErrThreadLocal, "owned"},
		"linked before": {false, []func(*bench) error{load("owner.o", coffThreadOwner), finalize, load("user.o", coffThreadUser), finalize}, ErrThreadModel, "before either is finalized"},
	} {
		b, s := indexedBench(t)
		s.indexed = !c.other
		var err error
		for i, step := range c.steps {
			if err = step(b); (err != nil) != (i == len(c.steps)-1) {
				t.Errorf("%s: step %d: %v", name, i, err)
			}
		}
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
