package main

import (
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A dyld is a set linked by runtimedyld alone.
type dyld struct {
	memory *memmgr.SectionMemoryManager
	linker *runtimedyld.RuntimeDyld
	table  *externalTable
}

func newDyld(in *inputs, opts ...memmgr.Option) (*dyld, error) {
	memory, err := memmgr.New(opts...)
	if err != nil {
		return nil, err
	}
	table := &externalTable{names: in.externals}
	return &dyld{memory, runtimedyld.New(memory, table), table}, nil
}

func (d *dyld) symbol(name string) (executor.Addr, error) {
	return found(d.linker.SymbolLoadAddress(name))
}

func (d *dyld) function(name string) (executor.Addr, error) {
	return found(d.linker.FinalizedAddress(name))
}

func found(addr executor.Addr, ok bool) (executor.Addr, error) {
	if !ok {
		return 0, runtimedyld.ErrUndefinedSymbol
	}
	return addr, nil
}

func (d *dyld) close() error {
	if err := d.linker.Abandon(); err != nil {
		return err
	}
	return d.memory.Close()
}

func (d *dyld) load(buffer *objimage.Buffer) (*runtimedyld.Object, error) {
	image, err := objimage.Parse(buffer)
	if err != nil {
		return nil, err
	}
	object, err := d.linker.LoadObject(image)
	if err == nil {
		d.table.point(object)
	}
	return object, err
}

// linkDyld is the linker of runtimedyld.
func linkDyld(in *inputs, phase func(string)) (linked, error) {
	d, err := newDyld(in)
	if err != nil {
		return nil, err
	}
	for _, buffer := range in.buffers {
		if _, err := d.load(buffer); err != nil {
			return nil, err
		}
	}
	phase(figLoad)
	_, err = d.linker.Finalize()
	return d, err
}

// remap times MapSectionAddress: each section of all objects gets another address, as for a remote target.
func (c *child) remap() error {
	const offset = 1 << 28 // in reach of the GOT and of commons, which are no sections of the file and stay
	d, err := newDyld(c.inputs)
	if err != nil {
		return err
	}
	type place struct {
		object  *runtimedyld.Object
		section int
		addr    executor.Addr
	}
	var places []place
	for _, buffer := range c.buffers {
		object, err := d.load(buffer)
		if err != nil {
			return err
		}
		for i := range object.Image().NumSections() {
			if addr, ok := object.SectionLoadAddress(i); ok {
				places = append(places, place{object, i, addr})
			}
		}
	}
	start := cpuTime()
	for _, p := range places {
		if err := d.linker.MapSectionAddress(p.object, p.section, p.addr+offset); err != nil {
			return err
		}
	}
	mapped := cpuTime()
	d.table.addr += offset // what is outside moves, too
	if err := d.linker.ResolveRelocations(); err != nil {
		return err
	}
	c.sample(figResolve, float64(cpuTime()-mapped))
	c.sample(figMap, float64(mapped-start)/float64(len(places)))
	c.sample(figSections, float64(len(places)))
	return d.close()
}
