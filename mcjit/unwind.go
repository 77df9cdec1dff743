package mcjit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// Unwind tables (.eh_frame) say how to get from a function to its caller; without them an exception that reaches loaded code ends the process. The
// process's unwinder finds those of shared libraries by itself and is told of others. There are two such unwinders, with the same names:
//
//   - libgcc's __register_frame takes a whole table, which a zero word ends (the linker puts one there);
//   - LLVM libunwind's takes one FDE, a function's record. Newer ones have a function for whole tables as well.
//
// One that is among the engine's modules (libgcc_eh.a) is not told.

// WithoutUnwinding makes the engine not tell the process's unwinder of modules. C++ exceptions cannot pass through their code then.
func WithoutUnwinding() Option { return func(o *options) { o.noUnwind = true } }

// unwinding is what the process's unwinder was told.
type unwinding struct {
	off       bool
	asked     atomic.Bool // the client's resolver has been, since somebody needed an unwinder
	functions atomic.Pointer[unwinder]
	missed    bool // something was finalized without it; under the linker's turn

	mu         sync.Mutex
	registered map[*runtimedyld.Object]struct{}
	told       map[*runtimedyld.Object][]executor.Addr // with what it was told of those that were reopened
}

// An unwinder is the functions that are told of tables.
type unwinder struct {
	register, deregister executor.Addr // void (const void *)
	byFDE                bool          // they take one FDE
}

// The names by which unwinders are known.
const (
	registerFrame     = "__register_frame"
	deregisterFrame   = "__deregister_frame"
	registerFDE       = "__unw_add_dynamic_fde" // LLVM libunwind only
	registerSection   = "__unw_add_dynamic_eh_frame_section"
	deregisterSection = "__unw_remove_dynamic_eh_frame_section"
)

// errUnwinderWanted ends a link that would finalize tables before the resolver was asked for the unwinder: that cannot be done while linking.
var errUnwinderWanted = errors.New("the unwinder has to be looked for")

// finalizing is called by the linker with objects that are about to be finalized.
func (e *ExecutionEngine) finalizing(objects []*runtimedyld.Object, protect func() error) error {
	if err := e.checkHost(objects); err != nil {
		return err
	}
	tables := e.canUnwind() && slices.ContainsFunc(objects, hasFrames)
	if tables && !e.unwind.asked.Load() {
		return errUnwinderWanted
	}
	if err := e.canResolve(objects); err != nil {
		return err
	}
	err := e.finalizeAgain(objects, protect)
	if isUnpublished(err) { // the others are going to run
		objects = slices.DeleteFunc(slices.Clone(objects), (*runtimedyld.Object).Reopened)
	} else if err != nil {
		return err
	}
	e.resolveIFuncs(objects)
	e.noteRegistrants(objects)
	e.noteThreadCode(objects)
	e.addFunctionTables(objects)
	if !tables {
		return err
	}
	u := e.unwind.functions.Load()
	if u == nil {
		e.unwind.missed = true
		return err
	}
	if e.unwind.missed {
		e.unwind.missed = false
		e.register(u, e.dyld.Objects())
	}
	e.register(u, objects)
	return err
}

// isUnpublished says whether an error is one with which objects that are new are finalized all the same.
func isUnpublished(err error) bool {
	if err == nil {
		return false // and nothing is allocated to find that out
	}
	var unpublished *runtimedyld.PublishError
	return errors.As(err, &unpublished)
}

// canUnwind says whether there may be an unwinder at all.
func (e *ExecutionEngine) canUnwind() bool {
	return !e.unwind.off && e.process != nil && e.resolver != nil
}

func hasFrames(o *runtimedyld.Object) bool { return o.Roles().Has(runtimedyld.RoleFrames) }

// findUnwinder asks the client's resolver for the process's unwinder.
func (e *ExecutionEngine) findUnwinder() {
	defer e.unwind.asked.Store(true)
	register := e.askWeakly(registerFrame)[0]
	if register == 0 {
		return
	}
	more := e.askWeakly(deregisterFrame, registerFDE, registerSection, deregisterSection)
	u := &unwinder{register: register, deregister: more[0], byFDE: more[1] != 0}
	if u.byFDE && more[2] != 0 && more[3] != 0 {
		u = &unwinder{register: more[2], deregister: more[3]}
	}
	if u.deregister != 0 {
		e.unwind.functions.CompareAndSwap(nil, u)
	}
}

