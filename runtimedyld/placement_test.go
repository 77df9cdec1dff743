package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
)

// The placement fuzz links objects that a hostile memory manager scatters over all 64 bits, as far as memmgr.JITMemoryManager lets it: allocations anywhere, and
// the sections of one allocation, those that the linker asks for included (GOT and stubs), in any order anywhere within 2 GiB. Then every
// instruction is decoded, and what it reaches compared with the symbol's address. What goes by the GOT (GOTPCREL, GOTPCRELX, REX_GOTPCRELX) and every
// direct branch (PLT32, PC32) has to arrive, however far it is, whoever defines the symbol: another object, the process, nobody, or a COMDAT group that
// was dropped. A PC32 of anything else arrives, or is a *RelocationError that says where, exactly if the distance does not fit.

// A hostileMapper gives addresses.
type hostileMapper struct {
	random  *rand.Rand
	windows map[uint64]uint64 // by module: where its 2 GiB begin
	taken   []executor.AddrRange
}

// at is for testMM.
func (h *hostileMapper) at(m memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
	base, ok := h.windows[m.ID]
	if !ok {
		base = h.window()
		h.windows[m.ID] = base
	}
	const gap = 64 // so that nobody looks into the next section when he decodes
	for {
		off := h.random.Uint64N(1<<31 - s.Size)
		switch h.random.IntN(4) {
		case 0:
			off = 0
		case 1:
			off = 1<<31 - s.Size
		case 2:
			off &= 0xffff
		}
		a := (base + off) &^ (max(s.Align, 1) - 1)
		r := executor.AddrRange{Start: executor.Addr(a), End: executor.Addr(a + s.Size)}
		if a < base || slices.ContainsFunc(h.taken, func(o executor.AddrRange) bool { return r.Start < o.End+gap && o.Start < r.End+gap }) {
			continue
		}
		h.taken = append(h.taken, r)
		return r.Start, true
	}
}

// window returns where 2 GiB begin: often beside another window, or at one of the limits of 31, 32, 47, 63 and 64 bits.
func (h *hostileMapper) window() uint64 {
	const last = math.MaxUint64 - 1<<31 - 4095 // the last page has no addresses behind it
	jitter := h.random.Uint64N(1 << 31)
	switch h.random.IntN(8) {
	case 0:
		return 0x1_0000
	case 1:
		return 1<<31 - jitter
	case 2:
		return 1<<32 - jitter
	case 3:
		return 1<<47 - jitter
	case 4:
		return 1<<63 - jitter
	case 5:
		return last
	case 6:
		for _, id := range slices.Sorted(maps.Keys(h.windows)) {
			return min(h.windows[id]+1<<31-jitter>>8, last)
		}
	}
	return 0x1_0000 + h.random.Uint64N(last-0x1_0000)
}

// A placementSite is an instruction of one of the objects, and what it is to reach.
type placementSite struct {
	section int    // of the file
	at, off uint64 // the instruction and its relocated field, in the section
	access  *access
	branch  bool
	target  string // a global; or a local symbol of the object:
	local   int    // its section
	value   uint64 // and where it is there
}

type placementObject struct {
	w      *elfWriter
	obj    *Object
	sites  []placementSite
	defs   map[string]uint32 // symbols of the file by name
	daring bool              // it refers directly to what may be out of reach
}

// A placement is one engine with objects. Names are h0... in the process, f0... functions and d0... data of object 0..., w0... weak functions and g0... functions of
// COMDAT groups that several objects define, c0... commons, n0... nothing.
type placement struct {
	t       testing.TB
	random  *rand.Rand
	b       *bench
	host    map[string]uint64
	objects []*placementObject
}

const placementNames = 4 // of a kind

var placementAccesses = accesses()

func newPlacement(t testing.TB, random *rand.Rand, objects int) *placement {
	p := &placement{t: t, random: random, host: map[string]uint64{}}
	h := &hostileMapper{random: random, windows: map[uint64]uint64{}}
	for i := range placementNames {
		p.host[fmt.Sprint("h", i)] = h.window() + random.Uint64N(1<<31)
	}
	p.b = newBenchResolving(t, nil, knows(p.host))
	p.b.mm.at = h.at
	for i := range objects {
		o := p.write(i, objects)
		p.objects = append(p.objects, o)
		o.obj = p.b.load(o.w)
	}
	return p
}

const (
	placementText = iota + 1
	placementData
	cellSize = 16 // bytes for an instruction
)

