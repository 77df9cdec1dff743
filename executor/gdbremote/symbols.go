package gdbremote

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/elfsymbols"
)

// symbols is what is known of the target's symbols. Those of shared libraries, and those that a program exports, are read from its memory, by way of what dynamic linkers tell debuggers
// (struct r_debug of <link.h>); the others from the program's file.
type symbols struct {
	modules map[module]table
	program table                    // from the file
	asked   bool                     // the stub was asked for the file
	read    uint64                   // bytes of modules' tables that were asked for
	funcs   map[uint64]executor.Addr // indirect functions: their implementations, by their resolvers
}

// A module is a library that is loaded, by what struct link_map says of it.
type module struct{ bias, dynamic uint64 }

// A table is the symbols of a module.
type table map[string]definition

// A definition is where a symbol is.
type definition struct {
	at    uint64
	ifunc bool // the address is that of a function which returns the address
}

// Lookup implements executor.Symbols: it looks in the program's file, if there is one (WithProgram), then in the program and its libraries, in their order, and then in the program's file if the stub has it. Indirect functions
// are what their resolvers say, which run in the target.
func (p *Process) Lookup(names ...string) ([]executor.Addr, error) {
	defer p.turn()()
	if p.reason != nil {
		return nil, p.reason
	}
	list := make([]executor.Addr, len(names))
	missing, err := p.findNames(p.symbols.program, names, list)
	if err != nil || missing == 0 {
		return list, err
	}
	modules, err := p.modules()
	if err != nil {
		return nil, err
	}
	for _, m := range modules {
		if missing, err = p.findNames(m, names, list); err != nil || missing == 0 {
			return list, err
		}
	}
	if !p.symbols.asked && p.symbols.program == nil {
		if err := p.askForProgram(); err != nil {
			return nil, err
		}
		_, err = p.findNames(p.symbols.program, names, list)
	}
	return list, err
}

// findNames fills in what a table knows of names that are not known yet, and counts those that still are not.
func (p *Process) findNames(t table, names []string, list []executor.Addr) (missing int, err error) {
	for i, name := range names {
		if list[i] != 0 {
			continue
		}
		d, ok := t[name]
		if !ok {
			missing++
			continue
		}
		if list[i] = executor.Addr(d.at); d.ifunc {
			if list[i], err = p.implementation(d.at); err != nil {
				return 0, fmt.Errorf("looking up %s: %w", name, err)
			}
		}
	}
	return missing, nil
}

// implementation asks a resolver, once. On AArch64 it takes what the processor has; others ask the processor.
func (p *Process) implementation(resolver uint64) (executor.Addr, error) {
	s := &p.symbols
	if at, ok := s.funcs[resolver]; ok {
		return at, nil
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), p.opts.timeout, errNotReturned)
	defer cancel()
	v, err := p.call(ctx, executor.Addr(resolver), executor.Integer, []executor.Value{{Bits: p.auxv[auxHWCap]}})
	if err != nil {
		return 0, err
	}
	if s.funcs == nil {
		s.funcs = map[uint64]executor.Addr{}
	}
	s.funcs[resolver] = executor.Addr(v.Bits)
	return s.funcs[resolver], nil
}

// openProgram reads the file of WithProgram.
func (p *Process) openProgram() error {
	if p.opts.program == nil {
		return nil
	}
	var err error
	if p.symbols.program, err = p.fileSymbols(p.opts.program); err != nil {
		return fmt.Errorf("gdbremote: the program's file: %w", err)
	}
	return nil
}

// fileSymbols lists the symbols of an executable. What it has read of a file that is malformed is there besides the error.
func (p *Process) fileSymbols(file io.ReaderAt) (table, error) {
	f, err := elfsymbols.Open(file)
	if err != nil {
		return nil, err
	}
	bias := uint64(0)
	if f.Type == elf.ET_DYN && p.linux() {
		bias = p.auxv[auxEntry] - f.Entry
	}
	t := table{}
	err = f.Symbols(elf.SHT_SYMTAB, func(s elfsymbols.Symbol) {
		if s.IsAddress() {
			t.add(s.Name, definitionOf(&s, bias), s.Bind() != elf.STB_LOCAL)
		}
	})
	return t, err
}

func definitionOf(s *elfsymbols.Symbol, bias uint64) definition {
	return definition{s.Value + bias, s.Type() == elf.STT_GNU_IFUNC}
}

// add enters a symbol. The first one of a name wins, but a global one wins over local ones.
func (t table) add(name string, d definition, global bool) {
	if _, ok := t[name]; !ok || global {
		t[name] = d
	}
}

