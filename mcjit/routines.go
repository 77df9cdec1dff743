package mcjit

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// Objects list their constructors and destructors in sections of pointers. Linkers make one array of all of them, which ld.so runs from its start,
// and from its end for destructors (gABI, "Initialization and Termination Functions"). The order within is that of GNU ld's default script:
//
//	SORT_BY_INIT_PRIORITY (.init_array.* .ctors.*)   by priority: N of .init_array.N, 65535-N of .ctors.N; equal ones by the section's name
//	.init_array .ctors                               in the order of the objects, and of their sections
//
// where the entries of .ctors and .dtors, and these sections of one object if there are several, are turned around, because they used to be run in the other direction. Before the first constructor, and after the
// last destructor, the code of .init and .fini runs, which some assembly has, in the order of the objects.
//
// COFF has such lists for Windows' C library, whose pieces are sorted by their sections' names (.CRT$XIA to XIZ, XCA to XCZ, of constructors; XPA to XPZ, XTA to XTZ, of what ends the program, in
// that order); compilers put constructors into .CRT$XCU. mingw's have .ctors and .dtors.

// A routine is a constructor or a destructor.
type routine struct {
	object   *runtimedyld.Object
	section  string
	priority int
	fn       executor.Addr
	args     []uint64 // nil if it takes those of all
}

// Priorities beyond those of the language, which end at 65535.
const (
	lastNumber   = 65535
	noNumber     = math.MaxInt32 - 2 // .init_array.x, .CRT$XCA to before .CRT$XCU
	withoutOrder = math.MaxInt32 - 1 // .init_array, .CRT$XCU, which is where compilers put constructors
	lastOfAll    = math.MaxInt32     // .CRT$XCV and what comes behind it
	firstOfAll   = math.MinInt32 + 4 // .init, in the order of the objects
	firstInCRT   = math.MinInt32 + 3 // .CRT$XI*, of C's library
	attached     = math.MinInt32 + 2 // .CRT$XL*
	lastInCRT    = math.MinInt32 + 1 // .CRT$XP* and .CRT$XT*, which are run last, from their start to their end
	detached     = math.MinInt32     // .CRT$XL*, likewise
)

// What TLS callbacks are told of (winnt.h, DLL_PROCESS_DETACH and DLL_PROCESS_ATTACH).
const (
	processDetach = 0
	processAttach = 1
)

// priorityOf returns the place of a section's entries among those of the others.
func priorityOf(object uint64, section string, role runtimedyld.Role) int {
	switch role {
	case runtimedyld.RoleInitCode:
		return firstOfAll + int(object)
	case runtimedyld.RoleCRTTerm:
		return lastInCRT
	case runtimedyld.RoleTLSCallbacks:
		return attached
	case runtimedyld.RoleCRTInit:
		return crtPriority(section)
	case runtimedyld.RoleFiniCode:
		return -1 - int(object) // from the end to the start: those of the first object begin
	}
	base := strings.LastIndexByte(section, '.')
	if base <= 0 {
		return withoutOrder
	}
	n, err := strconv.ParseUint(section[base+1:], 10, 31)
	switch {
	case err != nil:
		return noNumber
	case role == runtimedyld.RoleCtors || role == runtimedyld.RoleDtors:
		return lastNumber - int(n)
	}
	return int(n)
}

// crtPriority is priorityOf for a list of the C runtime of Windows, which is sorted by the name.
func crtPriority(section string) int {
	const usual = ".CRT$XCU"
	switch {
	case section >= ".CRT$XI":
		return firstInCRT
	case section < usual:
		return noNumber
	case section == usual:
		return withoutOrder
	}
	return lastOfAll
}

// inOrder sorts what was collected in the order of the objects.
func inOrder(list []routine) {
	slices.SortStableFunc(list, func(a, b routine) int {
		if c := cmp.Compare(a.priority, b.priority); c != 0 || a.priority == withoutOrder {
			return c
		}
		if a.priority <= lastInCRT { // object by object, too: see destructors
			return cmp.Or(cmp.Compare(b.section, a.section), cmp.Compare(b.object.ID(), a.object.ID()))
		}
		return cmp.Compare(a.section, b.section)
	})
}

// constructors returns what is to be run when objects begin to be used, in that order. The objects are held, and in the order of loading.
func (e *ExecutionEngine) constructors(objects []*runtimedyld.Object) ([]routine, error) {
	first, err := e.routines(objects, runtimedyld.RolePreinit)
	if err != nil {
		return nil, err
	}
	list, err := e.routines(objects, runtimedyld.RoleInitCode, runtimedyld.RoleInit, runtimedyld.RoleCtors, runtimedyld.RoleCRTInit, runtimedyld.RoleTLSCallbacks)
	inOrder(list)
	return append(first, list...), err
}

// destructors returns what is to be run when objects end to be used, from its end to its start.
func (e *ExecutionEngine) destructors(objects []*runtimedyld.Object) ([]routine, error) {
	list, err := e.routines(objects, runtimedyld.RoleFini, runtimedyld.RoleDtors, runtimedyld.RoleFiniCode)
	if err != nil {
		return nil, err
	}
	terminators, err := e.routines(objects, runtimedyld.RoleCRTTerm, runtimedyld.RoleTLSCallbacks)
	for i := range terminators {
		if r := &terminators[i]; r.priority == attached {
			r.priority, r.args[1] = detached, processDetach
		}
	}
	slices.Reverse(terminators) // these are run from the start to the end
	list = append(list, terminators...)
	inOrder(list)
	return list, err
}