// write makes the i-th of n objects.
func (p *placement) write(i, n int) *placementObject {
	w := newELF(fmt.Sprintf("o%d.o", i))
	o := &placementObject{w: w, defs: map[string]uint32{}, daring: p.random.IntN(8) == 0}
	cells := 1 + p.random.IntN(12)
	last := uint64(cells * cellSize) // of nops: functions begin there, and so do not look like stubs
	text := w.section(".text", flagsText, bytes.Repeat([]byte{0x90}, (cells+1)*cellSize))
	w.section(".data", flagsData, make([]byte, 64))
	w.sec(text).align = 1 << p.random.IntN(5)
	o.defs[fmt.Sprint("f", i)] = w.global(fmt.Sprint("f", i), text, last)
	o.defs[fmt.Sprint("d", i)] = w.global(fmt.Sprint("d", i), placementData, 8*p.random.Uint64N(8))
	for k := range placementNames {
		if name := fmt.Sprint("w", k); p.random.IntN(3) == 0 {
			o.defs[name] = w.weak(name, text, last+uint64(k))
		}
		if name := fmt.Sprint("c", k); p.random.IntN(4) == 0 {
			o.defs[name] = w.common(name, 8, 8)
		}
		if name := fmt.Sprint("g", k); p.random.IntN(3) == 0 {
			sec := w.section(".text."+name, flagsText|elf.SHF_GROUP, bytes.Repeat([]byte{0x90}, 2*cellSize))
			o.defs[name] = w.global(name, sec, uint64(k))
			o.defs[name+".inner"] = w.local(name+".inner", sec, 8)
			w.comdat(o.defs[name])
			p.site(rand.New(rand.NewPCG(uint64(k), 5)), o, sec, 1, fmt.Sprint("h", k)) // the same in all copies
		}
	}
	for c := range cells {
		p.site(p.random, o, text, c, p.target(o, n))
	}
	return o
}

// target picks a name that object o may refer to.
func (p *placement) target(o *placementObject, n int) string {
	switch k := p.random.IntN(placementNames); p.random.IntN(9) {
	case 0:
		return fmt.Sprint("h", k)
	case 1:
		return fmt.Sprint("f", p.random.IntN(n))
	case 2:
		return fmt.Sprint("d", p.random.IntN(n))
	case 3:
		return fmt.Sprint("w", k)
	case 4:
		return fmt.Sprint("c", k)
	case 5:
		return fmt.Sprint("n", k)
	case 6:
		if name := fmt.Sprintf("g%d.inner", k); o.defs[name] != 0 {
			return name
		}
	case 7:
		return "local"
	}
	return fmt.Sprint("g", p.random.IntN(placementNames))
}

// site puts an instruction into a cell, at a random place. Names that may have no definition are referred to weakly.
func (p *placement) site(random *rand.Rand, o *placementObject, section, cell int, target string) {
	w := o.w
	s := placementSite{section: section, target: target}
	sym := o.defs[target]
	switch {
	case target == "local":
		s.local, s.value = placementData, 8*random.Uint64N(8)
		sym = w.local("", s.local, s.value)
	case len(target) > 2 && target[2:] == ".inner":
		s.local, s.value = w.syms[sym-1].sec, 8
	case sym == 0:
		sym = w.weak(target, secUndef, 0)
		o.defs[target] = sym
	}
	var code []byte
	typ := elf.R_X86_64_PC32
	switch random.IntN(5) {
	case 0, 1:
		br := &branches[random.IntN(len(branches))]
		s.branch, code, typ = true, append(bytes.Clone(br.code), 0, 0, 0, 0), br.typ
	case 2:
		s.access = &placementAccesses[random.IntN(len(placementAccesses))]
		code, typ = s.access.code, elf.R_X86_64_GOTPCREL
	case 3:
		s.access = &placementAccesses[random.IntN(len(placementAccesses))]
		code, typ = s.access.code, s.access.typ()
	default:
		if !o.daring && target != "local" {
			p.site(random, o, section, cell, "local")
			return
		}
		code = []byte{0x48, 0x8d, 0x05, 0, 0, 0, 0} // lea
	}
	s.at = uint64(cell*cellSize + random.IntN(cellSize-8))
	s.off = s.at + uint64(len(code)) - 4
	copy(w.sec(section).data[s.at:], code)
	w.reloc(section, s.off, typ, sym, -4)
	o.sites = append(o.sites, s)
}

