package objgen

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// compile makes the object of a C text, unless it is there.
func (g *Generator) compile(ctx context.Context, set, object, text string, flags []string) error {
	path := filepath.Join(g.Dir, object)
	if exists(path) {
		return nil
	}
	args := append(slices.Clone(flags), "-x", "c", "-", "-c", "-o", path+".tmp")
	if err := g.run(ctx, set, "gcc", "gcc", strings.NewReader(text), args...); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// makeMany returns the maker of a family of small C objects. All sets of a family share their objects.
func makeMany(flags ...string) maker {
	flags = append(slices.Clone(manyFlags), flags...)
	return func(ctx context.Context, g *Generator, set string, n int) ([]string, error) {
		family := set[:strings.LastIndexByte(set, '-')]
		if err := os.MkdirAll(filepath.Join(g.Dir, family), 0o777); err != nil {
			return nil, err
		}
		paths := make([]string, n)
		for i := range paths {
			paths[i] = fmt.Sprintf("%s/o%05d.o", family, i)
		}
		err := g.parallel(ctx, n, func(ctx context.Context, i int) error {
			return g.compile(ctx, set, paths[i], manySource(i), flags)
		})
		if err != nil {
			return nil, err
		}
		root := fmt.Sprintf("%s/root_%d.o", family, n)
		return append(paths, root), g.compile(ctx, set, root, rootSource(n), flags)
	}
}

// parallel calls do for 0 to n-1, g.Jobs at a time, until one fails. It says every 1,000 how far it is.
func (g *Generator) parallel(ctx context.Context, n int, do func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var running sync.WaitGroup
	for range max(1, g.Jobs) {
		running.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		if i > 0 && i%1000 == 0 {
			fmt.Fprintf(g.Log, "  %d of %d objects\n", i, n)
		}
		next <- i
	}
	close(next)
	running.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// makeBig returns the maker of one large object, of the shape that n functions have.
func makeBig(shape func(n int) bigShape) maker {
	return func(ctx context.Context, g *Generator, set string, n int) ([]string, error) {
		object := "asm/" + set + ".o"
		return []string{object}, g.assemble(ctx, set, object, shape(n).writeAsm)
	}
}

// assemble makes the object of the assembly that write writes, unless it is there.
func (g *Generator) assemble(ctx context.Context, set, object string, write func(io.Writer) error) error {
	path := filepath.Join(g.Dir, object)
	if exists(path) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	input, output := io.Pipe()
	go func() { output.CloseWithError(write(output)) }()
	defer input.Close()
	if err := g.run(ctx, set, "binutils", "as", input, "-o", path+".tmp"); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// tinyAsm is a module as small as they come: one function of 32 bytes, which returns its argument and 3.
const tinyAsm = `	.text
	.globl tiny_f00000
	.type tiny_f00000,@function
	.p2align 4
tiny_f00000:
	leal 3(%rdi),%eax
	ret
	.fill 28,1,0xcc
	.size tiny_f00000,.-tiny_f00000
	.section .note.GNU-stack,"",@progbits
`

const maxTiny = 100000 // names have five digits

// makeTiny assembles one module and gives each copy a name of its own.
func makeTiny(ctx context.Context, g *Generator, set string, n int) ([]string, error) {
	if n > maxTiny {
		return nil, fmt.Errorf("set %s: at most %d modules", set, maxTiny)
	}
	first := "tiny/t00000.o"
	err := g.assemble(ctx, set, first, func(w io.Writer) error {
		_, err := io.WriteString(w, tinyAsm)
		return err
	})
	if err != nil {
		return nil, err
	}
	object, err := os.ReadFile(filepath.Join(g.Dir, first))
	if err != nil {
		return nil, err
	}
	paths := []string{first}
	for i := 1; i < n; i++ {
		path := fmt.Sprintf("tiny/t%05d.o", i)
		named := bytes.Replace(object, []byte("tiny_f00000"), fmt.Appendf(nil, "tiny_f%05d", i), 1)
		err = errors.Join(err, writeFile(filepath.Join(g.Dir, path), named))
		paths = append(paths, path)
	}
	return paths, err
}

//go:embed src/libc.c
var libcSource string

// libcFlags keep gcc from making calls of the C library out of the loops that implement it.
var libcFlags = []string{"-O2", "-fPIC", "-ffreestanding", "-fno-tree-loop-distribute-patterns"}

func makeLibc(ctx context.Context, g *Generator, set string, _ int) ([]string, error) {
	object := "libc.o"
	return []string{object}, g.compile(ctx, set, object, libcSource, libcFlags)
}
