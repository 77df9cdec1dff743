package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"

	"github.com/gomcjit/gomcjit/memmgr"
)

// A region is memory of one permission without large gaps: a slab, or as much of it as is used.
type region struct {
	kind     memmgr.Kind
	sections []placed // by address
}

func (r *region) from() uint64 { return r.sections[0].from() }
func (r *region) to() uint64   { return r.sections[len(r.sections)-1].to() }
func (r *region) used() uint64 { return totalSize(r.sections) }

// maxGap is how many unused bytes a region may have within.
const maxGap = 64 << 10

// regions groups sections, which are sorted by address.
func regions(sections []placed) []region {
	var list []region
	for _, p := range sections {
		if n := len(list); n > 0 && list[n-1].kind == p.sec.Kind && p.from()-list[n-1].to() <= maxGap {
			list[n-1].sections = append(list[n-1].sections, p)
			continue
		}
		list = append(list, region{kind: p.sec.Kind, sections: []placed{p}})
	}
	return list
}

func totalSize(sections []placed) uint64 {
	var n uint64
	for i := range sections {
		n += sections[i].sec.Size
	}
	return n
}

// sizeByKind adds up sections by permission.
func sizeByKind(sections []placed) (size [memmgr.NumKinds]uint64, n [memmgr.NumKinds]int) {
	for i := range sections {
		size[sections[i].sec.Kind] += sections[i].sec.Size
		n[sections[i].sec.Kind]++
	}
	return size, n
}

// kinds say what memory of a kind is called, and may do.
var kinds = [memmgr.NumKinds]struct{ name, permission string }{
	memmgr.Code:   {"code", "r-x"},
	memmgr.ROData: {"read-only data", "r--"},
	memmgr.RWData: {"data", "rw-"},
}

// drawMap draws the layout: "" not at all, "-" as text on standard error, otherwise into the file.
func (c *cli) drawMap(s *session, where string) error {
	if where == "" {
		return nil
	}
	sections := s.memory.sections()
	if where == "-" {
		return writeTo(c.stderr, sections, writeTextMap)
	}
	draw := writeTextMap
	if filepath.Ext(where) == ".svg" {
		draw = writeSVGMap
	}
	f, err := os.Create(where)
	if err != nil {
		return err
	}
	if err := writeTo(f, sections, draw); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func writeTo(w io.Writer, sections []placed, draw func(io.Writer, []placed)) error {
	b := bufio.NewWriter(w)
	draw(b, sections)
	return b.Flush()
}
