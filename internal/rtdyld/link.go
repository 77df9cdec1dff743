package rtdyld

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/llvmcl"
	"github.com/gomcjit/gomcjit/internal/rtdyld/llvmstubs"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A linked is what the inputs are once they are loaded for a target that need not exist.
type linked struct {
	dyld    *runtimedyld.RuntimeDyld
	memory  *Memory
	inputs  []*input
	objects []*runtimedyld.Object // by input
	symbols map[string]uint64     // of -dummy-extern
	stubs   [][]llvmstubs.Stub    // by input: those that LLVM's RuntimeDyld would make
	strange bool                  // LLVM does not know the architecture of some input
	space   space
	threads *threadStorage
}

// load reads and loads inputs. Unless they are to be linked, code stays as it is and nothing can be undefined.
func (t *Tool) load(link bool, paths ...string) (*linked, error) {
	symbols, err := parseSymbols(t.options.Symbols)
	if err != nil {
		return nil, err
	}
	inputs, err := t.readInputs(link, paths)
	if err != nil {
		return nil, err
	}
	for _, in := range inputs {
		in.bare = in.img
	}
	requests := t.Stdout
	if t.options.Action == PrintObjLine {
		requests = nil // LLVM loads nothing
	}
	l := &linked{inputs: inputs, symbols: symbols, memory: NewMemory(t.options, requests, nil)}
	return l, t.loadInputs(l, link, t.options.Action != Verify || t.options.OwnStubs)
}

