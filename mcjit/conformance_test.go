//go:build linux && amd64

package mcjit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// LLVM's unit tests of MCJIT, those that are disabled there included, written anew from what they assert. A test's name is its suite's and its own. Those of the memory manager are in package memmgr,
// those of names of the process in package hostlib.

// A mapper calls an engine's mappings.
type mapper struct {
	t *testing.T
	e *mcjit.ExecutionEngine
}

func (m mapper) update(name string, addr, wantOld executor.Addr) {
	m.t.Helper()
	if old, err := m.e.UpdateGlobalMapping(name, addr); err != nil || old != wantOld {
		m.t.Errorf("update of %s: %v, %v; want %v", name, old, err, wantOld)
	}
}

func (m mapper) wantAddress(name string, want executor.Addr) {
	m.t.Helper()
	a, ok := m.e.AddressToGlobalIfAvailable(name)
	if a != want || ok != (want != 0) {
		m.t.Errorf("%s is mapped to %v, %v; want %v", name, a, ok, want)
	}
	if want != 0 {
		if a, err := m.e.SymbolAddress(name); a != want || err != nil {
			m.t.Errorf("a look-up of %s: %v, %v; want %v", name, a, err, want)
		}
	}
}

// wantValue checks what is at an address; "" is nothing.
func (m mapper) wantValue(addr executor.Addr, want string) {
	m.t.Helper()
	v, ok := m.e.GlobalValueAtAddress(addr)
	if v.Name != want || ok != (want != "") || ok && v.Module == nil {
		m.t.Errorf("at %v is %q, %v; want %q", addr, v.Name, ok, want)
	}
}

func newMapper(t *testing.T, text string) (mapper, *mcjit.Module) {
	e := newEngine(t)
	return mapper{t, e}, toy(t, e, new(toygen.Generator), "mapped", text)
}

func TestExecutionEngine_ForwardGlobalMapping(t *testing.T) {
	m, _ := newMapper(t, "extern Global1; extern Global2")
	map_(t, m.e, "Global1", 0x1000)
	m.wantAddress("Global1", 0x1000)
	m.update("Global1", 0x2000, 0x1000)
	m.wantAddress("Global1", 0x2000)
	m.update("Global1", 0, 0x2000)
	m.wantAddress("Global1", 0)
	m.update("Global1", 0x1000, 0)
	m.wantAddress("Global1", 0x1000)
	m.wantAddress("Global2", 0)
	m.update("Global2", 0x3000, 0) // before it was added
	m.wantAddress("Global2", 0x3000)
	m.wantAddress("Global1", 0x1000)
}

func TestExecutionEngine_ReverseGlobalMapping(t *testing.T) {
	m, _ := newMapper(t, "extern Global1; extern Global2")
	map_(t, m.e, "Global1", 0x1000)
	m.wantValue(0x1000, "Global1")
	m.update("Global1", 0x2000, 0x1000)
	m.wantValue(0x1000, "")
	m.wantValue(0x2000, "Global1")
	m.update("Global2", 0x1000, 0)
	m.wantValue(0x1000, "Global2")
	m.wantValue(0x2000, "Global1")
	m.update("Global1", 0, 0x2000)
	m.wantValue(0x1000, "Global2")
	m.wantValue(0x2000, "")
	m.update("Global2", 0x2000, 0x1000)
	m.wantValue(0x1000, "")
	m.wantValue(0x2000, "Global2")
	map_(t, m.e, "Global1", 0x2000) // two at an address: the last one
	m.wantValue(0x2000, "Global1")
	m.update("Global1", 0, 0x2000)
	m.wantValue(0x2000, "Global2")
	map_(t, m.e, "stranger", 0x5000) // that no module has
	m.wantValue(0x5000, "")
	if name, ok := m.e.GlobalMappingAt(0x5000); name != "stranger" || !ok {
		t.Errorf("%q, %v", name, ok)
	}
}

func TestExecutionEngine_ClearModuleMappings(t *testing.T) {
	m, module := newMapper(t, "extern Global1")
	map_(t, m.e, "Global1", 0x1000)
	map_(t, m.e, "stranger", 0x2000)
	m.wantValue(0x1000, "Global1")
	if err := m.e.ClearGlobalMappingsFromModule(module); err != nil {
		t.Fatal(err)
	}
	m.wantValue(0x1000, "")
	m.wantAddress("Global1", 0)
	m.wantAddress("stranger", 0x2000)
	toy(t, m.e, new(toygen.Generator), "other", "extern Global2")
	m.update("Global2", 0x1000, 0)
	m.wantValue(0x1000, "Global2")
	if err := m.e.ClearAllGlobalMappings(); err != nil {
		t.Fatal(err)
	}
	m.wantValue(0x1000, "")
	m.wantAddress("stranger", 0)
}

