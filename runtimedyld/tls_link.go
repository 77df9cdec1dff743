package runtimedyld

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
)

// A threadBlock is the template of one or several objects that were linked together, and the module that was made of it. Objects share
// one where the code of one reaches the variables of another by their distance from its own, as it does for hidden variables.
type threadBlock struct {
	module executor.ThreadModule
	users  int // objects that are not freed
	model  executor.ThreadModel
	size   uint64
	align  uint64
	filled uint64
	parts  []*Object
}

// addThreads makes modules for the objects that are about to be linked, and moves their variables to where they are in the blocks. It is called with
// the turn, and not with d.mu.
func (d *RuntimeDyld) addThreads(f *fixer, list []*Object, version uint64) error {
	var objects []*Object
	stale := false
	for _, o := range list {
		if o.tls != nil && !o.isOpen() { // threads have their blocks already
			objects = append(objects, o)
			stale = stale || o.fixedAt != version
		}
	}
	if !stale {
		return nil
	}
	var old threadGarbage
	for _, o := range objects {
		o.fixedAt = 0
		if m := o.tls.leaveBlock(); m.ID != 0 {
			old.modules = append(old.modules, m)
		}
	}
	if err := old.giveBack(d); err != nil {
		return err
	}
	l := &threadLink{RuntimeDyld: d, leader: map[*Object]*Object{}}
	for _, o := range objects {
		l.leader[o] = o
	}
	for _, o := range objects {
		l.join(o)
	}
	blocks := l.blocks(objects)
	for _, o := range objects {
		l.findModel(o)
	}
	if len(l.errs) > 0 {
		return joined(l.errs)
	}
	for _, b := range blocks {
		if err := d.addBlock(f, b); err != nil {
			return err
		}
	}
	return nil
}

// A threadLink finds out which objects have a block in common.
type threadLink struct {
	*RuntimeDyld
	leader map[*Object]*Object // of the objects that are linked: another one with the same block
	errs   []error
}

// find returns the object that stands for all that share o's block.
func (l *threadLink) find(o *Object) *Object {
	for l.leader[o] != o {
		o = l.leader[o]
	}
	return o
}

// threadOwner returns the object that defines one of o's symbols; nil and a symbol if the process does; nil twice if nobody does. Then o has been removed,
// and what it refers to so does not matter to those who rely on it, or else undefinedError had said so.
func (l *threadLink) threadOwner(o *Object, sym uint32) (*Object, *symbol) {
	first := uint32(o.img.FirstGlobal())
	if sym < first || o.globals[sym-first] == 0 {
		return o, nil
	}
	s := l.table.at(o.globals[sym-first])
	switch owner := s.owner.Load(); owner {
	case 0:
		return nil, nil
	case hostIndex:
		return nil, s
	default:
		return l.objects[owner], s
	}
}

// join puts o into one block with those whose variables its code takes for its own. With what was linked before that works only as long as both have a constant
// distance from the thread pointer, and so from each other.
func (l *threadLink) join(o *Object) {
	for _, sym := range o.tls.near {
		owner, s := l.threadOwner(o, sym)
		switch {
		case owner == nil && s == nil:
		case owner == nil:
			l.fail(o, s, "it is not in an object, but the code was compiled as if it were: compile without -fvisibility=hidden, or with -ftls-model=global-dynamic")
		case l.leader[owner] != nil:
			l.leader[l.find(owner)] = l.find(o)
		case owner.tls == nil || owner.tls.block == nil:
			l.fail(o, s, "it is no thread-local variable")
		case !owner.tls.block.module.Static:
			msg := "it was linked before: add both objects before either is finalized"
			if !l.storage.Indexed() {
				msg += ", or compile with -ftls-model=global-dynamic"
			}
			l.fail(o, s, msg)
		default:
			o.tls.static = append(o.tls.static, sym)
		}
	}
}

func (l *threadLink) fail(o *Object, s *symbol, msg string) {
	l.errs = append(l.errs, &ObjectError{Object: o.Name(), Msg: fmt.Sprintf("thread-local variable %q: %s", l.table.name(s), msg), Err: ErrThreadModel})
}

// blocks lays out a block for each set of objects that share one.
func (l *threadLink) blocks(objects []*Object) (list []*threadBlock) {
	byLeader := map[*Object]*threadBlock{}
	for _, o := range objects {
		leader := l.find(o)
		b := byLeader[leader]
		if b == nil {
			b = &threadBlock{align: 1}
			byLeader[leader] = b
			list = append(list, b)
		}
		b.parts = append(b.parts, o)
		b.users++
		o.tls.block = b
	}
	for _, b := range list {
		b.layout()
	}
	return list
}

