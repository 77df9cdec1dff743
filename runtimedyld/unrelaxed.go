package runtimedyld

import (
	"math"
	"slices"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// SetRelaxation says whether code may be changed to do without what the linker made for it, which is the default: a load of a GOT entry becomes the symbol's address, a
// call goes straight to what is in reach, and is shortened. Without it instructions stay as the compiler wrote them, and a call of what neither the object nor one that was loaded before
// it defines goes through its stub, as LLVM's RuntimeDyld has it. It is called before anything is loaded.
func (d *RuntimeDyld) SetRelaxation(on bool) { d.unrelaxed = !on }

// SetStubs says whether the linker makes stubs for calls out of reach, which is the default. Without it they are errors, as far as they need no stub for another reason: changing the instruction set, say.
// It is for clients that have put stubs into the objects, and it counts only without relaxation. It is called before anything is loaded.
func (d *RuntimeDyld) SetStubs(on bool) { d.stubless = !on }

// SetAnchor says what stands for MIPS's GOT in objects that have none, and for the base of the image of COFF's 32-bit architectures. By default, the linker makes a GOT, and the base is where the lowest
// section is. In LLVM's RuntimeDyld it is the section that was loaded first. It may change whenever sections may be mapped, and counts from the next link on.
func (d *RuntimeDyld) SetAnchor(addr executor.Addr) { d.anchor, d.anchored = uint64(addr), true }

// unrelaxedArches are architectures as unrelaxed changes them.
var unrelaxedArches sync.Map // from unrelaxedArch to *arch

// An unrelaxedArch is an architecture without relaxation, and without stubs or not.
type unrelaxedArch struct {
	*arch
	stubless bool
}

// unrelaxed returns an architecture whose relocations are applied without relaxation.
func (a *arch) unrelaxed(stubless bool) *arch {
	key := unrelaxedArch{a, stubless}
	if u, ok := unrelaxedArches.Load(key); ok {
		return u.(*arch)
	}
	u := *a
	u.kin = a.base()
	u.rows = slices.Clone(a.rows)
	for i := range u.rows {
		row := &u.rows[i]
		row.need &^= relaxable
		if stubless {
			row.need &^= needStub
		} else if a.alwaysStub(uint32(i)) {
			row.need |= needFix
		}
	}
	u.fix = a.fixThroughStub
	u.relaxMark = math.MaxUint32 // padding goes, calls stay
	made, _ := unrelaxedArches.LoadOrStore(key, &u)
	return made.(*arch)
}

// alwaysStub says whether a relocation type means a function that is called, whatever the instruction. In Mach-O, LLVM calls what is in reach.
func (a *arch) alwaysStub(typ uint32) bool {
	row := &a.rows[typ]
	return a.format != objimage.MachO && row.formula != nil && row.need&(needStub|ifBranch) == needStub
}

// fixThroughStub is arch.fix without relaxation.
func (a *arch) fixThroughStub(f *fixer, row *howto, at *site) (uint64, bool) {
	if uint64(at.r.Type) >= uint64(len(a.rows)) { // several in one
		return a.fix(f, row, at)
	}
	if a.alwaysStub(at.r.Type) {
		f.throughStub(row, at)
	}
	if original := &a.rows[at.r.Type]; original.need&needFix != 0 {
		return a.fix(f, original, at)
	}
	return row.formula.eval(&f.v), true
}

// throughStub makes the symbol's stub the target of the relocation, if there is one and the symbol is defined outside, or by an object that was loaded later.
func (f *fixer) throughStub(row *howto, at *site) {
	stub := f.stubs[at.r.Sym]
	if stub == 0 || f.definedBefore(at.r.Sym) {
		return
	}
	if f.o.arch.canUseStub(row, at.code, at.file, at.r.Offset, at.r.Addend) {
		f.v.S, f.v.L = stub-1, stub-1
	}
}

// definedBefore says whether a symbol is defined by the object or by one that was loaded before it.
func (f *fixer) definedBefore(sym uint32) bool {
	first := uint32(f.o.img.FirstGlobal())
	if sym < first || f.o.globals[sym-first] == 0 {
		return true
	}
	owner := f.dyld.table.at(f.o.globals[sym-first]).owner.Load()
	return owner > hostIndex && f.dyld.objects[owner].id <= f.o.id
}

// prefersVeneer says whether a branch to a symbol is to go through a veneer also where it need not.
func (f *fixer) prefersVeneer(sym uint32) bool {
	return f.dyld.unrelaxed && !f.dyld.stubless && !f.definedBefore(sym)
}
