package runtimedyld

import (
	"bytes"
	"debug/elf"
	"testing"
)

func init() {
	c := crossTarget{
		compilers: []string{"arm-linux-gnueabihf-gcc", "clang --target=armv7-linux-gnueabihf"}, onlyFlags: true, prepare: armPlainIndex,
		assembler: []string{armAssembler, armGroupsAssembler}, got: ".got", bases: []uint64{0x20_0000}, linked: true, thumb: true, adapt: armAdapt,
		least: crossSum{objects: 38, relocs: 2500, slots: 200, relaxed: 30},
	}
	for _, mode := range []string{"-marm ", "-mthumb "} {
		for _, f := range []string{"-O0 -fPIC", "-O2 -fPIC", "-O0 -fno-pic", "-O2 -fno-pic", "-Os -fPIE -ffunction-sections -fdata-sections", "-O2 -fno-pic -fcommon -mlong-calls"} {
			c.flags = append(c.flags, mode+f)
		}
	}
	crossTargets["arm"] = c
	c.compilers, c.assembler = []string{"clang --target=armebv7-linux-gnueabihf"}, nil
	c.flags = []string{"-O0 -fPIC -marm", "-O2 -fPIC -marm", "-O2 -fno-pic -marm", "-O0 -fPIC -mthumb", "-O2 -fPIC -mthumb", "-O2 -fno-pic -mthumb"}
	c.least = crossSum{objects: 12, relocs: 900, slots: 100, relaxed: 10}
	crossTargets["armeb"] = c
}

// armPlainIndex makes .ARM.exidx, which linkers merge and sort, a section like others, so that its relocations are compared.
func armPlainIndex(t *testing.T, data []byte, order elfOrder) []byte {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range f.Sections {
		if s.Type == 0x70000001 { // SHT_ARM_EXIDX
			h := data[int(order.Uint32(data[32:]))+40*i:]
			order.PutUint32(h[4:], uint32(elf.SHT_PROGBITS))
			order.PutUint32(h[8:], uint32(elf.SHF_ALLOC))
			order.PutUint32(h[24:], 0) // sh_link
		}
	}
	return bytes.ReplaceAll(data, []byte(".ARM.exidx"), []byte(".ARM.index"))
}

// armAdapt looks at branches that cannot switch: both go through a veneer, each linker's own.
func armAdapt(c *crossSection, row *howto, i int) bool {
	r := &c.relocs[i]
	n := uint64(row.field.size)
	ours, theirs := c.ours[r.Offset:][:n], c.theirs[r.Offset:][:n]
	if row.need&needVeneer == 0 || bytes.Equal(ours, theirs) {
		return false
	}
	from := c.addr + r.Offset - uint64(r.Addend)
	stub := c.mm.read((from+uint64(row.field.addend(ours)))&^3, 4)
	theirStub := c.img.bytes((from+uint64(row.field.addend(theirs)))&^3, 4)
	if stub == nil || theirStub == nil || bytes.Equal(stub, theirStub) {
		return false
	}
	c.relaxed++
	c.same(r.Offset, n)
	return true
}
