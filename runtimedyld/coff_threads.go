package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// Thread-local variables on Windows. The thread's environment block has the address of an array with a block for each module of the process; a module knows its number by a variable that linkers define,
// _tls_index, and its code a variable's distance from the start of the section .tls, the template (SECREL). So code reaches the variables of its own module only: objects that refer to each other's
// variables have one in common, and what was linked before cannot be referred to.
//
// "PE Format" (Microsoft), "The .tls Section"; winternl.h, TEB.ThreadLocalStoragePointer. On i386 its place is _tls_array, on the other processors a number in the instructions.

const (
	threadIndex = "_tls_index"
	threadArray = "_tls_array"

	i386ThreadArray = 0x2c // TEB.ThreadLocalStoragePointer
)

const refuseThreadsInPE = "thread-local variables (.tls$) need the loader of Windows, and an engine there that may use it (mcjit.WithThreadStorage); or compile with -femulated-tls"

// refuseThreads returns why thread-local variables are refused where there is no storage for them.
func (a *arch) refuseThreads() string {
	if a.format == objimage.COFF {
		return refuseThreadsInPE
	}
	return refuseTLS
}

// planThreadIndex gives the object a word with its module's number.
func (p *plan) planThreadIndex(y *objimage.Symbol) {
	switch {
	case y.Place != objimage.PlaceUndefined:
		p.refuseSymbol(y, "the linker itself defines it, for each object that refers to it")
	case p.storage == nil:
		p.refuseSymbol(y, refuseThreadsInPE)
	default:
		if t := p.thread(); t.enter(threadEntry{kind: needModule}) {
			t.bytes += entryWords[needModule] * p.arch.slotSize
			t.dynamic = true
		}
	}
}

// coffThreadRow is what distances within sections are if the symbol is a thread-local variable.
var coffThreadRow = howto{need: needThread | needNear}

func coffEntryRow(row *howto) *howto {
	if row.formula == &formulaInSection || row.formula == &a64LowInSection {
		return &coffThreadRow
	}
	return nil
}

// coffThread is coffFix for distances within the module's block. It reports false if the symbol is no thread-local variable, and was not taken for one.
func (f *fixer) coffThread(row *howto, r *objimage.Reloc) (x uint64, ok, isThread bool) {
	if coffEntryRow(row) == nil {
		return 0, false, false
	}
	if f.thread(&coffThreadRow, r) {
		f.v.S, f.v.SB = f.v.D, 0
		return row.formula.eval(&f.v), true, true
	}
	var y [1]objimage.Symbol
	f.o.img.Symbols(int(r.Sym), y[:])
	if y[0].Type != objimage.TypeTLS {
		return 0, false, false
	}
	x, ok = f.refuse(ErrThreadLocal, "the symbol is no thread-local variable")
	return x, ok, true
}

// provideThreads gives the object's names for what finds its block their addresses.
func (f *fixer) provideThreads() {
	f.provideAs(threadArray, i386ThreadArray)
	if f.o.tls == nil {
		return
	}
	if at, ok := f.threadEntry(0, needModule); ok {
		f.provideAs(threadIndex, at)
	}
}
