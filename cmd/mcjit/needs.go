package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// Needs are what objects would need if they were linked together.
type needs struct {
	memory    planner
	defined   map[string]bool
	undefined map[string]bool // whether a reference is strong
	refused   []refusal
}

// A refusal is something that this version cannot link.
type refusal struct {
	what string // for a relocation its type
	why  string
	n    int
}

func (r *refusal) String() string {
	s := r.what
	if r.n > 1 {
		s += fmt.Sprintf(" (%d times)", r.n)
	}
	if r.why != "" {
		s += ": " + r.why
	}
	return s
}

func newNeeds() *needs {
	return &needs{defined: map[string]bool{}, undefined: map[string]bool{}}
}

// addObject adds what one object needs and defines, and returns the names that it defines for others and how many it wants of them.
func (n *needs) addObject(img *objimage.Object, syms []objimage.Symbol) (defined []string, undefined int) {
	used := usedSymbols(img)
	for i := max(img.FirstGlobal(), 1); i < len(syms); i++ {
		s := &syms[i]
		name := string(img.GlobalName(s))
		switch {
		case s.Place != objimage.PlaceUndefined:
			n.defined[name] = true
			if s.Visibility == objimage.VisibilityDefault || s.Visibility == objimage.VisibilityProtected {
				defined = append(defined, name)
			}
		case name != "" && used(i) && !runtimedyld.IsProvided(img, name):
			n.undefined[name] = n.undefined[name] || s.Binding != objimage.BindWeak
			undefined++
		}
	}
	n.plan(img)
	return defined, undefined
}

// usedSymbols returns which symbols are missed if nobody defines them: of ELF, those to which something refers that is loaded.
func usedSymbols(img *objimage.Object) func(symbol int) bool {
	if img.Format() != objimage.ELF {
		return func(int) bool { return true }
	}
	used := map[uint32]bool{}
	var relocs [64]objimage.Reloc
	for i := range img.NumSections() {
		target, n, _, ok := img.RelocTarget(i)
		if !ok || img.Section(target).Flags&objimage.SectionAlloc == 0 {
			continue
		}
		for from := 0; from < n; {
			k := img.Relocs(i, from, relocs[:])
			for _, r := range relocs[:k] {
				used[r.Sym] = true
			}
			from += k
		}
	}
	return func(symbol int) bool { return used[uint32(symbol)] }
}

// plan asks the linker what it would do with an object. It goes as far as asking for memory, which it is not given.
func (n *needs) plan(img *objimage.Object) {
	d := runtimedyld.New(&n.memory, nil)
	if storage, err := hostlib.NewThreadStorage(); err == nil {
		d.SetThreadStorage(storage)
	}
	_, err := d.LoadObject(img)
	if errors.Is(err, errPlanned) {
		return
	}
	n.refuse(err)
}

// refuse notes what the linker said.
func (n *needs) refuse(err error) {
	if several, ok := err.(*runtimedyld.LinkError); ok {
		for _, each := range several.Errs {
			n.refuse(each)
		}
		return
	}
	r := refusal{what: err.Error(), n: 1}
	if reloc, ok := err.(*runtimedyld.RelocationError); ok && reloc.Detail != "" {
		r.what, r.why = reloc.Type, reloc.Detail
	}
	for i := range n.refused {
		if old := &n.refused[i]; old.what == r.what && old.why == r.why {
			old.n++
			return
		}
	}
	n.refused = append(n.refused, r)
}

// errPlanned ends the loading of an object whose memory is known.
var errPlanned = errors.New("planned")

// A planner is a memory manager that adds up what it is asked for, and gives nothing.
type planner struct {
	sections [memmgr.NumKinds]int
	bytes    [memmgr.NumKinds]uint64
}

// Allocate counts.
func (p *planner) Allocate(_ memmgr.Batch, _ memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	for i := range secs {
		if s := &secs[i]; s.Size > 0 {
			p.sections[s.Kind]++
			p.bytes[s.Kind] += s.Size
		}
	}
	return 0, errPlanned
}

// Finalize has nothing to do.
func (p *planner) Finalize(memmgr.Batch) error { return nil }

// Deallocate has nothing to do.
func (p *planner) Deallocate(...memmgr.AllocID) error { return nil }

// write says it all.
func (n *needs) write(w io.Writer) {
	fmt.Fprintf(w, "\nwhat it would need\n")
	t := table{right: []bool{false, false, true, false}}
	for k := range n.memory.bytes {
		if n.memory.sections[k] > 0 {
			t.add("memory", kinds[k].permission+" "+kinds[k].name, byteCount(n.memory.bytes[k]), count(n.memory.sections[k], "section"))
		}
	}
	t.write(w, "  ")
	n.writeSymbols(w)
	if len(n.refused) == 0 {
		fmt.Fprintf(w, "  nothing in it is unsupported by this version\n")
	}
	for _, r := range n.refused {
		fmt.Fprintf(w, "  not supported: %s\n", printable(r.String()))
	}
}

// forThreads says whether the process has a function of a name for the sake of thread-local variables.
func forThreads(name string) bool {
	storage, err := hostlib.NewThreadStorage()
	return err == nil && storage.ThreadFunction(name) != 0
}

// writeSymbols lists what others have to define.
func (n *needs) writeSymbols(w io.Writer) {
	names := make([]string, 0, len(n.undefined))
	for name := range n.undefined {
		if !n.defined[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	t := table{right: []bool{false, false, false}}
	missing := 0
	for _, name := range names {
		strong := n.undefined[name]
		_, found := hostlib.Process().Lookup(name)
		where := "in the C library of this process"
		switch {
		case !found && forThreads(name):
			where = "supplied for thread-local variables"
		case !found && strong && builtIn(name):
			where = "built in (mcjit runtime lists what is)"
		case !found && strong:
			where = "not in the C library"
			missing++
		case !found:
			where = "not in the C library; null, unless another object or a library defines it"
		}
		kind := "symbol"
		if !strong {
			kind = "weak symbol"
		}
		t.add(kind, name, where)
	}
	t.write(w, "  ")
	if missing > 0 {
		fmt.Fprintf(w, "  %s to come from other objects, archives or libraries (-l)\n", plural(missing, "symbol has", "symbols have"))
	}
}
