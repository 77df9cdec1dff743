// Baremetal links objects into a flat image for a board without an operating system: the bytes that have to be in its memory, from a base address on. It is a loader for a target that gomcjit knows nothing of,
// made of what a client can see of a linked module: the list of its sections, with bytes, addresses, kinds and permissions.
//
//	baremetal -base 0x40100000 -o image.bin start.o main.o
//
// The image begins with the section of its entry. It ends behind the data that begin as zeros, which are in it; objects know that address as __image_end, and may have the stack there.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strconv"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

func main() {
	base := flag.String("base", "0x40100000", "the image is for this `address`")
	entry := flag.String("entry", "_start", "the image begins with the section of this `symbol`")
	output := flag.String("o", "image.bin", "write the image into `file`")
	flag.Parse()
	at, err := strconv.ParseUint(*base, 0, 64)
	check(err)
	i, err := link(executor.Addr(at), *entry, flag.Args())
	check(err)
	check(os.WriteFile(*output, i.bytes, 0o644))
	i.list(os.Stdout)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// An image is what has to be in the board's memory.
type image struct {
	base  executor.Addr
	bytes []byte
	parts []part
	debug []part // what is not in memory: for debuggers
}

// A part is a section of an object, or of none: a common.
type part struct {
	object *runtimedyld.Object
	runtimedyld.SectionView
}

// imageEnd is the symbol of the address behind the image.
const imageEnd = "__image_end"

// link lays the objects out from an address on, and links them for it. Working memory comes from a memory manager as for any other module; nobody finalizes it, since nothing runs here.
func link(base executor.Addr, entry string, files []string) (i *image, err error) {
	memory, err := memmgr.New()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, memory.Close()) }()
	linker := runtimedyld.New(memory, nil)
	defer func() { err = errors.Join(err, linker.Abandon()) }()
	// The address behind the image is known last. The linker is told another one as long as it is not.
	if err := linker.DefineAbsolute(imageEnd, base); err != nil {
		return nil, err
	}
	objects, err := load(linker, base, files)
	if err != nil {
		return nil, err
	}
	parts, _, err := walk(linker, objects)
	if err != nil {
		return nil, err
	}
	at, ok := linker.SymbolLoadAddress(entry)
	if !ok {
		return nil, fmt.Errorf("no object defines the entry %s", entry)
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.rank(at), b.rank(at)) })
	end, err := place(linker, base, parts)
	if err != nil {
		return nil, err
	}
	if err := linker.DefineAbsolute(imageEnd, end); err != nil {
		return nil, err
	}
	if err := linker.ResolveRelocations(); err != nil {
		return nil, err
	}
	if now, _ := linker.SymbolLoadAddress(entry); now != base {
		return nil, fmt.Errorf("the entry %s is at %v, not at the beginning of its section", entry, now)
	}
	i = &image{base: base, bytes: make([]byte, end-base)}
	if i.parts, i.debug, err = walk(linker, objects); err != nil {
		return nil, err
	}
	for _, p := range i.parts {
		copy(i.bytes[p.Addr-base:], p.Content)
	}
	for k := range i.parts {
		i.parts[k].Content = i.bytes[i.parts[k].Addr-base:][:len(i.parts[k].Content)] // working memory is about to go
	}
	return i, nil
}

// load loads the files. Commons get their storage, which is nowhere yet.
func load(linker *runtimedyld.RuntimeDyld, base executor.Addr, files []string) (objects []*runtimedyld.Object, err error) {
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		img, err := objimage.Parse(objimage.NewBuffer(file, content))
		if err != nil {
			return nil, err
		}
		o, err := linker.LoadObject(img)
		if err != nil {
			return nil, err
		}
		objects = append(objects, o)
	}
	for _, o := range objects {
		for _, name := range commons(o.Image()) {
			if err := linker.MapCommonAddress(name, base); err != nil && !errors.Is(err, runtimedyld.ErrUndefinedSymbol) { // somebody else defines it
				return nil, err
			}
		}
	}
	return objects, nil
}

// commons lists the names of an object's commons.
func commons(img *objimage.Object) (names []string) {
	symbols := make([]objimage.Symbol, img.NumSymbols())
	n, _ := img.Symbols(0, symbols) // the linker has complained of what is wrong
	for i := range symbols[:n] {
		if symbols[i].Place == objimage.PlaceCommon {
			names = append(names, string(img.SymbolName(&symbols[i])))
		}
	}
	return names
}

// walk lists what has to be in memory, and what debuggers want.
func walk(linker *runtimedyld.RuntimeDyld, objects []*runtimedyld.Object) (parts, debug []part, err error) {
	for _, o := range objects {
		views, err := linker.Sections(o)
		if err != nil {
			return nil, nil, err
		}
		for _, v := range views {
			if v.Prot == 0 {
				debug = append(debug, part{o, v})
			} else {
				parts = append(parts, part{o, v})
			}
		}
	}
	views, err := linker.CommonSections()
	if err != nil {
		return nil, nil, err
	}
	for _, v := range views {
		parts = append(parts, part{nil, v})
	}
	return parts, debug, nil
}

// rank says in which order parts come: the section with the entry, code, what is read only, data, data that begin as zeros.
func (p *part) rank(entry executor.Addr) int {
	switch {
	case p.Addr <= entry && entry < p.Addr+executor.Addr(len(p.Content)):
		return 0
	case p.ZeroFill:
		return 1 + int(memmgr.NumKinds)
	}
	return 1 + int(p.Kind)
}

// place gives parts their addresses, one behind the other, and returns the address behind the last.
func place(linker *runtimedyld.RuntimeDyld, base executor.Addr, parts []part) (executor.Addr, error) {
	at := base
	for _, p := range parts {
		align := executor.Addr(p.Align)
		at = (at + align - 1) &^ (align - 1)
		var err error
		if p.object == nil {
			err = linker.MapCommonAddress(p.Name, at)
		} else {
			err = linker.MapSectionAddress(p.object, p.Index, at)
		}
		if err != nil {
			return 0, err
		}
		at += executor.Addr(len(p.Content))
	}
	const stackAlign = 16
	return (at + stackAlign - 1) &^ (stackAlign - 1), nil
}

// list prints where everything is.
func (i *image) list(w io.Writer) {
	for _, p := range append(slices.Clone(i.parts), i.debug...) {
		name := "common"
		if p.object != nil {
			name = p.object.Name()
		}
		fmt.Fprintf(w, "%-12v %8d %v %-7v %s %s\n", p.Addr, len(p.Content), p.Prot, p.Kind, name, p.Name)
	}
}