// loadInputs loads the inputs into a linker of their own, and gives sections that no program has in memory the address 0, as LLVM does: what refers to them (DWARF's offsets) is relative to their start. The
// linker makes stubs, or LLVM's are added, or both: see link.
func (t *Tool) loadInputs(l *linked, link, stubs bool) error {
	storage := newThreadStorage(l.inputs)
	resolver := func(name string) (executor.Addr, bool) { return l.external(t, name) }
	if !link {
		storage.any = true
		resolver = func(string) (executor.Addr, bool) { return pageSize, true }
	}
	if err := l.prepare(t.options); err != nil {
		return err
	}
	l.dyld = runtimedyld.New(l.memory, runtimedyld.ResolverFunc(resolver))
	l.dyld.SetThreadStorage(storage)
	l.threads = storage
	l.dyld.SetRelaxation(false) // rules are about what the compiler wrote
	l.dyld.SetStubs(stubs || l.strange)
	l.dyld.SetOneImage(l.stubs != nil)
	l.dyld.LeaveToResolver(l.isGiven)
	for _, in := range l.inputs {
		if l.memory.extra = in.extra; t.options.Action == Verify {
			l.memory.loading = in
		}
		o, err := l.dyld.LoadObject(in.img)
		if err != nil {
			return err
		}
		l.objects = append(l.objects, o)
	}
	for _, b := range l.memory.blocks {
		if in := l.inputOf(b); b.section.Index > 0 && !b.idle && in.isUnneeded(b.section.Index) {
			if err := l.move(b, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepare finds the inputs' commons, and adds LLVM's stubs if there are to be any.
func (l *linked) prepare(o *Options) error {
	defined := map[string]bool{}
	for _, in := range l.inputs {
		if err := in.survey(defined); err != nil {
			return err
		}
	}
	if o.Action != Verify || o.OwnStubs {
		return nil
	}
	return l.addStubs()
}

// external finds what no input defines.
func (l *linked) external(t *Tool, name string) (executor.Addr, bool) {
	for _, in := range l.inputs {
		if a, ok := l.symbols[in.img.FileName(name)]; ok {
			return executor.Addr(a), true
		}
	}
	if t.Lookup == nil {
		return 0, false
	}
	return t.Lookup(name)
}

// isGiven says whether -dummy-extern defines a name that an input does not define. The GOT is none of these: relocations that name it mean where it is, in LLVM too.
func (l *linked) isGiven(name string) bool {
	if name == "_GLOBAL_OFFSET_TABLE_" || name == ".TOC." {
		return false
	}
	for _, in := range l.inputs {
		if _, ok := l.symbols[in.img.FileName(name)]; ok {
			return true
		}
	}
	return false
}

// resolve applies relocations.
func (l *linked) resolve() error {
	err := l.dyld.ResolveRelocations()
	if undefined := undefinedErrors(err, l.inputs[0].img.FileName); undefined != nil {
		return undefined
	}
	if err != nil {
		return fmt.Errorf("RTDyld reported an error applying relocations:\n  %w", err)
	}
	return nil
}

// A MissingError is an undefined symbol.
type MissingError struct{ Symbol string }

// Error says it in LLVM's words.
func (e *MissingError) Error() string {
	return fmt.Sprintf("Could not find definition for %q", e.Symbol)
}

// undefinedErrors returns a MissingError for each undefined symbol of a link, under the name that files have for it; nil if there is none.
func undefinedErrors(err error, fileName func(string) string) error {
	var undefined *runtimedyld.UndefinedError
	if !errors.As(err, &undefined) {
		return nil
	}
	var errs []error
	for _, s := range undefined.Symbols {
		errs = append(errs, &MissingError{fileName(s.Name)})
	}
	return errors.Join(errs...)
}

// parseSymbols understands -dummy-extern.
func parseSymbols(specs []string) (map[string]uint64, error) {
	symbols := map[string]uint64{}
	for _, spec := range specs {
		name, value, ok := strings.Cut(spec, "=")
		if !ok {
			return nil, fmt.Errorf("Invalid dummy symbol specification '%s'. Should be '<symbol name>=<addr>'", spec)
		}
		addr, err := llvmcl.ParseNumber(value)
		if err != nil {
			return nil, fmt.Errorf("Invalid symbol mapping '%s'.", spec)
		}
		symbols[name] = addr
	}
	return symbols, nil
}

// inputOf returns the input that a section is of; nil for commons.
func (l *linked) inputOf(b *block) *input {
	for i, o := range l.objects {
		if o.ID() == b.module {
			return l.inputs[i]
		}
	}
	return nil
}

// A NameError is a file or a section that rules or options name, and that is not there.
type NameError struct {
	File    string
	Section string // empty if it is the file that is missing
	Many    bool   // there are several
}

// Error says it in LLVM's words, if LLVM has any.
func (e *NameError) Error() string {
	switch {
	case e.Many:
		return fmt.Sprintf("Several inputs are called %s and have a section %q: give one of them its path", e.File, e.Section)
	case e.Section == "":
		return "No file named " + e.File
	}
	return fmt.Sprintf("No section named %q in file %s", e.Section, e.File)
}

// find returns a section by the names of its file, which is the last part of its path or all of it, and its own. Of several sections of that name in a file it is
// the last one that is loaded, as in LLVM.
func (l *linked) find(file, section string) (*block, error) {
	var found *block
	known := false
	for i, in := range l.inputs {
		if in.path != file && in.name() != file {
			continue
		}
		known = true
		b := l.lastBlock(l.objects[i].ID(), section)
		if b == nil {
			continue
		}
		if found != nil && in.path != file {
			return nil, &NameError{File: file, Section: section, Many: true}
		}
		found = b
	}
	switch {
	case !known:
		return nil, &NameError{File: file}
	case found == nil:
		return nil, &NameError{File: file, Section: section}
	}
	return found, nil
}

func (l *linked) lastBlock(module uint64, section string) (last *block) {
	for _, b := range l.memory.blocks {
		if b.module == module && b.name == section && (last == nil || b.rank > last.rank) {
			last = b
		}
	}
	return last
}

// namesakes returns the sections of b's input that have its name, the last one of the file first.
func (l *linked) namesakes(b *block) (list []*block) {
	for _, each := range l.memory.blocks {
		if each.module == b.module && each.name == b.name {
			list = append(list, each)
		}
	}
	slices.SortFunc(list, func(a, b *block) int { return b.section.Index - a.section.Index })
	return list
}

// blockOf returns a section of an input by its number; nil if it is not loaded.
func (l *linked) blockOf(input, section int) *block {
	for _, b := range l.memory.blocks {
		if b.module == l.objects[input].ID() && b.section.Index == section {
			return b
		}
	}
	return nil
}

// addressOf returns where a section is in the target. A thread-local one is at a distance from the start of its block.
func (l *linked) addressOf(b *block) uint64 {
	for _, o := range l.objects {
		if a, ok := o.SectionLoadAddress(b.section.Index); ok && o.ID() == b.module {
			return uint64(a)
		}
	}
	return uint64(b.section.Addr)
}

// symbolsOf returns all symbols of an input.
func symbolsOf(img *objimage.Object) ([]objimage.Symbol, error) {
	syms := make([]objimage.Symbol, img.NumSymbols())
	_, err := img.Symbols(0, syms)
	return syms, err
}