func TestExecutionEngine_DestructionRemovesGlobalMapping(t *testing.T) {
	m, module := newMapper(t, "extern Global1")
	map_(t, m.e, "Global1", 0x1000)
	m.wantValue(0x1000, "Global1")
	remove(t, m.e, module)
	m.wantValue(0x1000, "")
}

// read returns the variable at an address of this process.
func read(t testing.TB, e *mcjit.ExecutionEngine, name string) int32 {
	t.Helper()
	if _, err := e.GlobalValueAddress(name); err != nil {
		t.Fatal(err)
	}
	toy(t, e, new(toygen.Generator), "reader of "+name, "func read_"+name+" = load "+name)
	return function[intFunc](t, e, "read_"+name)()
}

func TestMCJIT_null_module(t *testing.T) {
	e := newEngine(t)
	if _, err := e.AddModule(nil); !errors.Is(err, mcjit.ErrNoModule) {
		t.Error(err)
	}
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
}

func TestMCJIT_empty_module(t *testing.T) {
	e := newEngine(t)
	m := toy(t, e, new(toygen.Generator), "empty", "")
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
	if m.Object() == nil {
		t.Error("it was not compiled")
	}
}

func TestMCJIT_global_variable(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "var test_global = 5")
	if got := read(t, e, "test_global"); got != 5 {
		t.Error(got)
	}
}

// wantAdd checks a function that adds, in LLVM's seven ways.
func wantAdd(t testing.TB, e *mcjit.ExecutionEngine, name string) {
	t.Helper()
	add := function[func(a, b int32) int32](t, e, name)
	for _, v := range [][2]int32{{0, 0}, {1, 2}, {3, 5}, {-3, 5}, {5, 3}, {-5, -3}, {30, 10}, {-1, 1}} {
		if got := add(v[0], v[1]); got != v[0]+v[1] {
			t.Errorf("%s(%d, %d) = %d", name, v[0], v[1], got)
		}
	}
}

func TestMCJIT_add_function(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func add = arguments")
	wantAdd(t, e, "add")
}

func TestMCJIT_run_main(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func main = 6")
	if n, err := e.RunFunctionAsMain("main", nil, nil); n != 6 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestMCJIT_return_global(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "var GV = 7; func ReturnGlobal = load GV")
	wantCall(t, e, "ReturnGlobal", 7)
}

func TestMCJIT_increment_global(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "var GV = 5; func IncrementGlobal = increment GV")
	increment := function[intFunc](t, e, "IncrementGlobal")
	for want := int32(6); want < 9; want++ {
		if got := increment(); got != want {
			t.Error(got)
		}
	}
	if got := read(t, e, "GV"); got != 8 {
		t.Errorf("the variable is %d", got)
	}
}

func TestMCJIT_multiple_functions(t *testing.T) {
	var text strings.Builder
	text.WriteString("func f0 = 5;")
	for i := 1; i <= 23; i++ {
		fmt.Fprintf(&text, "func f%d = f%d + 0;", i, i-1)
	}
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", text.String())
	wantCall(t, e, "f23", 5)
}

func TestMCJIT_multiple_decl_lookups(t *testing.T) {
	e := newEngine(t, mcjit.WithSymbolResolver(resolverFuncOf(map[string]executor.Addr{"_exit": 0x1000})))
	toy(t, e, new(toygen.Generator), "m", "extern _exit; func f = 1")
	a, err := e.NamedFunctionAddress("_exit")
	b, err2 := e.NamedFunctionAddress("_exit")
	if a == 0 || a != b || err != nil || err2 != nil {
		t.Errorf("%v, %v; %v, %v", a, b, err, err2)
	}
}

// resolverFuncOf is a resolver that knows some names.
func resolverFuncOf(names map[string]executor.Addr) resolverFunc {
	return func(refs []runtimedyld.Reference) error {
		for i := range refs {
			refs[i].Addr = names[refs[i].Name]
		}
		return nil
	}
}

func TestMCJIT_lazy_function_creator_pointer(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func Parent = Foo + 1")
	var names []string
	e.InstallLazyFunctionCreator(func(name string) executor.Addr {
		names = append(names, name)
		return ^executor.Addr(0)
	})
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
	if !slices.Equal(names, []string{"Foo"}) {
		t.Errorf("asked for %v", names)
	}
}

