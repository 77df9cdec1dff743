package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
)

// section makes a section that the linker made, whose name needs no object.
func section(object int, kind memmgr.Kind, addr, size uint64) placed {
	return placed{object: fmt.Sprintf("%d.o", object), number: object, name: fmt.Sprintf(".s%d", object),
		sec: memmgr.Section{Kind: kind, Addr: executor.Addr(addr), Size: size}}
}

func TestRegions(t *testing.T) {
	list := regions([]placed{
		section(1, memmgr.Code, 0x1000, 16), section(2, memmgr.Code, 0x1020, 16), // a small gap
		section(3, memmgr.Code, 0x1030+maxGap+1, 16),   // a large one
		section(4, memmgr.RWData, 0x1040+maxGap+1, 16), // another permission
	})
	if len(list) != 3 || len(list[0].sections) != 2 || list[0].used() != 32 || list[0].to() != 0x1030 || list[2].kind != memmgr.RWData {
		t.Errorf("%+v", list)
	}
}

// A picture of very many sections stays small: neighbours that nobody could see are drawn as one.
func TestSVGOfManySections(t *testing.T) {
	const n = 30_000
	var sections []placed
	for i := range uint64(n) {
		sections = append(sections, section(int(i), memmgr.Code, 0x10000+16*i, 16))
	}
	sections = append(sections, section(n, memmgr.ROData, 0x40000000, 100<<20))
	var b strings.Builder
	writeSVGMap(&b, sections)
	if b.Len() > 100_000 {
		t.Errorf("%d bytes", b.Len())
	}
	if !strings.Contains(b.String(), "30000 sections, ") {
		t.Error("the small sections are not drawn as one")
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestBar(t *testing.T) {
	for _, c := range []struct {
		n, of uint64
		want  string
	}{{1, 1_000_000, "▏"}, {1, 2, strings.Repeat("█", barWidth/2)}, {7, 7, strings.Repeat("█", barWidth)}, {1, barWidth * 2, "▌"}} {
		if got := bar(c.n, c.of); got != c.want {
			t.Errorf("bar(%d, %d) = %q, want %q", c.n, c.of, got, c.want)
		}
	}
}
