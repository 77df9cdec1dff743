package runtimedyld

import (
	"fmt"
	"strconv"

	"github.com/gomcjit/gomcjit/objimage"
)

// slimLTO is the common that GCC defines in objects which have no code, only what link-time optimization makes code of (-flto; -ffat-lto-objects has both).
const slimLTO = "__gnu_lto_slim"

func (p *plan) refuseSymbol(s *objimage.Symbol, msg string) {
	p.errs = append(p.errs, &ObjectError{Object: p.img.Name(), Msg: fmt.Sprintf("symbol %q: %s", shown(p.img.SymbolName(s)), msg), Err: ErrUnsupportedSymbol})
}

// refuseCommon refuses a common that cannot be one, and reports whether it did.
func (p *plan) refuseCommon(s *objimage.Symbol) bool {
	switch {
	case string(p.img.SymbolName(s)) == slimLTO:
		p.refuseSymbol(s, "the object has GCC's data for link-time optimization in place of code; compile without -flto, or with -ffat-lto-objects")
	case s.Size > maxSectionBytes || s.Value > maxSectionBytes:
		p.refuseSymbol(s, fmt.Sprintf("a common of %d bytes, aligned to %d, does not fit an address space", s.Size, s.Value))
	default:
		return false
	}
	return true
}

// refuseReloc notes why a relocation is refused.
func (p *plan) refuseReloc(r *objimage.Reloc, target int, err error, detail string) {
	e := newRelocationError(p.img, target, r, err)
	e.Detail = detail
	p.errs = append(p.errs, e)
}

// badReloc says what is wrong with a relocation that planRelocs did not like.
func (p *plan) badReloc(r *objimage.Reloc, target int) {
	err, detail := ErrMalformedRelocation, ""
	row := p.arch.row(r.Type)
	if row != nil && row.formula != nil && (p.comdat.excuses(p, r, target) || p.redirect(row, r, target) || p.planEntry(row, r, target)) {
		return
	}
	switch {
	case row == nil:
		err, detail = ErrUnsupportedRelocation, "type unknown on "+p.arch.name
	case row.formula == nil:
		err, detail = ErrUnsupportedRelocation, row.refusal
	case uint64(r.Sym) >= uint64(len(p.traits)):
		detail = fmt.Sprintf("symbol %d of %d does not exist", r.Sym, len(p.traits))
	case p.traits[r.Sym]&traitThread != 0 && p.storage == nil:
		err, detail = ErrUnsupportedRelocation, p.arch.refuseThreads()
	case p.traits[r.Sym]&traitThread != 0:
		err, detail = ErrThreadLocal, "the symbol is a thread-local variable, which has no address"
	case p.traits[r.Sym]&traitUnloaded != 0:
		detail = fmt.Sprintf("the symbol is in section %s, which is not loaded", shown(p.img.SectionName(int(p.syms[r.Sym].Section))))
	default:
		detail = fmt.Sprintf("its %d bytes are not inside the section's %d", row.field.size, p.extents[p.loaded[target]-1].size)
	}
	p.refuseReloc(r, target, err, detail)
}

// newRelocationError fills in what is known of a relocation from its file.
func newRelocationError(img *objimage.Object, section int, r *objimage.Reloc, err error) *RelocationError {
	e := &RelocationError{
		Object: img.Name(), Section: shown(img.SectionName(section)), Offset: r.Offset,
		Type: strconv.Itoa(int(r.Type)), Addend: r.Addend, Err: err,
	}
	if a := archOf(img); a != nil && a.row(r.Type) != nil {
		e.Type = a.row(r.Type).name
	} else if several := new(howto); a != nil && a.compound != nil && a.compound(a, r.Type, several) {
		e.Type = several.name
	}
	var s [1]objimage.Symbol
	if uint64(r.Sym) < uint64(img.NumSymbols()) {
		if n, serr := img.Symbols(int(r.Sym), s[:]); serr == nil && n == 1 {
			e.Symbol = shown(img.SymbolName(&s[0]))
			if s[0].Type == objimage.TypeSection && s[0].Place == objimage.PlaceSection {
				e.Symbol = shown(img.SectionName(int(s[0].Section)))
			}
		}
	}
	return e
}

// refuse reports an error of the relocation at f.site, and returns what arch.fix returns then.
func (f *fixer) refuse(err error, detail string) (uint64, bool) {
	e := f.newError(f.site.target, &f.site.r, err)
	e.Detail = detail
	f.report(f.site.target, e)
	return 0, false
}

// misaligned and overflow are refuse for a value, computed by arch.fix, that its field's limits do not judge.
func (f *fixer) misaligned(x, align uint64) (uint64, bool) {
	e := f.newError(f.site.target, &f.site.r, ErrMisaligned)
	e.Value, e.Detail = int64(x), fmt.Sprintf("it has to be a multiple of %d", align)
	f.report(f.site.target, e)
	return 0, false
}

func (f *fixer) overflow(x, lo, hi uint64, detail string) (uint64, bool) {
	e := f.newError(f.site.target, &f.site.r, ErrRelocationOverflow)
	e.Value, e.Min, e.Max, e.Detail = int64(x), int64(lo), int64(hi), detail
	f.report(f.site.target, e)
	return 0, false
}

func (f *fixer) fail(target int, r objimage.Reloc, err error) {
	f.report(target, f.newError(target, &r, err))
}

// newError is newRelocationError for a relocation whose place is that in memory.
func (f *fixer) newError(target int, r *objimage.Reloc, err error) *RelocationError {
	e := newRelocationError(f.o.img, target, r, err)
	e.Offset = fileOffset(f.o.trims.of(uint32(target)), r.Offset)
	return e
}

// report notes an error in a section. Of an object that was removed only the COMDAT groups are still relied on: what is wrong elsewhere went with it, and must
// not keep others from being linked.
func (f *fixer) report(target int, err error) {
	if f.o.State() == Retired {
		if f.groups == nil {
			f.groups = new(comdat)
			f.groups.of(f.o.img)
		}
		if !f.groups.has(uint32(target)) {
			return
		}
	}
	f.errs = append(f.errs, err)
}