func TestMCJIT_lazy_function_creator_lambda(t *testing.T) {
	one, _ := two(t)
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func Parent1 = Foo1 + 1; func Parent2 = Foo2 + 2")
	var names []string
	e.InstallLazyFunctionCreator(func(name string) executor.Addr {
		names = append(names, name)
		return one
	})
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
	if slices.Sort(names); !slices.Equal(names, []string{"Foo1", "Foo2"}) {
		t.Errorf("asked for %v", names)
	}
	wantCall(t, e, "Parent1", 2)
	wantCall(t, e, "Parent2", 3)
}

// wantAccumulate checks a function that adds the numbers up to its argument.
func wantAccumulate(t testing.TB, e *mcjit.ExecutionEngine, name string) {
	t.Helper()
	sum := function[func(int32) int32](t, e, name)
	for n, want := range []int32{0, 1, 3, 6, 10, 15} {
		if got := sum(int32(n)); got != want {
			t.Errorf("%s(%d) = %d, want %d", name, n, got, want)
		}
	}
}

func wantFinalize(t testing.TB, e *mcjit.ExecutionEngine) {
	t.Helper()
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
}

// The texts of the modules.
const (
	moduleFA  = "func FA = arguments"
	moduleFB  = "func FB = arguments"
	moduleFC  = "func FC = arguments"
	externFA  = "func FB = forward FA"
	externFB  = "func FC = forward FB"
	dependFA  = "func FA = sum FB"
	dependFB1 = "func FB = sum FA"
)

// TestMCJITMultipleModule has the tests of that name, whose modules' functions are asked for in some order.
func TestMCJITMultipleModule(t *testing.T) {
	for name, c := range map[string]struct {
		modules []string
		check   func(testing.TB, *mcjit.ExecutionEngine, string)
		order   string // of functions; ! is finalizeObject
	}{
		"two_module_case":                       {[]string{moduleFA, moduleFB}, wantAdd, "FA FB"},
		"two_module_reverse_case":               {[]string{moduleFA, moduleFB}, wantAdd, "FB ! FA"},
		"two_module_extern_reverse_case":        {[]string{moduleFA, externFA}, wantAdd, "FB FA"},
		"two_module_extern_case":                {[]string{moduleFA, externFA}, wantAdd, "FA FB"},
		"two_module_consecutive_call_case":      {[]string{moduleFA + ";func FA2 = arguments", externFA}, wantAdd, "FB FA2 FA"},
		"three_module_case":                     {[]string{moduleFA, moduleFB, moduleFC}, wantAdd, "FC FB FA"},
		"three_module_case_reverse_order":       {[]string{moduleFC, moduleFB, moduleFA}, wantAdd, "FA FB FC"},
		"three_module_chain_case":               {[]string{moduleFA, externFA, externFB}, wantAdd, "FC FB FA"},
		"three_modules_chain_case_reverse":      {[]string{moduleFA, externFA, externFB}, wantAdd, "FA FB FC"},
		"cross_module_dependency_case":          {[]string{dependFA, dependFB1, "func FC = forward FB"}, wantAccumulate, "FA FB FC"},
		"cross_module_dependency_case_reverse":  {[]string{dependFA, dependFB1, "func FC = forward FB"}, wantAccumulate, "FC FB FA"},
		"cross_module_dependency_case3":         {[]string{dependFA, dependFB1}, wantAccumulate, "FB FA"},
		"cross_module_dependency_case_finalize": {[]string{dependFA, dependFB1}, wantAccumulate, "! FA ! FB !"},
	} {
		t.Run(name, func(t *testing.T) {
			var g toygen.Generator
			e := newEngine(t)
			for i, text := range c.modules {
				toy(t, e, &g, fmt.Sprint(i), text)
			}
			for word := range strings.FieldsSeq(c.order) {
				if word == "!" {
					wantFinalize(t, e)
					continue
				}
				c.check(t, e, word)
			}
		})
	}
}

func TestMCJITMultipleModule_two_module_global_variables_case(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t)
	a := toy(t, e, &g, "A", "var GVA = 7; internal var GVB = 7; internal var GVC = 7; func FA = load GVB")
	b := toy(t, e, &g, "B", "internal var GVB2 = 7; func FB = load GVB2")
	for _, compiled := range []bool{false, true} {
		for _, c := range []struct {
			name     string
			internal bool
			module   *mcjit.Module
		}{{"GVA", true, a}, {"GVA", false, a}, {"GVB", true, a}, {"GVC", true, a}, {"GVB2", true, b}, {"GVB", false, nil}, {"GVC", false, nil}, {"FA", true, nil}, {"nothing", true, nil}} {
			v, ok := e.FindGlobalVariableNamed(c.name, c.internal)
			if v.Module != c.module || ok != (c.module != nil) || ok && v.Name != c.name {
				t.Errorf("compiled %v: %s, internal %v: %+v, %v", compiled, c.name, c.internal, v, ok)
			}
		}
		wantCall(t, e, "FB", 7)
		wantCall(t, e, "FA", 7)
	}
}