// modules returns the tables of what is loaded, in its order.
func (p *Process) modules() (tables []table, err error) {
	head, err := p.linkMap()
	if err != nil || head == 0 {
		return nil, err
	}
	known := map[module]table{}
	var unread []module // which may be readable later: a library that is being loaded, or a page that the stub could not get
	for at := head; at != 0 && len(tables) < maxModules; {
		b, err := p.readAt(executor.Addr(at), uint64(4*p.arch.word))
		if err != nil {
			return tables, p.reason // a list that somebody is changing
		}
		m := module{p.word(b, 0), p.word(b, 2)}
		if _, again := known[m]; again {
			break // a list without an end
		}
		at = p.word(b, 3)
		t, ok := p.symbols.modules[m]
		if !ok && (m.bias == 0 || m.bias != p.auxv[auxSysInfo]) { // the vDSO's functions are not for programs
			before := p.symbols.read
			if t, err = p.dynamicSymbols(m); p.reason != nil {
				return nil, err
			}
			if errors.As(err, new(*RemoteError)) {
				p.symbols.read = before
				unread = append(unread, m)
			}
		}
		known[m] = t
		tables = append(tables, t)
	}
	for _, m := range unread {
		delete(known, m)
	}
	p.symbols.modules = known
	return tables, nil
}

// Bounds of what is believed of the target's memory.
const (
	maxModules = 1024
	maxDynamic = 512
	maxSymbols = 1 << 18
	maxStrings = 16 << 20
	maxTables  = 256 << 20 // bytes of all tables that are ever read
)

// word returns the i-th word.
func (p *Process) word(b []byte, i int) uint64 {
	return p.arch.number(b[i*p.arch.word : (i+1)*p.arch.word])
}

// linkMap returns the head of the list of what is loaded, 0 if there is none: the program is static, or its dynamic linker has not begun.
func (p *Process) linkMap() (uint64, error) {
	if !p.linux() || p.auxv[auxPHDR] == 0 {
		return 0, nil
	}
	h := p.format()
	if p.auxv[auxPHNum] > elfsymbols.MaxSegments {
		return 0, nil
	}
	table, err := p.readAt(executor.Addr(p.auxv[auxPHDR]), p.auxv[auxPHNum]*h.SegmentSize())
	if err != nil {
		return 0, err
	}
	list := h.Segments(table)
	var dynamic, self uint64
	bias := uint64(0)
	for _, s := range list {
		switch s.Type {
		case elf.PT_DYNAMIC:
			dynamic = s.Vaddr
		case elf.PT_PHDR:
			self = s.Vaddr
		}
	}
	if dynamic == 0 {
		return 0, nil
	}
	if self != 0 {
		bias = p.auxv[auxPHDR] - self
	}
	tags, err := p.dynamic(dynamic + bias)
	if err != nil || tags[elf.DT_DEBUG] == 0 {
		return 0, err
	}
	b, err := p.readAt(executor.Addr(tags[elf.DT_DEBUG]), uint64(2*p.arch.word))
	if err != nil {
		return 0, err
	}
	return p.word(b, 1), nil
}

// dynamic reads a dynamic section.
func (p *Process) dynamic(at uint64) (map[elf.DynTag]uint64, error) {
	tags := map[elf.DynTag]uint64{}
	const step = 32
	for range maxDynamic / step {
		b, err := p.readAt(executor.Addr(at), uint64(step*2*p.arch.word))
		if err != nil {
			return nil, err
		}
		for i := range step {
			tag := elf.DynTag(p.word(b, 2*i))
			if tag == elf.DT_NULL {
				return tags, nil
			}
			tags[tag] = p.word(b, 2*i+1)
		}
		at += uint64(len(b))
	}
	return tags, nil
}

// dynamicSymbols reads the symbols that a module exports. A module that makes no sense has none.
func (p *Process) dynamicSymbols(m module) (table, error) {
	tags, err := p.dynamic(m.dynamic)
	if err != nil {
		return nil, err
	}
	place := func(tag elf.DynTag) executor.Addr {
		at := tags[tag]
		if at != 0 && at < m.bias { // dynamic linkers that leave the section as it is
			at += m.bias
		}
		return executor.Addr(at)
	}
	n, err := p.countSymbols(place(elf.DT_HASH), place(elf.DT_GNU_HASH))
	if err != nil || n > maxSymbols || tags[elf.DT_STRSZ] > maxStrings {
		return nil, err
	}
	decoder := elfsymbols.NewTable(p.format(), "")
	size := decoder.EntrySize()
	cost := n*uint64(size) + tags[elf.DT_STRSZ]
	if p.symbols.read += cost; p.symbols.read > maxTables {
		return nil, nil
	}
	syms, err := p.readAt(place(elf.DT_SYMTAB), n*uint64(size))
	if err != nil {
		return nil, err
	}
	strtab, err := p.readAt(place(elf.DT_STRTAB), tags[elf.DT_STRSZ])
	if err != nil {
		return nil, err
	}
	var versions []byte
	if at := place(elf.DT_VERSYM); at != 0 {
		if versions, err = p.readAt(at, 2*n); err != nil {
			return nil, err
		}
	}
	t := table{}
	decoder = elfsymbols.NewTable(p.format(), string(strtab))
	return t, decoder.Each(syms, versions, func(s elfsymbols.Symbol) {
		if s.IsAddress() && s.Bind() != elf.STB_LOCAL && !s.Hidden { // an older version of a function is hidden
			t.add(s.Name, definitionOf(&s, m.bias), false)
		}
	})
}

