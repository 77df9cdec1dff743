package llvm

import (
	"strings"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// The linkages of llvm-c/Core.h, LLVMLinkage.
const (
	linkExternal            = 0
	linkAvailableExternally = 1
	linkOnceAny             = 2
	linkOnceODR             = 3
	linkOnceODRAutoHide     = 4
	linkWeakAny             = 5
	linkWeakODR             = 6
	linkAppending           = 7
	linkInternal            = 8
	linkPrivate             = 9
	linkExternalWeak        = 12
	linkCommon              = 14
	linkLinkerPrivate       = 15
	linkLinkerPrivateWeak   = 16
)

// symbols lists what the object of the module will define, and what the module declares. It says false if module-level assembly may define more.
func (m *irModule) symbols() (list []codegen.Symbol, all bool) {
	l := m.library
	prefix := m.prefix()
	add := func(v valueRef, s codegen.Symbol) {
		s.Name = m.mangled(prefix, v)
		if m.describe(v, &s) && !strings.HasPrefix(s.Name, prefix+"llvm.") {
			list = append(list, s)
		}
	}
	for v := l.firstFunction(m.ref); v != 0; v = l.nextFunction(v) {
		add(v, codegen.Symbol{Function: true, Signature: l.signature(l.globalValueType(v))})
	}
	for v := l.firstGlobal(m.ref); v != 0; v = l.nextGlobal(v) {
		add(v, codegen.Symbol{ThreadLocal: l.isThreadLocal(v) != 0})
	}
	for v := l.firstAlias(m.ref); v != 0; v = l.nextAlias(v) {
		t := l.globalValueType(v)
		add(v, codegen.Symbol{Alias: true, Function: l.typeKind(t) == kindFunction, Signature: l.signature(t)})
	}
	for v := l.firstIFunc(m.ref); v != 0; v = l.nextIFunc(v) {
		add(v, codegen.Symbol{IFunc: true, Function: true, Signature: l.signature(l.globalValueType(v))})
	}
	var n uintptr
	l.inlineAssembly(m.ref, &n)
	return list, n == 0
}

// externalize makes internal definitions external.
func (m *irModule) externalize(f func(name string) bool) {
	m.eachDefinition(f, func(v valueRef, linkage int32, _ bool) {
		if linkage == linkInternal {
			m.library.setLinkage(v, linkExternal)
		}
	})
}

// disown makes weak definitions declarations. An alias cannot be one.
func (m *irModule) disown(f func(name string) bool) {
	m.eachDefinition(f, func(v valueRef, linkage int32, alias bool) {
		switch linkage {
		case linkOnceAny, linkOnceODR, linkWeakAny, linkWeakODR, linkCommon:
			linkage = linkAvailableExternally
			if alias {
				linkage = linkInternal
			}
			m.library.setLinkage(v, linkage)
		}
	})
}

// weakenThreads makes references to thread-local variables weak, and has code call the C library for their addresses.
func (m *irModule) weakenThreads(f func(name string) bool) {
	const generalDynamic = 1 // llvm-c/Core.h, LLVMThreadLocalMode
	l, prefix := m.library, m.prefix()
	for v := l.firstGlobal(m.ref); v != 0; v = l.nextGlobal(v) {
		if l.isDeclaration(v) != 0 && l.isThreadLocal(v) != 0 && f(m.mangled(prefix, v)) {
			l.setLinkage(v, linkExternalWeak)
			l.setThreadLocalMode(v, generalDynamic)
		}
	}
}

// eachDefinition calls visit with what is defined under names that f is true for.
func (m *irModule) eachDefinition(f func(name string) bool, visit func(v valueRef, linkage int32, alias bool)) {
	l := m.library
	prefix := m.prefix()
	m.eachNamed(func(v valueRef, alias bool) {
		if l.isDeclaration(v) == 0 && f(m.mangled(prefix, v)) {
			visit(v, l.linkage(v), alias)
		}
	})
}

// rename gives functions, variables and aliases other names.
func (m *irModule) rename(f func(name string) string) {
	prefix := m.prefix()
	m.eachNamed(func(v valueRef, _ bool) {
		name := m.mangled(prefix, v)
		if other := f(name); other != name {
			text := "\x01" + other // as it is
			m.library.setValueName(v, zero(text), uintptr(len(text)))
		}
	})
}

// eachNamed calls visit with the functions, variables and aliases.
func (m *irModule) eachNamed(visit func(v valueRef, alias bool)) {
	l := m.library
	for v := l.firstFunction(m.ref); v != 0; v = l.nextFunction(v) {
		visit(v, false)
	}
	for v := l.firstGlobal(m.ref); v != 0; v = l.nextGlobal(v) {
		visit(v, false)
	}
	for v := l.firstAlias(m.ref); v != 0; v = l.nextAlias(v) {
		visit(v, true)
	}
}

// functionType returns the type of a function, or nil.
func (m *irModule) functionType(name string) *FunctionType {
	l := m.library
	function := l.namedFunction(m.ref, zero(name))
	if function == 0 {
		return nil
	}
	t := l.globalValueType(function)
	refs := make([]uintptr, l.countParams(t)+1) // at least one, for its address
	l.paramTypes(t, &refs[0])
	f := &FunctionType{Result: l.take(l.typeText(l.returnType(t))), Variadic: l.isVariadic(t) != 0}
	for _, ref := range refs[:len(refs)-1] {
		f.Params = append(f.Params, l.take(l.typeText(ref)))
	}
	return f
}

// mangled returns a symbol's name as the object has it.
func (m *irModule) mangled(prefix string, v valueRef) string {
	var n uintptr
	text := m.library.valueName(v, &n)
	name := m.library.c.textOf(text, n)
	if unmangled, ok := strings.CutPrefix(name, "\x01"); ok {
		return unmangled
	}
	return prefix + name
}

// prefix returns what the module's target puts before names.
func (m *irModule) prefix() string {
	return manglingPrefix(m.library.c.text(m.library.moduleLayout(m.ref)), m.triple())
}

// describe says what the linkage means to linkers, and whether the symbol is in the object at all.
func (m *irModule) describe(v valueRef, s *codegen.Symbol) bool {
	s.Defined = m.library.isDeclaration(v) == 0
	switch m.library.linkage(v) {
	case linkPrivate, linkLinkerPrivate, linkAppending:
		return false
	case linkInternal:
		s.Internal = true
	case linkAvailableExternally:
		s.Defined = false
	case linkOnceAny, linkOnceODR, linkOnceODRAutoHide, linkWeakAny, linkWeakODR, linkExternalWeak, linkCommon, linkLinkerPrivateWeak:
		s.Weak = true
	}
	return true
}

// manglingPrefix returns what the target puts before names (LLVM's Language Reference, "Data Layout", m:).
func manglingPrefix(layout, triple string) string {
	for part := range strings.SplitSeq(layout, "-") {
		if part == "m:o" || part == "m:x" {
			return "_"
		}
	}
	if layout == "" && (strings.Contains(triple, "apple") || strings.Contains(triple, "darwin")) {
		return "_"
	}
	return ""
}

// The kinds of llvm-c/Core.h, LLVMTypeKind, that C knows.
const (
	kindVoid     = 0
	kindFloat    = 2
	kindDouble   = 3
	kindInteger  = 8
	kindFunction = 9
	kindPointer  = 12
)

// signature returns how a function of a type is called, or nil if the type is none of a function, or of one that C does not know.
func (l *Library) signature(function uintptr) *inprocess.Signature {
	if l.typeKind(function) != kindFunction {
		return nil
	}
	refs := make([]uintptr, l.countParams(function)+1) // at least one, for its address
	l.paramTypes(function, &refs[0])
	params := make([]*inprocess.Type, len(refs)-1)
	for i := range params {
		if params[i] = l.cType(refs[i]); params[i] == nil {
			return nil
		}
	}
	newSignature := inprocess.NewSignature
	if l.isVariadic(function) != 0 { // of a call without further arguments
		newSignature = func(result *inprocess.Type, params ...*inprocess.Type) (*inprocess.Signature, error) {
			return inprocess.NewVariadicSignature(len(params), result, params...)
		}
	}
	s, err := newSignature(l.cType(l.returnType(function)), params...)
	if err != nil {
		return nil
	}
	return s
}

// cType returns C's type, or nil.
func (l *Library) cType(t uintptr) *inprocess.Type {
	switch l.typeKind(t) {
	case kindVoid:
		return inprocess.Void
	case kindFloat:
		return inprocess.Float32
	case kindDouble:
		return inprocess.Float64
	case kindPointer:
		return inprocess.Pointer
	case kindInteger:
		return integers[l.intWidth(t)]
	}
	return nil
}

// integers are C's, by their bits.
var integers = map[uint32]*inprocess.Type{1: inprocess.Bool, 8: inprocess.Int8, 16: inprocess.Int16, 32: inprocess.Int32, 64: inprocess.Int64}