// want returns the address that a site is to reach, once everything has one.
func (p *placement) want(o *placementObject, s *placementSite) uint64 {
	switch {
	case s.target == "local":
		return p.sectionAddr(o, s.local) + s.value
	case s.local != 0: // inside a group: the copy in force, wherever it is
		name := s.target[:2]
		return p.b.addr(name) - uint64(name[1]-'0') + s.value
	}
	a, _ := p.b.SymbolLoadAddress(s.target)
	return uint64(a)
}

func (p *placement) sectionAddr(o *placementObject, section int) uint64 {
	a, ok := o.obj.SectionLoadAddress(section)
	if !ok {
		p.t.Fatalf("%s: section %d is not loaded", o.w.name, section)
	}
	return uint64(a)
}

// outOfReach returns the sites of an object that cannot be served, as errors name them.
func (p *placement) outOfReach(o *placementObject) (list []string) {
	for i := range o.sites {
		s := &o.sites[i]
		base, ok := o.obj.SectionLoadAddress(s.section)
		if !ok || s.branch || s.access != nil {
			continue
		}
		if disp := int64(p.want(o, s) - 4 - uint64(base) - s.off); disp != int64(int32(disp)) {
			list = append(list, fmt.Sprintf("%s:(%s+%#x) %d", o.w.name, o.w.sec(s.section).name, s.off, disp))
		}
	}
	return list
}

// check decodes all instructions of an object.
func (p *placement) check(o *placementObject) (sites int) {
	p.t.Helper()
	for i := range o.sites {
		s := &o.sites[i]
		if _, ok := o.obj.SectionLoadAddress(s.section); !ok {
			continue
		}
		sites++
		at, want, got := p.sectionAddr(o, s.section)+s.at, p.want(o, s), uint64(0)
		switch {
		case s.branch:
			got, _ = branchTarget(p.t, p.b, at)
		case s.access != nil:
			got = decodeAccess(p.t, p.b, *s.access, p.b.bytesAt(at, 8), at).value
			if s.access.reg >= x86asm.EAX && s.access.reg <= x86asm.R15L {
				want = uint64(uint32(want))
			}
		default:
			got = at + 7 + uint64(int32(binary.LittleEndian.Uint32(p.b.bytesAt(at+3, 4))))
		}
		if got != want {
			p.t.Errorf("%s: %s+%#x reaches %#x, want %s at %#x", o.w.name, o.w.sec(s.section).name, s.at, got, s.target, want)
		}
	}
	return sites
}

// run links, checks that exactly those relocations fail which have to, takes their objects out, and checks all that is left. It returns how many instructions it has
// decoded, and how many were out of reach.
func (p *placement) run() (sites, far int) {
	err := p.b.ResolveRelocations()
	for rounds := 0; ; rounds++ {
		var want, got []string
		var bad []*Object
		for _, o := range p.objects {
			if list := p.outOfReach(o); len(list) > 0 {
				want, bad = append(want, list...), append(bad, o.obj)
			}
		}
		if err != nil {
			for _, e := range relocationErrors(p.t, err) {
				if !errors.Is(e, ErrRelocationOverflow) || e.Type != "R_X86_64_PC32" {
					p.t.Error(e)
				}
				got = append(got, fmt.Sprintf("%s:(%s+%#x) %d", e.Object, e.Section, e.Offset, e.Value))
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if far += len(got); !slices.Equal(want, got) {
			p.t.Fatalf("out of range:\n%q, want\n%q", got, want)
		}
		if len(bad) == 0 {
			break
		}
		p.objects = slices.DeleteFunc(p.objects, func(o *placementObject) bool { return slices.Contains(bad, o.obj) })
		p.b.remove(bad...)
		if _, err = p.b.Finalize(); err == nil {
			continue
		}
	}
	for _, o := range p.objects {
		sites += p.check(o)
	}
	return sites, far
}

// TestPlacement links 10,000 objects.
func TestPlacement(t *testing.T) {
	const perEngine = 40
	engines, sites, far := 10_000/perEngine, 0, 0
	if testing.Short() {
		engines /= 10
	}
	for seed := range engines {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s, f := newPlacement(t, rand.New(rand.NewPCG(uint64(seed), 3)), perEngine).run()
			sites, far = sites+s, far+f
		})
	}
	t.Logf("%d objects, %d instructions, %d out of reach and said so", engines*perEngine, sites, far)
	if sites < 4*engines*perEngine || far < engines {
		t.Error("too little was tried")
	}
}

// FuzzPlacement has the fuzzer choose.
func FuzzPlacement(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(seed, uint8(1+3*seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, objects uint8) {
		newPlacement(t, rand.New(rand.NewPCG(seed, 4)), 1+int(objects)%16).run()
	})
}
