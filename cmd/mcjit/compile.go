package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/command"
	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/objimage"
)

// A compiler makes objects of what is none. It remembers them: what does not fit where it was linked first is linked a second time.
type compiler struct {
	level string   // of -O; "" if it is not given
	flags []string // for the compilers of C and assembly

	objects map[string][]byte // by path
	hasCXX  bool              // C++ was compiled: its library is needed
}

// compiled returns the objects in place of the files that have to be compiled. All are compiled at the same time, as far as there are processors.
func (c *compiler) compiled(files []*objimage.Buffer) ([]*objimage.Buffer, error) {
	if c.objects == nil {
		c.objects = map[string][]byte{}
	}
	if err := c.compile(files); err != nil {
		return nil, err
	}
	out := make([]*objimage.Buffer, len(files))
	for i, file := range files {
		out[i] = file
		if data, ok := c.objects[file.Name()]; ok {
			out[i] = objimage.NewBuffer(file.Name(), data)
			if err := file.Close(); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (c *compiler) compile(files []*objimage.Buffer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var wg sync.WaitGroup
	var mu sync.Mutex
	errs := make([]error, len(files))
	for i, file := range files {
		kind := codegen.KindOf(file.Name(), file.Bytes())
		if _, done := c.objects[file.Name()]; done || kind == codegen.KindUnknown {
			continue
		}
		c.hasCXX = c.hasCXX || kind == codegen.CXX
		source := codegen.Source{Name: file.Name(), Kind: kind, Data: file.Bytes(), Path: file.Name()}
		wg.Go(func() {
			object, err := c.object(ctx, source)
			mu.Lock()
			defer mu.Unlock()
			if errs[i] = err; err == nil {
				c.objects[source.Name] = object
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// object compiles one source: IR with libLLVM, or with llc if there is no libLLVM, and everything else with a compiler that is a program.
func (c *compiler) object(ctx context.Context, source codegen.Source) ([]byte, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	if source.Kind != codegen.IR && source.Kind != codegen.Bitcode {
		return c.byCommand(ctx, source, options)
	}
	var more []llvm.Option
	if c.level != "" {
		more = append(more, llvm.WithPasses("default<O"+c.level+">"))
	}
	generator, err := llvm.New(options, more...)
	if err != nil {
		return nil, err
	}
	object, err := generate(ctx, generator, source)
	if errors.Is(err, llvm.ErrNoLibrary) {
		other, err2 := c.byCommand(ctx, source, options)
		if errors.As(err2, new(*command.NotFoundError)) {
			return nil, errors.Join(err, err2)
		}
		return other, err2
	}
	return object, err
}

func (c *compiler) byCommand(ctx context.Context, source codegen.Source, options codegen.Options) ([]byte, error) {
	generator, err := command.New(options, command.WithFlags(c.flags...))
	if err != nil {
		return nil, err
	}
	return generate(ctx, generator, source)
}

// options understands -O.
func (c *compiler) options() (codegen.Options, error) {
	if c.level == "" {
		return codegen.Options{}, nil
	}
	n, err := strconv.Atoi(c.level)
	if err != nil || n < 0 || n > 3 {
		return codegen.Options{}, fmt.Errorf("-O%s: the levels are 0 to 3", c.level)
	}
	return codegen.Options{OptLevel: codegen.O0 + codegen.OptLevel(n)}, nil
}

func generate(ctx context.Context, generator codegen.Generator, source codegen.Source) ([]byte, error) {
	module, err := generator.NewModule(source)
	if err != nil {
		return nil, err
	}
	object, err := generateModule(ctx, module)
	return object, errors.Join(err, module.Close())
}

func generateModule(ctx context.Context, module codegen.Module) ([]byte, error) {
	if v, ok := module.(codegen.Verifier); ok {
		if err := v.Verify(ctx); err != nil {
			return nil, err
		}
	}
	w := objimage.NewBufferStream(module.Name())
	if err := module.Generate(ctx, w); err != nil {
		return nil, err
	}
	b, err := w.Seal()
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