func TestMCJITMultipleModule_FindFunctionNamed_test(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t)
	toy(t, e, &g, "A", "func FB = forward FA; extern FA")
	b := toy(t, e, &g, "B", moduleFA)
	for _, compiled := range []bool{false, true} {
		if v, ok := e.FindFunctionNamed("FA"); !ok || v.Module != b || !v.Defined {
			t.Errorf("compiled %v: %+v, %v", compiled, v, ok)
		}
		wantFinalize(t, e)
	}
	if v, ok := e.FindFunctionNamed("FC"); ok {
		t.Errorf("%+v", v)
	}
}

func TestMCJITMultipleModule_multiple_empty_modules(t *testing.T) {
	e := newEngine(t)
	for range 3 {
		toy(t, e, new(toygen.Generator), "empty", "")
	}
	wantFinalize(t, e)
}

// A nameCache is LLVM's TestObjectCache: in memory, by modules' names.
type nameCache struct {
	mu                 sync.Mutex
	objects            map[string]*objimage.Buffer
	lookedUp, notified []string
}

func (c *nameCache) NotifyObjectCompiled(_ context.Context, m codegen.Module, object *objimage.Buffer) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.objects == nil {
		c.objects = map[string]*objimage.Buffer{}
	}
	c.notified = append(c.notified, m.Name())
	c.objects[m.Name()] = objimage.NewBuffer(m.Name(), slices.Clone(object.Bytes()))
	return nil
}

func (c *nameCache) Object(_ context.Context, m codegen.Module) (*objimage.Buffer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lookedUp = append(c.lookedUp, m.Name())
	if b := c.objects[m.Name()]; b != nil {
		return b.Retain(), nil
	}
	return nil, nil
}

// wantEvents checks whether the cache was asked and how often it was told, and forgets it.
func (c *nameCache) wantEvents(t testing.TB, lookedUp bool, notified int) {
	t.Helper()
	if (len(c.lookedUp) > 0) != lookedUp || len(c.notified) != notified {
		t.Errorf("the cache was asked for %v and told of %v", c.lookedUp, c.notified)
	}
	c.lookedUp, c.notified = nil, nil
}

func TestMCJITObjectCache_SetNullObjectCache(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func main = 6")
	e.SetObjectCache(nil)
	wantCall(t, e, "main", 6)
}

func TestMCJITObjectCache_VerifyBasicObjectCaching(t *testing.T) {
	var g toygen.Generator
	var cache nameCache
	e := newEngine(t)
	toy(t, e, &g, "id", "func main = 6")
	e.SetObjectCache(&cache)
	if cache.objects["id"] != nil {
		t.Error("it is there already")
	}
	wantCall(t, e, "main", 6)
	cache.wantEvents(t, true, 1)
	if cache.objects["id"] == nil {
		t.Error("it is not there")
	}
	wantFinalize(t, e)
	wantCall(t, e, "main", 6)
	cache.wantEvents(t, false, 0)
}

func TestMCJITObjectCache_VerifyLoadFromCache(t *testing.T) {
	var g toygen.Generator
	var cache nameCache
	first := newEngine(t, mcjit.WithObjectCache(&cache))
	toy(t, first, &g, "id", "func main = 6")
	wantCall(t, first, "main", 6)
	cache.wantEvents(t, true, 1)
	wantCompiled(t, &g, "id")
	for name, set := range map[string]func(*mcjit.ExecutionEngine, func()){
		"before the module": func(e *mcjit.ExecutionEngine, add func()) { e.SetObjectCache(&cache); add() },
		"after the module":  func(e *mcjit.ExecutionEngine, add func()) { add(); e.SetObjectCache(&cache) },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			set(e, func() { toy(t, e, &g, "id", "func main = 7") })
			wantCall(t, e, "main", 6) // the old one
			cache.wantEvents(t, true, 0)
			wantCompiled(t, &g)
		})
	}
}

func TestMCJITObjectCache_VerifyNonLoadFromCache(t *testing.T) {
	var g toygen.Generator
	var cache nameCache
	first := newEngine(t, mcjit.WithObjectCache(&cache))
	toy(t, first, &g, "id", "func main = 6")
	wantCall(t, first, "main", 6)
	cache.wantEvents(t, true, 1)
	second := newEngine(t, mcjit.WithObjectCache(&cache))
	toy(t, second, &g, "other id", "func main = 7")
	wantCall(t, second, "main", 7)
	cache.wantEvents(t, true, 1)
	wantFinalize(t, second)
	cache.wantEvents(t, false, 0)
}
