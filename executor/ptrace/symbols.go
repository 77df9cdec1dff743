package ptrace

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/elfsymbols"
)

// symbolCache is what is known of the process's symbols. The mutex of the Process guards it.
type symbolCache struct {
	tables    map[string]fileSymbols          // of files
	functions map[executor.Addr]executor.Addr // what resolvers of indirect functions have returned
	modules   []module                        // as long as maps are
	maps      []mapping                       // of files
	reading   *reading                        // of files, the last that has begun; nil if that is done
	readers   int                             // that are not done
	errno     executor.Addr                   // the function that returns errno's address; 0 as long as there is none
}

// A symbolTable has the symbols of a file that others may refer to.
type symbolTable map[string]symbol

// fileSymbols are the symbols of a file, and how many bytes its tables have.
type fileSymbols struct {
	table symbolTable
	bytes uint64
}

type symbol struct {
	value    uint64 // of a file that can be anywhere, from its beginning
	indirect bool   // it is the address of a function that returns the symbol's
}

// A module is a file of which the process has code.
type module struct {
	mapping // of the file's beginning
	end     executor.Addr
	bias    executor.Addr // what is added to addresses in the file
	table   symbolTable
	dynamic executor.Addr // its dynamic section; 0 if there is none
}

// Lookup implements executor.Symbols: it looks in the dynamic symbols of the files of which the process has code, in the order in which its dynamic linker would, and then in those of the program that it does not export,
// if it has not been stripped. Indirect functions (STT_GNU_IFUNC) are resolved, by a call in the process. A thread-local variable has no address.
func (p *Process) Lookup(names ...string) ([]executor.Addr, error) {
	const op = "looking up symbols"
	modules, err := p.modules()
	if err != nil {
		return nil, p.fail(op, err)
	}
	list := make([]executor.Addr, len(names))
	for i, name := range names {
		at, indirect := findSymbol(modules, name)
		if indirect {
			at, err = p.resolveIndirect(at)
		}
		if err != nil {
			return nil, p.fail(op, fmt.Errorf("%s: %w", name, err))
		}
		list[i] = at
	}
	return list, nil
}

// lookupPlain looks up a symbol that is no indirect function, without running anything in the process.
func (p *Process) lookupPlain(name string) (executor.Addr, error) {
	modules, err := p.modules()
	if err != nil {
		return 0, err
	}
	at, indirect := findSymbol(modules, name)
	if indirect {
		at = 0
	}
	return at, nil
}

func findSymbol(modules []module, name string) (at executor.Addr, indirect bool) {
	for _, m := range modules {
		if s, ok := m.table[name]; ok {
			return m.bias + executor.Addr(s.value), s.indirect
		}
	}
	return 0, false
}

// resolveIndirect calls the resolver of an indirect function, once.
func (p *Process) resolveIndirect(resolver executor.Addr) (executor.Addr, error) {
	p.mu.Lock()
	at, ok := p.symbols.functions[resolver]
	p.mu.Unlock()
	if ok {
		return at, nil
	}
	result, err := p.Call(resolver, p.auxiliary(atHWCap))
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.symbols.functions == nil {
		p.symbols.functions = map[executor.Addr]executor.Addr{}
	}
	p.symbols.functions[resolver] = executor.Addr(result)
	return executor.Addr(result), nil
}

// atHWCap is AT_HWCAP of the auxiliary vector: the processor's features, which resolvers get as an argument on some processors.
const atHWCap = 16

// auxiliary returns an entry of the process's auxiliary vector, 0 if there is none.
func (p *Process) auxiliary(tag uint64) uint64 {
	b, err := os.ReadFile(p.proc("auxv"))
	for ; err == nil && len(b) >= 16; b = b[16:] {
		if binary.NativeEndian.Uint64(b) == tag {
			return binary.NativeEndian.Uint64(b[8:])
		}
	}
	return 0
}