// askWeakly asks the client's resolver for names that it need not know, nor complain about.
func (e *ExecutionEngine) askWeakly(names ...string) []executor.Addr {
	refs, addrs := make([]runtimedyld.Reference, len(names)), make([]executor.Addr, len(names))
	for i, name := range names {
		refs[i] = runtimedyld.Reference{Name: name, Weak: true}
	}
	if err := e.resolver.ResolveSymbols(refs); err != nil {
		return addrs
	}
	for i := range refs {
		addrs[i] = refs[i].Addr
	}
	return addrs
}

// noteNeeds has the resolver asked again, if it did not know an unwinder, because it has begun to know what code that needs one refers to: the client
// may have opened a library.
func (u *unwinding) noteNeeds(refs []runtimedyld.Reference) {
	if u.off || u.functions.Load() != nil || !u.asked.Load() {
		return
	}
	for i := range refs {
		if name := refs[i].Name; refs[i].Addr != 0 && (strings.HasPrefix(name, "_Unwind_") || strings.Contains(name, "_personality_") || name == "__cxa_throw") {
			u.asked.Store(false)
			return
		}
	}
}

// register tells the unwinder of objects, but for those that it knows. It is called with the linker's turn. Errors are kept for whoever finalized.
func (e *ExecutionEngine) register(u *unwinder, objects []*runtimedyld.Object) {
	for _, o := range objects {
		if hasFrames(o) && e.processOf(o) != nil {
			e.registerTables(u, o, e.tables(u, o))
		}
	}
}

// registerTables is register for an object and its tables.
func (e *ExecutionEngine) registerTables(u *unwinder, o *runtimedyld.Object, tables []executor.Addr) {
	if !e.unwind.enter(o) {
		return
	}
	e.dyld.Attend(o)
	if err := e.tellUnwinder(u.register, registerFrame, o, tables); err != nil {
		e.unwind.leave(o)
		e.late.add(err)
	}
}

// enter notes that the unwinder knows an object; false if it did before.
func (u *unwinding) enter(o *runtimedyld.Object) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, ok := u.registered[o]; ok {
		return false
	}
	if u.registered == nil {
		u.registered = map[*runtimedyld.Object]struct{}{}
	}
	u.registered[o] = struct{}{}
	return true
}

// leave is the opposite of enter.
func (u *unwinding) leave(o *runtimedyld.Object) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, ok := u.registered[o]
	delete(u.registered, o)
	return ok
}

// known returns those of a list that the unwinder knows.
func (u *unwinding) known(objects []*runtimedyld.Object) (list []*runtimedyld.Object) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, o := range objects {
		if _, ok := u.registered[o]; ok {
			list = append(list, o)
		}
	}
	return list
}

// remember notes where tables are of objects that are going to be moved, for the unwinder to forget them by.
func (u *unwinding) remember(e *ExecutionEngine, objects []*runtimedyld.Object) {
	for _, o := range u.known(objects) {
		if o.State() != runtimedyld.Finalized {
			continue
		}
		u.tell(o, e.tables(u.functions.Load(), o))
	}
}

// tell notes what the unwinder was told of an object that is reopened.
func (u *unwinding) tell(o *runtimedyld.Object, addrs []executor.Addr) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.told == nil {
		u.told = map[*runtimedyld.Object][]executor.Addr{}
	}
	u.told[o] = addrs
}

// toldOf returns what was noted of objects.
func (u *unwinding) toldOf(objects []*runtimedyld.Object) (told [][]executor.Addr) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, o := range objects {
		told = append(told, u.told[o])
	}
	return told
}

// tables returns what the unwinder was told of an object, or is to be.
func (e *ExecutionEngine) tables(u *unwinder, o *runtimedyld.Object) (list []executor.Addr) {
	for _, s := range o.RoleSections(runtimedyld.RoleFrames) {
		table, _ := o.SectionLoadAddress(s.Index)
		for _, offset := range u.offsets(o.Image(), s.Index) {
			list = append(list, table+executor.Addr(offset))
		}
	}
	return list
}

