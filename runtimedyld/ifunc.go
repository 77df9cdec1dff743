package runtimedyld

import (
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// Indirect functions (STT_GNU_IFUNC; x86-64 psABI, 4.4.1 and B.4): the symbol's value is a resolver, a function without arguments that returns which of
// several implementations is to be called. As in a program that is linked statically, the function's address is that of a stub of the object that
// defines it, for calls, for GOT entries and for pointers alike; the stub jumps to where a slot says. The slot is in memory that stays writable,
// since resolvers can run only when code can. The linker runs none: its client does, in Hooks.Finalizing.
// Where functions are known by descriptors (64-bit PowerPC, version 1 of its ABI), the stub begins with one, and the slot has the address of the implementation's.

// An IFunc is an indirect function of an object.
type IFunc struct {
	Name     string
	Resolver executor.Addr // what returns the address of the implementation
	slot     []byte
	slotAt   executor.Addr
	word     *field
}

// Set makes the function that implementation, an address in the process that runs the code. The object's memory has to be there still.
func (f *IFunc) Set(implementation executor.Addr) { f.word.store(f.slot, uint64(implementation)) }

// Slot returns what Set has written, and where it is in the process that runs the code, for memory managers to whom that has to be told (memmgr.Publisher).
func (f *IFunc) Slot() (at executor.Addr, word []byte) { return f.slotAt, f.slot }

// ifuncs are the indirect functions of an object.
type ifuncs struct {
	syms     []uint32 // symbols of the object, ascending, in the order of slots and stubs
	slotBase int32    // index into sections of the slots
	stubBase int32    // index into sections of the stubs
}

// planIFuncs asks for slots and stubs.
func (p *plan) planIFuncs() {
	n := uint64(len(p.ifuncs.syms))
	if n == 0 {
		return
	}
	if p.arch.noIFuncs {
		p.refuseSymbol(&p.syms[p.ifuncs.syms[0]], "indirect functions are not supported on "+p.arch.name)
		return
	}
	p.ifuncs.slotBase = int32(len(p.requests))
	p.requests = append(p.requests,
		memmgr.Section{Index: SectionIFuncSlots, Kind: memmgr.RWData, ZeroFill: true, Size: n * p.arch.slotSize, Align: p.arch.slotSize},
		memmgr.Section{Index: SectionIFuncStubs, Kind: memmgr.Code, Size: n * p.arch.ifuncStep(p.landing), Align: p.arch.stubAlign})
	p.ifuncs.stubBase = p.ifuncs.slotBase + 1
}

// ifuncStep returns how many bytes the stub of an indirect function takes.
func (a *arch) ifuncStep(landing bool) uint64 {
	if a.indirectSize != 0 {
		return a.indirectSize
	}
	return a.stubStep(landing)
}

func (o *Object) ifuncStep() uint64 { return o.arch.ifuncStep(o.landing) }

// ifuncAddr returns the address of an indirect function: that of its stub.
func (o *Object) ifuncAddr(sym uint32) uint64 {
	k, _ := slices.BinarySearch(o.ifuncs.syms, sym)
	return o.loadAddr(int(o.ifuncs.stubBase)) + uint64(k)*o.ifuncStep()
}

// writeIFuncs writes the stubs, and makes local functions' addresses theirs.
func (f *fixer) writeIFuncs() {
	o := f.o
	if len(o.ifuncs.syms) == 0 {
		return
	}
	size, slotSize := o.ifuncStep(), o.arch.slotSize
	b := o.mem(int(o.ifuncs.stubBase), uint64(len(o.ifuncs.syms))*size)
	at, slots := o.loadAddr(int(o.ifuncs.stubBase)), o.loadAddr(int(o.ifuncs.slotBase))
	write := o.arch.indirect
	if write == nil {
		write = func(f *fixer, b []byte, at, slot uint64) bool { return f.writeStub(b, at, slot, 0) }
	}
	for k, sym := range o.ifuncs.syms {
		off := uint64(k) * size
		if !write(f, b[off:off+size], at+off, slots+uint64(k)*slotSize) {
			f.errs = append(f.errs, &ObjectError{
				Object: o.Name(), Msg: "indirect functions: the memory manager put code and data too far from each other", Err: ErrRelocationOverflow,
			})
			return
		}
		if int(sym) < o.img.FirstGlobal() {
			f.addrs[sym] = at + off
		}
	}
}

// HasIFuncs says whether the object defines indirect functions.
func (o *Object) HasIFuncs() bool { return len(o.ifuncs.syms) > 0 }

// IFuncs returns the indirect functions that the object defines. It is for Hooks.Finalizing.
func (o *Object) IFuncs() []IFunc {
	if len(o.ifuncs.syms) == 0 {
		return nil
	}
	list := make([]IFunc, len(o.ifuncs.syms))
	slots := o.mem(int(o.ifuncs.slotBase), uint64(len(list))*o.arch.slotSize)
	slotsAt := executor.Addr(o.loadAddr(int(o.ifuncs.slotBase)))
	var y [1]objimage.Symbol
	for k, sym := range o.ifuncs.syms {
		o.img.Symbols(int(sym), y[:])
		list[k] = IFunc{
			Name:     string(o.img.SymbolName(&y[0])),
			Resolver: executor.Addr(o.loadAddr(o.sectionIndex(int(y[0].Section))) + o.trims.offset(y[0].Section, y[0].Value)),
			slot:     slots[uint64(k)*o.arch.slotSize:][:o.arch.slotSize],
			slotAt:   slotsAt + executor.Addr(uint64(k)*o.arch.slotSize),
			word:     o.arch.word,
		}
	}
	return list
}

// refuseIFuncs returns an error if objects define indirect functions, since nobody runs resolvers.
func refuseIFuncs(objects []*Object) error {
	var errs []error
	for _, o := range objects {
		for _, f := range o.IFuncs() {
			errs = append(errs, &ObjectError{
				Object: o.Name(), Err: ErrUnsupportedSymbol, Msg: "indirect function " + f.Name + ": its resolver has to be run, in Hooks.Finalizing; package mcjit does so",
			})
		}
	}
	return joined(errs)
}