// modules returns the files of which the process has code, in the order in which symbols are looked for. They are read when the process has others. Files of the process may be on a file system that it serves
// itself, and does not answer: they are waited for as long as WithTimeout says.
func (p *Process) modules() ([]module, error) {
	maps, err := p.maps()
	if err != nil || len(maps) == 0 {
		return nil, ErrEnded
	}
	files := slices.DeleteFunc(slices.Clone(maps), func(m mapping) bool { return !strings.HasPrefix(m.path, "/") })
	patience := time.NewTimer(p.opts.timeout)
	defer patience.Stop()
	for {
		p.mu.Lock()
		known, same := p.symbols.modules, slices.Equal(files, p.symbols.maps)
		if r := p.symbols.reading; !same && p.symbols.readers < mostReaders && (r == nil || !slices.Equal(files, r.files)) {
			p.symbols.reading = &reading{files, make(chan struct{})}
			p.symbols.readers++
			go p.readSymbols(p.symbols.reading, maps, p.symbols.tables)
		}
		var done chan struct{} // nil if all hang that may be
		if r := p.symbols.reading; r != nil {
			done = r.done
		}
		p.mu.Unlock()
		if same {
			return known, nil
		}
		select {
		case <-done:
		case <-patience.C:
			return nil, &Error{Err: ErrTimeout, Hint: "the files that it has mapped cannot be read"}
		}
	}
}

// A reading is one of the files of mappings, which may never be done.
type reading struct {
	files []mapping
	done  chan struct{} // closed then
}

// mostReaders is how many readings there are at a time: what those hold that hang is not given back.
const mostReaders = 4

// readSymbols reads the files of mappings, of which some have been read before.
func (p *Process) readSymbols(what *reading, maps []mapping, known map[string]fileSymbols) {
	r := &symbolReader{p: p, known: known, tables: map[string]fileSymbols{}, budget: mostBytes}
	r.readModules(maps)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.symbols.modules, p.symbols.maps, p.symbols.tables = r.modules, what.files, r.tables
	p.symbols.readers--
	if p.symbols.reading == what {
		p.symbols.reading = nil
	}
	close(what.done)
}

// A symbolReader reads the symbols of a process's files.
type symbolReader struct {
	p       *Process
	known   map[string]fileSymbols // of files that have been read before; nobody changes it
	tables  map[string]fileSymbols
	modules []module
	names   int    // of all tables
	budget  uint64 // bytes that tables may still have
}

// Bounds of what is known of a process at a time. Files that come when there is more have no symbols. Files may have holes, and cost the process nothing.
const (
	mostNames = 16 << 20 // symbols
	mostBytes = 1 << 30  // of their tables
)

func (r *symbolReader) readModules(maps []mapping) {
	program := ""
	if entry, ok := mappingOf(maps, executor.Addr(r.p.auxiliary(atEntry))); ok {
		program = entry.file
	}
	for i, m := range maps {
		if m.offset != 0 || !strings.HasPrefix(m.path, "/") || len(r.modules) == mostModules {
			continue
		}
		end := i + 1
		for end < len(maps) && (maps[end].file == m.file && maps[end].offset > 0 || maps[end].path == "") {
			end++
		}
		hasCode := slices.ContainsFunc(maps[i:end], func(o mapping) bool { return o.file == m.file && strings.Contains(o.perms, "x") })
		if !hasCode {
			continue
		}
		if mod, ok := r.module(m, m.file == program); ok {
			for _, o := range maps[i:end] {
				if o.file == m.file {
					mod.end = o.end
				}
			}
			r.modules = append(r.modules, mod)
		}
	}
	r.p.sortByScope(r.modules, program)
}

// atEntry is AT_ENTRY of the auxiliary vector: where the program begins.
const atEntry = 9

// module reads a file that has been mapped. What is no ELF file has no symbols.
func (r *symbolReader) module(m mapping, program bool) (module, bool) {
	file, err := r.p.openMapped(m)
	if err != nil {
		return module{}, false
	}
	defer file.Close()
	f, err := elfsymbols.Open(file)
	if err != nil {
		return module{}, false
	}
	segments, err := f.Segments()
	if err != nil {
		return module{}, false
	}
	mod := module{mapping: m}
	for _, s := range segments {
		switch {
		case s.Type == elf.PT_LOAD && s.Off == 0 && f.Type == elf.ET_DYN:
			mod.bias = m.start - executor.Addr(s.Vaddr)
		case s.Type == elf.PT_DYNAMIC:
			mod.dynamic = executor.Addr(s.Vaddr)
		}
	}
	if mod.dynamic != 0 {
		mod.dynamic += mod.bias
	}
	mod.table = r.table(m.file, f, program)
	return mod, true
}