// layout places the parts: those that end in contents last get zeros between.
func (b *threadBlock) layout() {
	order := slices.Clone(b.parts)
	slices.SortStableFunc(order, func(x, y *Object) int { return cmp.Compare(min(y.tls.filled, 1), min(x.tls.filled, 1)) })
	for _, o := range order {
		t := o.tls
		b.align = max(b.align, t.align)
		t.base = alignUp(b.size, t.align)
		b.size = t.base + t.size
		if t.filled > 0 {
			b.filled = t.base + t.filled
		}
	}
}

// findModel finds out which blocks have to be at a constant distance from the thread pointer for o's sake.
func (l *threadLink) findModel(o *Object) {
	if !o.tls.dynamic && l.storage.Static() && o.tls.size > 0 {
		o.tls.block.model = max(o.tls.block.model, executor.ThreadPreferStatic)
	}
	for _, sym := range o.tls.static {
		owner, s := l.threadOwner(o, sym)
		switch {
		case owner == nil && s != nil && s.index != 0 && !l.makeStatic(s):
			l.fail(o, s, "its library keeps it nowhere near the thread pointer: recompile with -fPIC or -ftls-model=global-dynamic")
		case owner == nil:
		case owner.tls == nil || owner.tls.block == nil: // no variable: said where the relocation is applied
		case l.leader[owner] != nil:
			owner.tls.block.model = executor.ThreadStatic
		case !owner.tls.block.module.Static:
			l.fail(o, s, owner.Name()+" was linked before, for code that does not need it near the thread pointer: "+
				"add both before either is finalized, or recompile with -fPIC or -ftls-model=global-dynamic")
		}
	}
}

// makeStatic brings the module of a variable of the process near the thread pointer, if it is not there.
func (l *threadLink) makeStatic(s *symbol) bool {
	m := l.hostModule(s)
	if m.Static {
		return true
	}
	v, err := l.storage.ThreadVariable(l.table.name(s), true)
	if err != nil || v.Module.ID != m.ID || !v.Module.Static {
		return false
	}
	l.threadMu.Lock()
	defer l.threadMu.Unlock()
	l.hostThreads[s.index-1] = v.Module
	return true
}

