package ptrace

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
)

// symbolCache is what is known of the process's symbols. The mutex of the Process guards it.
type symbolCache struct {
	tables    map[string]symbolTable          // of files
	functions map[executor.Addr]executor.Addr // what resolvers of indirect functions have returned
	modules   []module                        // as long as maps are
	maps      []mapping                       // of files
	errno     executor.Addr                   // the function that returns errno's address; 0 as long as there is none
}

// A symbolTable has the symbols of a file that others may refer to.
type symbolTable map[string]symbol

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

// modules returns the files of which the process has code, in the order in which symbols are looked for. They are read when the process has others.
func (p *Process) modules() ([]module, error) {
	maps, err := p.maps()
	if err != nil || len(maps) == 0 {
		return nil, ErrEnded
	}
	files := slices.DeleteFunc(slices.Clone(maps), func(m mapping) bool { return !strings.HasPrefix(m.path, "/") })
	p.mu.Lock()
	known, same := p.symbols.modules, slices.Equal(files, p.symbols.maps)
	p.mu.Unlock()
	if same {
		return known, nil
	}
	list := p.readModules(maps)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.symbols.modules, p.symbols.maps = list, files
	return list, nil
}

func (p *Process) readModules(maps []mapping) (list []module) {
	program := ""
	if entry, ok := mappingOf(maps, executor.Addr(p.auxiliary(atEntry))); ok {
		program = entry.file
	}
	for i, m := range maps {
		if m.offset != 0 || !strings.HasPrefix(m.path, "/") {
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
		if mod, ok := p.module(m, m.file == program); ok {
			for _, o := range maps[i:end] {
				if o.file == m.file {
					mod.end = o.end
				}
			}
			list = append(list, mod)
		}
	}
	p.sortByScope(list, program)
	return list
}

// atEntry is AT_ENTRY of the auxiliary vector: where the program begins.
const atEntry = 9

// module reads a file that has been mapped. What is no ELF file has no symbols.
func (p *Process) module(m mapping, program bool) (module, bool) {
	f, err := p.openMapped(m)
	if err != nil {
		return module{}, false
	}
	defer f.Close()
	mod := module{mapping: m}
	for _, prog := range f.Progs {
		switch {
		case prog.Type == elf.PT_LOAD && prog.Off == 0 && f.Type == elf.ET_DYN:
			mod.bias = m.start - executor.Addr(prog.Vaddr)
		case prog.Type == elf.PT_DYNAMIC:
			mod.dynamic = executor.Addr(prog.Vaddr)
		}
	}
	if mod.dynamic != 0 {
		mod.dynamic += mod.bias
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.symbols.tables == nil {
		p.symbols.tables = map[string]symbolTable{}
	}
	table, ok := p.symbols.tables[m.file]
	if !ok {
		table = readSymbols(f.File, program)
		p.symbols.tables[m.file] = table
	}
	mod.table = table
	return mod, true
}

// An openFile is an ELF file and what has to be closed.
type openFile struct {
	*elf.File
	file *os.File
}

func (f openFile) Close() error { return f.file.Close() }

// openMapped opens a mapped file: as the process has it, also if it has been deleted, where the system allows that, or else by its name.
func (p *Process) openMapped(m mapping) (openFile, error) {
	f, err := openRegular(p.proc(fmt.Sprintf("map_files/%x-%x", uint64(m.start), uint64(m.end))))
	if err != nil {
		f, err = openRegular(p.proc("root" + m.path))
	}
	if err != nil {
		return openFile{}, err
	}
	e, err := elf.NewFile(f)
	if err != nil {
		return openFile{}, errors.Join(err, f.Close())
	}
	return openFile{e, f}, nil
}

// openRegular opens a file that is one. By its name it may be something else by now: to open a FIFO would take for ever, and devices may do anything.
func openRegular(path string) (*os.File, error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, os.ErrInvalid)
	}
	return os.Open(path)
}

// readSymbols reads the dynamic symbols of a file, and of the program all that are global.
func readSymbols(f *elf.File, program bool) symbolTable {
	table := symbolTable{}
	if dynamic, err := f.DynamicSymbols(); err == nil {
		table.add(dynamic, false)
	}
	if program {
		if all, err := f.Symbols(); err == nil {
			table.add(all, true)
		}
	}
	return table
}

// add adds symbols that others may refer to, of each name the first one that is of the default version, and if that is wanted those that are hidden from other files.
func (table symbolTable) add(list []elf.Symbol, hidden bool) {
	const gnuUnique, gnuIndirect = 10, 10
	for i := range list {
		s := &list[i]
		bind, typ := elf.ST_BIND(s.Info), elf.ST_TYPE(s.Info)
		switch visibility := elf.ST_VISIBILITY(s.Other); {
		case s.Section == elf.SHN_UNDEF || typ == elf.STT_TLS || typ == elf.STT_FILE || typ == elf.STT_SECTION:
		case bind != elf.STB_GLOBAL && bind != elf.STB_WEAK && bind != gnuUnique && !slices.Contains(errnoFunctions, s.Name): // which is local in -static-pie
		case !hidden && (visibility == elf.STV_HIDDEN || visibility == elf.STV_INTERNAL):
		case s.HasVersion && s.VersionIndex.IsHidden():
		default:
			if _, ok := table[s.Name]; !ok {
				table[s.Name] = symbol{s.Value, typ == gnuIndirect}
			}
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
