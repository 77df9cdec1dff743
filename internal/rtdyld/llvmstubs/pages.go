package llvmstubs

import (
	"debug/elf"

	"github.com/gomcjit/gomcjit/objimage"
)

// MIPS N32 and N64: LLVM has one GOT entry for a symbol. If the first relocation that means it wants a page, it has the page around the symbol plus that one's addend, and else the symbol's address.

// A Page says that a symbol's GOT entry is to have the 64 KiB around the symbol plus an addend. The linker stores the symbol's address.
type Page struct {
	Symbol uint32 // of Result.Object
	Addend int64
}

// Of returns the start of the page, by the symbol's address.
func (p *Page) Of(symbol uint64) uint64 { return (symbol + uint64(p.Addend) + 0x8000) &^ 0xffff }

// page makes a relocation of a page one of a symbol's entry, and what is added to the page the lower half of the address.
func (a *adder) page(r *objimage.Reloc) {
	switch elf.R_MIPS(r.Type) {
	case elf.R_MIPS_GOT_OFST:
		r.Type = uint32(elf.R_MIPS_LO16)
	case elf.R_MIPS_GOT_PAGE:
		if !a.slots[r.Sym] {
			a.pages = append(a.pages, Page{r.Sym, r.Addend})
		}
		r.Type, r.Addend = uint32(elf.R_MIPS_GOT_DISP), 0
		a.slots[r.Sym] = true
	case elf.R_MIPS_GOT_DISP, elf.R_MIPS_CALL16:
		a.slots[r.Sym] = true
	}
}
