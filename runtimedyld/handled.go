package runtimedyld

import (
	"math"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// ClientHandled is a SymbolResolver's answer, or a host symbol's address, that says: the client takes care of the places that refer to the symbol. They stay as they are in the file. Entries
// that the linker makes for it (of the GOT, of stubs) hold 0. Look-ups do not find it. It is LLVM's UINT64_MAX ("RuntimeDyld::resolveExternalSymbols").
const ClientHandled executor.Addr = math.MaxUint64

// handledSymbol is what relocations that the client takes care of have for their symbol, once they are read: no object has so many.
const handledSymbol = math.MaxUint32

// isHandled says whether an address of a symbol is none, since the client takes care of it. An object may define an absolute symbol that is there.
func (s *symbol) isHandled(a uint64) bool {
	return a == uint64(ClientHandled) && s.owner.Load() == hostIndex
}

// hostAddress returns the address of a symbol that no object defines.
func (f *fixer) hostAddress(s *symbol) uint64 {
	a := s.addr.Load()
	f.hasHandled = f.hasHandled || a == uint64(ClientHandled)
	return a
}

// placeHandled gives symbols that the client takes care of the address 0, and notes which they are.
func (f *fixer) placeHandled() {
	f.hasHandled = false
	first, tab := f.o.img.FirstGlobal(), f.dyld.table.cur.Load()
	for i, id := range f.o.globals {
		if sym := first + i; id != 0 && f.addrs[sym] == uint64(ClientHandled) && tab.at(id).owner.Load() == hostIndex {
			f.addrs[sym] = 0
			f.handled = append(f.handled, uint32(sym))
		}
	}
}

// skipHandled marks the relocations of symbols that the client takes care of. Those that mean an entry of the GOT are applied.
func (f *fixer) skipHandled(relocs []objimage.Reloc) {
	for i := range relocs {
		if r := &relocs[i]; slices.Contains(f.handled, r.Sym) {
			if row := f.o.arch.row(r.Type); row == nil || row.need&needSlot == 0 {
				r.Sym = handledSymbol
			}
		}
	}
}
