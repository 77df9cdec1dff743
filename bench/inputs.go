package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
)

// inputs are the objects of a set, in memory, and what is known of them before anything is timed.
type inputs struct {
	buffers   []*objimage.Buffer
	paths     []string        // of the files
	externals map[string]bool // what the set leaves undefined
	result    Result          // with the facts about the set
}

// readInputs reads the objects of lists, one after the other, into memory outside the Go heap, and looks through them.
func readInputs(lists ...string) (*inputs, error) {
	var paths []string
	size := 0
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			path := filepath.Join(filepath.Dir(list), strings.TrimSuffix(line, "\n"))
			info, err := os.Stat(path)
			if err != nil {
				return nil, err
			}
			paths = append(paths, path)
			size += fileSpace(int(info.Size()))
		}
	}
	memory, err := newMemory(max(1, size))
	if err != nil {
		return nil, err
	}
	in := &inputs{externals: make(map[string]bool), paths: paths}
	for _, path := range paths {
		n, err := readInto(memory, path)
		if err != nil {
			return nil, err
		}
		in.buffers = append(in.buffers, objimage.NewBuffer(filepath.Base(path), memory[:n:n]))
		memory = memory[fileSpace(n):]
	}
	return in, in.scan()
}

// fileSpace returns the room that a file of n bytes gets: files start at cache lines.
func fileSpace(n int) int { return (n + 63) &^ 63 }

func readInto(memory []byte, path string) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	n := int(info.Size())
	if _, err := f.ReadAt(memory[:n], 0); err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}

// scan counts what the set holds and finds out what it leaves undefined.
func (in *inputs) scan() error {
	defined, undefined := make(map[string]bool), make(map[string]bool)
	r := &in.result
	for _, buffer := range in.buffers {
		object, err := objimage.Parse(buffer)
		if err != nil {
			return err
		}
		r.addObject(object)
		for symbol, err := range globals(object) {
			if err != nil {
				return err
			}
			if name := string(object.SymbolName(symbol)); symbol.Place == objimage.PlaceUndefined {
				undefined[name] = true
			} else {
				defined[name] = true
			}
		}
	}
	for name := range undefined {
		if !defined[name] {
			in.externals[name] = true
		}
	}
	r.Symbols, r.Externals = len(defined), len(in.externals)
	return nil
}

func (r *Result) addObject(o *objimage.Object) {
	r.Objects++
	r.FileBytes += uint64(len(o.Buffer().Bytes()))
	for i := range o.NumSections() {
		if s := o.Section(i); s.Flags&objimage.SectionAlloc != 0 {
			r.Sections++
			r.LoadedBytes += s.Size
		}
		if target, n, _, ok := o.RelocTarget(i); ok && o.Section(target).Flags&objimage.SectionAlloc != 0 {
			r.Relocations += n
		}
	}
}

// globals returns the symbols of an object that are not local.
func globals(o *objimage.Object) func(yield func(*objimage.Symbol, error) bool) {
	return func(yield func(*objimage.Symbol, error) bool) {
		var buf [64]objimage.Symbol
		for at := o.FirstGlobal(); ; {
			n, err := o.Symbols(at, buf[:])
			for i := range buf[:n] {
				if !yield(&buf[i], nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
			}
			if n == 0 || err != nil {
				return
			}
			at += n
		}
	}
}

// names returns the unique global symbols that the set defines, and those that are functions, in the same random order every time.
func (in *inputs) names() (all, functions []string, err error) {
	seen := make(map[string]bool)
	for _, buffer := range in.buffers {
		object, err := objimage.Parse(buffer)
		if err != nil {
			return nil, nil, err
		}
		for symbol, err := range globals(object) {
			if err != nil {
				return nil, nil, err
			}
			name := string(object.SymbolName(symbol))
			if symbol.Place == objimage.PlaceUndefined || seen[name] {
				continue
			}
			seen[name] = true
			all = append(all, name)
			if symbol.Type == objimage.TypeFunc {
				functions = append(functions, name)
			}
		}
	}
	random := rand.New(rand.NewPCG(12345, 0))
	for _, names := range [][]string{all, functions} {
		random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		layOut(names)
	}
	return all, functions, nil
}

// layOut puts the text of names into memory in their order: a caller who asks for a name has just read or made it, and what is timed is
// finding it. The names of the peers' harness lie like this as well.
func layOut(names []string) {
	text := strings.Join(names, "")
	for i, name := range names {
		names[i], text = text[:len(name)], text[len(name):]
	}
}