// countSymbols returns how many symbols a module has, which only its hash tables say.
func (p *Process) countSymbols(hash, gnu executor.Addr) (uint64, error) {
	if hash != 0 {
		b, err := p.readAt(hash, 8)
		if err != nil {
			return 0, err
		}
		return p.arch.number(b[4:8]), nil
	}
	if gnu == 0 {
		return 0, nil
	}
	head, err := p.readAt(gnu, 16)
	if err != nil {
		return 0, err
	}
	buckets, first, bloom := p.arch.number(head[:4]), p.arch.number(head[4:8]), p.arch.number(head[8:12])
	if buckets > maxSymbols || bloom > maxSymbols {
		return 0, nil
	}
	if p.symbols.read += 4 * buckets; p.symbols.read > maxTables {
		return 0, nil
	}
	at := gnu + 16 + executor.Addr(bloom*uint64(p.arch.word))
	b, err := p.readAt(at, 4*buckets)
	if err != nil {
		return 0, err
	}
	last := uint64(0)
	for i := range buckets {
		last = max(last, p.arch.number(b[4*i:4*i+4]))
	}
	if last < first {
		return first, nil
	}
	const step = 32
	chain := at + executor.Addr(4*buckets)
	for ; last < maxSymbols; last += step { // the last chain goes on to a value that is odd
		b, err := p.readAt(chain+executor.Addr(4*(last-first)), 4*step) // what comes behind the table is read, too, which nothing is short of
		if err != nil {
			return 0, err
		}
		for i := range uint64(step) {
			if p.arch.number(b[4*i:4*i+4])&1 != 0 {
				return last + i + 1, nil
			}
		}
	}
	return 0, nil
}

// OpenLibrary opens a shared library where the target runs, by the dlopen that it has, and returns its handle. Its symbols are found by Lookup from then on.
func (p *Process) OpenLibrary(path string) (handle uint64, err error) {
	found, err := p.Lookup("dlopen")
	if err != nil {
		return 0, err
	}
	if found[0] == 0 {
		return 0, errors.New("gdbremote: opening the library " + path + ": the target has no dlopen")
	}
	const now, global = 2, 0x100
	defer p.turn()()
	ctx, cancel := p.limited(context.Background())
	defer cancel()
	text := append([]byte(path), 0)
	size := (uint64(len(text)) + p.memory.page - 1) &^ (p.memory.page - 1)
	at, err := p.reserve(size, 0)
	if err != nil {
		return 0, err
	}
	if err = p.writeAt(at, text); err == nil {
		var v executor.Value
		v, err = p.call(ctx, found[0], executor.Integer, []executor.Value{executor.PointerValue(at), executor.IntValue(now | global)})
		handle = v.Bits
	}
	if p.reason != nil {
		return 0, err
	}
	if err = errors.Join(err, p.release(at)); err == nil && handle == 0 {
		err = &RemoteError{"opening the library " + path, "none: dlopen has returned NULL"}
	}
	return handle, err
}

// findABI finds out how numbers with a fraction are passed: e_flags says it of a program that Linux has loaded; elsewhere they are in registers if there are any.
func (p *Process) findABI() error {
	a := p.arch
	if len(a.floats) == 0 {
		return nil
	}
	p.soft = p.regs.byName[a.floats[0]] == nil
	base := p.auxv[auxPHDR] &^ (max(p.auxv[auxPage], 4096) - 1)
	if base == 0 || a.word == 8 && !a.boxed {
		return nil
	}
	header, err := p.readAt(executor.Addr(base), elfsymbols.HeaderSize)
	if p.reason != nil {
		return err
	}
	if err != nil {
		return nil
	}
	if h, err := elfsymbols.ParseHeader(header); err == nil {
		switch {
		case a.vfp:
			p.soft = p.soft || h.Flags&0x400 == 0 // EF_ARM_ABI_FLOAT_HARD
		case a.boxed:
			p.soft = p.soft || h.Flags&6 == 0 // EF_RISCV_FLOAT_ABI
		}
	}
	return nil
}