// forward turns around those of a program's destructors that have one priority. What ends Windows' C library stays as it is, and last.
func forward(destructors []routine) (list []routine) {
	var last []routine
	for _, r := range destructors {
		if r.priority <= lastInCRT {
			last = append(last, r)
		} else {
			list = append(list, r)
		}
	}
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b routine) int { return cmp.Compare(b.priority, a.priority) })
	return append(list, last...)
}

// routines collects what sections with these roles list, in the order of objects and their sections.
func (e *ExecutionEngine) routines(objects []*runtimedyld.Object, roles ...runtimedyld.Role) (list []routine, err error) {
	err = objimage.Guard(func() (err error) {
		list, err = e.readRoutines(objects, roles)
		return err
	})
	return list, err
}

func (e *ExecutionEngine) readRoutines(objects []*runtimedyld.Object, roles []runtimedyld.Role) (list []routine, err error) {
	for _, o := range objects {
		var sections []objimage.Section
		for _, role := range roles {
			sections = append(sections, o.RoleSections(role)...)
		}
		slices.SortFunc(sections, func(a, b objimage.Section) int { return cmp.Compare(a.Index, b.Index) })
		turnAround(o, sections)
		for i := range sections {
			if list, err = e.readSection(list, o, &sections[i]); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// turnAround reverses the order of an object's .ctors, and .dtors, of one name, as that of their entries is: a compiler that makes several, for COMDAT groups, writes the first constructor into the last one.
func turnAround(o *runtimedyld.Object, sections []objimage.Section) {
	old := map[string][]int{} // where they are
	for i := range sections {
		if role := runtimedyld.RoleOf(o.Image(), &sections[i]); role == runtimedyld.RoleCtors || role == runtimedyld.RoleDtors {
			name := string(o.Image().SectionName(sections[i].Index))
			old[name] = append(old[name], i)
		}
	}
	for _, places := range old {
		for ; len(places) > 1; places = places[1 : len(places)-1] {
			first, last := places[0], places[len(places)-1]
			sections[first], sections[last] = sections[last], sections[first]
		}
	}
}

// readSection appends what one section lists.
func (e *ExecutionEngine) readSection(list []routine, o *runtimedyld.Object, s *objimage.Section) ([]routine, error) {
	content, err := e.dyld.FinalizedContent(o, s.Index)
	switch {
	case errors.Is(err, runtimedyld.ErrState): // removed meanwhile
		return list, nil
	case err != nil:
		return nil, err
	}
	name, role := string(o.Image().SectionName(s.Index)), runtimedyld.RoleOf(o.Image(), s)
	r := routine{object: o, section: name, priority: priorityOf(o.ID(), name, role)}
	switch role {
	case runtimedyld.RoleInitCode, runtimedyld.RoleFiniCode:
		r.fn = o.FragmentEntry(s)
		return append(list, r), nil
	}
	crt := role == runtimedyld.RoleCRTInit || role == runtimedyld.RoleCRTTerm || role == runtimedyld.RoleTLSCallbacks
	old, from := role == runtimedyld.RoleCtors || role == runtimedyld.RoleDtors, len(list)
	for ; len(content) >= pointerSize(o); content = content[pointerSize(o):] {
		r.fn = pointer(o, content)
		if old && (r.fn == 0 || r.fn == noFunction(o)) { // the ends of a list that was linked before
			continue
		}
		if crt && r.fn == 0 { // what begins and ends a list
			continue
		}
		if base, _ := o.ImageBase(); role == runtimedyld.RoleTLSCallbacks {
			r.args = []uint64{uint64(base), processAttach, 0}
		}
		list = append(list, r)
	}
	if old {
		slices.Reverse(list[from:])
	}
	return list, nil
}

func pointerSize(o *runtimedyld.Object) int { return o.Image().Bits() / 8 }

// noFunction is -1, which begins .ctors.
func noFunction(o *runtimedyld.Object) executor.Addr {
	return executor.Addr(math.MaxUint64 >> (64 - o.Image().Bits()))
}

func pointer(o *runtimedyld.Object, b []byte) executor.Addr {
	if order := o.Image().ByteOrder(); pointerSize(o) == 8 {
		return executor.Addr(order.Uint64(b))
	} else {
		return executor.Addr(order.Uint32(b))
	}
}

// A RoutineError is a constructor or a destructor that could not be run.
type RoutineError struct {
	Module   string        // whose it is
	Section  string        // that lists it: ".init_array", ".fini_array"; "exit handlers" for what the module's code has registered
	Function executor.Addr // 0 if none was tried
	Err      error         // why: an error of the process, or ErrNoProcess
}

// Error returns one line with the module and the function.
func (e *RoutineError) Error() string {
	if e.Function == 0 {
		return fmt.Sprintf("%s: %s: %v", e.Module, e.Section, e.Err)
	}
	return fmt.Sprintf("%s: %s: function at %v: %v", e.Module, e.Section, e.Function, e.Err)
}

// Unwrap returns the cause.
func (e *RoutineError) Unwrap() error { return e.Err }

// run runs a routine.
func (e *ExecutionEngine) run(r *routine, args []uint64) error {
	p, err := e.processOf(r.object), ErrNoProcess
	if r.args != nil {
		args = r.args
	}
	if p != nil {
		_, err = p.Call(r.fn, args...)
	}
	if err != nil {
		return &RoutineError{Module: r.object.Name(), Section: r.section, Function: r.fn, Err: err}
	}
	return nil
}