// takeTold returns what was remembered of an object, and forgets it.
func (u *unwinding) takeTold(o *runtimedyld.Object) ([]executor.Addr, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	addrs, ok := u.told[o]
	delete(u.told, o)
	return addrs, ok
}

// deregister makes the unwinder forget objects that are about to go.
func (e *ExecutionEngine) deregister(objects []*runtimedyld.Object) error {
	var errs []error
	for _, o := range objects {
		if e.unwind.leave(o) {
			u := e.unwind.functions.Load()
			tables, ok := e.unwind.takeTold(o)
			if !ok {
				tables = e.tables(u, o)
			}
			if err := e.tellUnwinder(u.deregister, deregisterFrame, o, tables); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return joinErrors(errs)
}

// An UnwinderError says that the process's unwinder could not be told of a module, through which no exception can pass then, or of its end.
type UnwinderError struct {
	Module   string
	Function string // that could not be called
	Err      error
}

// Error returns one line with the module.
func (e *UnwinderError) Error() string { return fmt.Sprintf("%s: %s: %v", e.Module, e.Function, e.Err) }

// Unwrap returns the process's error.
func (e *UnwinderError) Unwrap() error { return e.Err }

// tellUnwinder calls one of the unwinder's functions for tables of an object, or FDEs.
func (e *ExecutionEngine) tellUnwinder(fn executor.Addr, name string, o *runtimedyld.Object, tables []executor.Addr) error {
	for _, table := range tables {
		if _, err := e.process.Call(fn, uint64(table)); err != nil {
			return &UnwinderError{Module: o.Name(), Function: name, Err: err}
		}
	}
	return nil
}

var wholeTable = []uint64{0}

// offsets returns what of a table the unwinder is told.
func (u *unwinder) offsets(img *objimage.Object, section int) []uint64 {
	if u.byFDE {
		return fdes(img.SectionData(section), img.ByteOrder())
	}
	return wholeTable
}

// fdes returns where the FDEs of a table begin (LSB, "Exception Frames"; lengths and kinds of records are the same before and after relocation). It
// ends at what makes no sense.
func fdes(table []byte, order binary.ByteOrder) (list []uint64) {
	const extended = 0xffffffff // a length of 64 bits follows
	for at := uint64(0); at+8 <= uint64(len(table)); {
		length, head := uint64(order.Uint32(table[at:])), uint64(4)
		if length == extended && at+16 <= uint64(len(table)) {
			length, head = order.Uint64(table[at+4:]), 12
		}
		if length < 4 || length > uint64(len(table))-at-head {
			break
		}
		if order.Uint32(table[at+head:]) != 0 { // else it is a CIE
			list = append(list, at)
		}
		at += head + length
	}
	return list
}

// UnwindTables returns where the unwind tables (.eh_frame) of the module are whose code is at pc, in the process that runs the code, each without the zero
// word that ends it; none if there is no such module or it has no table. Nearly all have one. It is for traces and profilers of the client's, in
// processes without an unwinder, too; it takes time in proportion to the number of modules.
func (e *ExecutionEngine) UnwindTables(pc executor.Addr) []executor.AddrRange {
	e.mu.Lock() // files of modules that are in the engine are open
	defer e.mu.Unlock()
	for _, m := range slices.Concat(e.modules, e.builtins) {
		o := m.Object()
		var tables []executor.AddrRange
		err := objimage.Guard(func() error {
			tables = unwindTables(o, pc)
			return nil
		})
		if len(tables) > 0 && err == nil { // of a file that has been truncated nothing is known
			return tables
		}
	}
	return nil
}

// unwindTables returns where an object's unwind tables are, if its code is at pc.
func unwindTables(o *runtimedyld.Object, pc executor.Addr) []executor.AddrRange {
	if o.State() != runtimedyld.Finalized || !hasFrames(o) {
		return nil
	}
	ranges, err := codeRanges(o)
	if err != nil || !slices.ContainsFunc(ranges, func(r addrRange) bool { return r.start <= pc && pc < r.end }) {
		return nil
	}
	var tables []executor.AddrRange
	for _, s := range o.RoleSections(runtimedyld.RoleFrames) {
		if at, ok := o.SectionLoadAddress(s.Index); ok {
			tables = append(tables, executor.AddrRange{Start: at, End: at + executor.Addr(s.Size)})
		}
	}
	return tables
}