// table reads the symbols of a file, once.
func (r *symbolReader) table(name string, f *elfsymbols.File, program bool) symbolTable {
	s, ok := r.tables[name]
	if ok {
		return s.table
	}
	if s, ok = r.known[name]; ok {
		r.budget -= min(r.budget, s.bytes)
	} else if r.names < mostNames {
		before := r.budget
		f.Budget = &r.budget
		s.table = readSymbols(f, program)
		s.bytes = before - r.budget
	}
	r.tables[name] = s
	r.names += len(s.table)
	return s.table
}

// openMapped opens a mapped file: as the process has it, also if it has been deleted, where the system allows that, or else by its name.
func (p *Process) openMapped(m mapping) (*os.File, error) {
	f, err := openRegular(p.proc(fmt.Sprintf("map_files/%x-%x", uint64(m.start), uint64(m.end))))
	if err != nil {
		f, err = openRegular(p.proc("root" + m.path))
	}
	return f, err
}

// readSymbols reads the dynamic symbols of a file, and of the program all that are global. A file that is malformed has those that are read before that shows.
func readSymbols(f *elfsymbols.File, program bool) symbolTable {
	table := symbolTable{}
	_ = f.Symbols(elf.SHT_DYNSYM, func(s elfsymbols.Symbol) { table.add(&s, false) })
	if program {
		_ = f.Symbols(elf.SHT_SYMTAB, func(s elfsymbols.Symbol) { table.add(&s, true) })
	}
	return table
}

// add adds a symbol that others may refer to, of each name the first one that is of the default version, and if that is wanted one that is hidden from other files.
func (table symbolTable) add(s *elfsymbols.Symbol, hidden bool) {
	const gnuUnique, gnuIndirect = 10, 10
	bind := s.Bind()
	switch visibility := elf.ST_VISIBILITY(s.Other); {
	case !s.IsAddress() || s.Hidden:
	case bind != elf.STB_GLOBAL && bind != elf.STB_WEAK && bind != gnuUnique && !slices.Contains(errnoFunctions, s.Name): // which is local in -static-pie
	case !hidden && (visibility == elf.STV_HIDDEN || visibility == elf.STV_INTERNAL):
	default:
		if _, ok := table[s.Name]; !ok {
			table[s.Name] = symbol{s.Value, s.Type() == gnuIndirect}
		}
	}
}

// sortByScope puts modules into the order of the dynamic linker's list (struct r_debug of <link.h>), the program first; those that are not in it come last.
func (p *Process) sortByScope(list []module, program string) {
	place := map[executor.Addr]int{} // by the address of the dynamic section
	for i := range list {
		if list[i].file == program {
			for n, at := range p.linkMap(list[i].dynamic) {
				place[at] = n + 1
			}
		}
	}
	rank := func(m *module) int {
		if m.file == program {
			return 0
		}
		if n, ok := place[m.dynamic]; ok {
			return n
		}
		return len(place) + 2
	}
	slices.SortStableFunc(list, func(a, b module) int { return rank(&a) - rank(&b) })
}

// Bounds of lists that the process may be changing, or have made so that they have no end.
const (
	mostModules = 10000
	mostDynamic = 64 << 10 // bytes of a dynamic section
)

// linkMap returns the dynamic sections of the files that the dynamic linker has loaded, in its order. It is empty for a program that has none.
func (p *Process) linkMap(dynamic executor.Addr) (list []executor.Addr) {
	word := func(at executor.Addr) uint64 {
		w, err := p.word(at)
		if err != nil {
			return 0 // which ends it
		}
		return w
	}
	if dynamic == 0 {
		return nil
	}
	end := dynamic + mostDynamic
	for tag := word(dynamic); tag != uint64(elf.DT_NULL) && tag != uint64(elf.DT_DEBUG) && dynamic < end; tag = word(dynamic) {
		dynamic += 16
	}
	debug := executor.Addr(word(dynamic + 8))
	for l := executor.Addr(word(debug + 8)); l != 0 && debug != 0 && len(list) < mostModules; l = executor.Addr(word(l + 24)) {
		list = append(list, executor.Addr(word(l+16)))
	}
	return list
}