// addBlock makes a module of a block. Its contents are what relocations have made of the sections.
func (d *RuntimeDyld) addBlock(f *fixer, b *threadBlock) error {
	var errs []error
	for _, o := range b.parts {
		for _, s := range o.tls.sections {
			o.move(s.index, o.tls.base+s.off)
		}
		for i, id := range o.globals {
			if id != 0 && o.definesThread(i) {
				if s := d.table.at(id); s.owner.Load() == o.index {
					s.addr.Store(o.globalAddr(i))
				}
			}
		}
	}
	if b.size == 0 {
		return nil
	}
	image := make([]byte, b.filled)
	for _, o := range b.parts {
		errs = append(errs, f.threadImage(o, image))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	image = bytes.TrimRight(image, "\x00")
	m, err := d.storage.AddThreadModule(executor.ThreadTemplate{Name: b.parts[0].Name(), Image: image, Size: b.size, Align: b.align, Static: b.model})
	if err != nil {
		return &ObjectError{Object: b.parts[0].Name(), Err: err}
	}
	b.module = m
	return nil
}

// threadImage applies the relocations of an object's thread-local sections, and copies them to where they are in the block.
func (f *fixer) threadImage(o *Object, image []byte) error {
	if err := f.begin(o); err != nil {
		return err
	}
	for i := range o.layout.tables {
		if t := &o.layout.tables[i]; o.tls.has(uint32(o.sections[t.Target].file)) {
			f.section(t)
		}
	}
	f.end()
	for _, s := range o.tls.sections {
		if !s.zero {
			copy(image[o.tls.base+s.off:], o.mem(s.index, s.size))
		}
	}
	return joined(f.errs)
}

// leaveBlock is for an object that has no use for its block any more. It returns the module if it was the last one, or else a zero one.
func (t *threadPart) leaveBlock() (m executor.ThreadModule) {
	if b := t.block; b != nil {
		t.block = nil
		if b.users--; b.users == 0 {
			return b.module
		}
	}
	return m
}

// settle forgets what only linking needs, once the object is Finalized; entries are needed to link it again.
func (t *threadPart) settle(again bool) {
	if t != nil {
		t.near, t.static = nil, nil
		if !again {
			t.entries = nil
		}
	}
}

// threadGarbage is what was freed of thread-local storage.
type threadGarbage struct {
	modules []executor.ThreadModule
	data    []executor.AddrRange // of objects that may have emulated variables
}

// add takes what an object has, whose memory is about to be given back.
func (g *threadGarbage) add(d *RuntimeDyld, o *Object) {
	if o.tls != nil {
		if m := o.tls.leaveBlock(); m.ID != 0 {
			g.modules = append(g.modules, m)
		}
	}
	if d.threadCode.Load() {
		g.data = append(g.data, o.AddrRanges()...)
	}
}

// giveBack gives modules back, those that came last first.
func (g *threadGarbage) giveBack(d *RuntimeDyld) error {
	var errs []error
	for _, m := range slices.Backward(g.modules) {
		errs = append(errs, d.storage.RemoveThreadModule(m))
	}
	if len(g.data) > 0 {
		errs = append(errs, d.storage.ForgetThreadData(g.data))
	}
	return errors.Join(errs...)
}

// AddrRanges returns where the object's sections are in the process that runs the code, those that the linker made included: thread-local ones, which are
// nowhere, are not. If the object's file has been truncated of some only the first byte is known.
func (o *Object) AddrRanges() (list []executor.AddrRange) {
	for i := range o.sections {
		size := uint64(1) // of a common the start is enough
		switch file := o.sections[i].file; {
		case file > 0 && o.tls.has(uint32(file)):
			continue
		case file > 0:
			_ = guarded(o.img, func() error { size = o.size(i); return nil }) // or else the start has to do, too
		case o.img != nil:
			size = o.extentOf(i)
		}
		start := executor.Addr(o.loadAddr(i))
		list = append(list, executor.AddrRange{Start: start, End: start + executor.Addr(size)})
	}
	return list
}

// HasThreadCode says whether objects refer to functions of the thread storage that remember the objects: those of emulated variables, and those that
// register destructors.
func (d *RuntimeDyld) HasThreadCode() bool { return d.threadCode.Load() }

// resolveThreadFunctions finds the functions behind thread-local variables, and returns what else is asked for.
func (d *RuntimeDyld) resolveThreadFunctions(ask []Reference) (rest []Reference) {
	if d.storage == nil {
		return ask
	}
	for i, r := range ask {
		a := d.storage.ThreadFunction(r.Name)
		if a == 0 || r.ThreadLocal {
			if rest != nil {
				rest = append(rest, r)
			}
			continue
		}
		if rest == nil {
			rest = append(make([]Reference, 0, len(ask)), ask[:i]...)
		}
		if r.Name != threadGetAddr && r.Name != threadGetOffset && r.Name != threadBootstrap {
			d.threadCode.Store(true)
		}
		d.defineHost(r.Name, uint64(a), executor.ThreadVariable{})
	}
	if rest == nil {
		return ask
	}
	return rest
}

// threadGetAddr finds a variable in a block ("ELF Handling For Thread-Local Storage", 3), and threadGetOffset on s390x.
const (
	threadGetAddr   = "__tls_get_addr"
	threadGetOffset = "__tls_get_offset"
)

// threadBootstrap is what descriptors of Mach-O refer to, and what code calls by way of them.
const threadBootstrap = "_tlv_bootstrap"

// resolveThreadVariables finds variables of the process that no object defines.
func (d *RuntimeDyld) resolveThreadVariables(refs []Reference) error {
	var errs []error
	for _, r := range refs {
		if !r.ThreadLocal || d.storage == nil {
			continue
		}
		v, err := d.storage.ThreadVariable(r.Name, false)
		if err != nil {
			errs = append(errs, err)
		} else if v.Module.ID != 0 {
			d.defineHost(r.Name, v.Offset, v)
		}
	}
	return errors.Join(errs...)
}

// defineHost defines a name that is still undefined, as a variable unless that is zero.
func (d *RuntimeDyld) defineHost(name string, addr uint64, v executor.ThreadVariable) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, _ := d.table.lookup(name)
	if s == nil || s.owner.Load() != 0 || s.bits&bitCommon != 0 {
		return
	}
	index := uint32(0)
	if v.Module.ID != 0 {
		index = d.hostThread(v.Module)
	}
	s.define(d.host, index, addr)
	if index == 0 {
		s.publish()
	}
	d.version++
}

// hostThread returns the number of a module of the process, plus 1.
func (d *RuntimeDyld) hostThread(m executor.ThreadModule) uint32 {
	d.threadMu.Lock()
	defer d.threadMu.Unlock()
	for i, old := range d.hostThreads {
		if old.ID == m.ID {
			return uint32(i) + 1
		}
	}
	d.hostThreads = append(d.hostThreads, m)
	return uint32(len(d.hostThreads))
}

// hostModule returns the module of a variable of the process.
func (d *RuntimeDyld) hostModule(s *symbol) executor.ThreadModule {
	d.threadMu.Lock()
	defer d.threadMu.Unlock()
	return d.hostThreads[s.index-1]
}
