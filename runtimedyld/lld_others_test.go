package runtimedyld

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A foreign is a comparison with ld.lld for an architecture that is not x86-64, one object at a time.
type foreign struct {
	t    *testing.T
	lld  string
	base uint64
	args []string // for ld.lld

	// slots goes through the relocations of a section, and calls slot for the instructions that have the address of a GOT entry.
	slots func(c *foreignSection, i int)

	objects, sections, bytes, relocs, entries, shrunk int
}

// A foreignSection is a section as it is linked here and there.
type foreignSection struct {
	*foreign
	img          *lldImage
	mm           *testMM
	o            *Object
	name         string
	addr         uint64
	ours, theirs []byte
	relocs       []objimage.Reloc // as the section is in memory
	symbols      []objimage.Symbol
	equal        []uint64 // places of words that are taken for equal
}

// startingStorage is a testStorage with the block at the thread pointer, as ld.lld has it for the only module.
type startingStorage struct {
	*testStorage
	getAddr uint64
}

func (s startingStorage) AddThreadModule(t executor.ThreadTemplate) (executor.ThreadModule, error) {
	m, err := s.testStorage.AddThreadModule(t)
	m.Offset = 0
	return m, err
}

func (s startingStorage) ThreadFunction(name string) executor.Addr {
	if name == "__tls_get_addr" {
		return executor.Addr(s.getAddr)
	}
	return 0
}

func (f *foreign) compare(c compiled) {
	t := f.t
	o := parseObject(t, c.name, c.data)
	strong, weak := undefinedOf([]*objimage.Object{o})
	strong = append(strong, weak...) // calls of what is not there go nowhere in some way of each linker's own
	mode := []string{"-static"}
	if f.base > 1<<32 {
		mode = []string{"-pie", "--no-dynamic-linker", "--apply-dynamic-relocs", "-z", "notext"}
	}
	args := append(append(mode, fmt.Sprintf("--image-base=%#x", f.base)), f.args...)
	img := runLLD(t, f.lld, args, [][]byte{c.data, externals(elfLike("externals.o", c.data), strong)}, 1)
	mm := newTestMM()
	placer := img.placer([]*objimage.Object{o}, f.base)
	mm.at = func(mod memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
		if s.Index == SectionThreads {
			return executor.Addr(f.base + 0x0600_0000), true
		}
		return placer(mod, s)
	}
	known := map[string]uint64{}
	for _, name := range strong {
		known[name] = img.symbols[name]
	}
	d := New(mm, knows(known))
	d.SetThreadStorage(startingStorage{newTestStorage(), img.symbols["__tls_get_addr"]})
	obj, err := d.LoadObject(o)
	if err == nil {
		err = d.ResolveRelocations()
	}
	if err != nil {
		t.Error(err)
		return
	}
	f.objects++
	noteShown("bytes", o)
	for i, key := range sectionKeys(o) {
		s := mm.module(obj, i)
		if key == "" || s == nil || s.Size == 0 {
			continue
		}
		theirs := img.bytes(img.addrs[0][key], s.Size)
		if theirs == nil {
			t.Errorf("%s: section %s is not in what ld.lld linked", o.Name(), key)
			continue
		}
		sec := foreignSection{foreign: f, img: img, mm: mm, o: obj, name: key, addr: uint64(s.Addr), ours: bytes.Clone(s.Mem), theirs: theirs}
		sec.compare(i)
	}
	d.Close()
	mm.check(t)
}

func (c *foreignSection) compare(index int) {
	o := c.o.img
	c.sections++
	c.bytes += len(c.theirs)
	if size := o.Section(index).Size; size != uint64(len(c.ours)) {
		c.shrunk++
	}
	c.symbols = make([]objimage.Symbol, o.NumSymbols())
	o.Symbols(0, c.symbols)
	c.o.trims.trimSymbols(c.symbols)
	for k := 1; k < o.NumSections(); k++ {
		target, n, _, ok := o.RelocTarget(k)
		if !ok || target != index {
			continue
		}
		c.relocs = make([]objimage.Reloc, n)
		o.Relocs(k, 0, c.relocs)
		trimRelocs(c.o.trims.of(uint32(index)), c.relocs)
		c.foreign.relocs += n
		for i := range c.relocs {
			c.slots(c, i)
		}
	}
	for _, off := range c.equal {
		copy(c.ours[off:][:4], c.theirs[off:])
	}
	for i := range c.ours {
		if c.ours[i] != c.theirs[i] {
			lo, hi := max(0, i-4)&^1, min(i+12, len(c.ours))
			c.t.Errorf("%s:%s+%#x: % x, ld.lld has % x", o.Name(), c.name, i, c.ours[lo:hi], c.theirs[lo:hi])
			return
		}
	}
}

// slot compares so many bytes of two entries, ours and theirs.
func (c *foreignSection) slot(r *objimage.Reloc, ours, theirs, n uint64) {
	c.entries++
	if a, b := c.mm.read(ours, n), c.img.bytes(theirs, n); a == nil || !bytes.Equal(a, b) {
		c.t.Errorf("%s:%s+%#x: GOT entry holds % x, ld.lld's % x", c.o.Name(), c.name, r.Offset, a, b)
	}
}

// same takes words for equal, once all of the section is looked at.
func (c *foreignSection) same(offs ...uint64) { c.equal = append(c.equal, offs...) }

func word32(b []byte, off uint64) uint64 { return uint64(binary.LittleEndian.Uint32(b[off:])) }
