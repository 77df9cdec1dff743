//go:build linux && amd64

package mcjit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
)

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
		"two_module_case":                           {[]string{moduleFA, moduleFB}, wantAdd, "FA FB"},
		"two_module_reverse_case":                   {[]string{moduleFA, moduleFB}, wantAdd, "FB ! FA"},
		"two_module_extern_reverse_case":            {[]string{moduleFA, externFA}, wantAdd, "FB FA"},
		"two_module_extern_case":                    {[]string{moduleFA, externFA}, wantAdd, "FA FB"},
		"two_module_consecutive_call_case":          {[]string{moduleFA + ";func FA2 = arguments", externFA}, wantAdd, "FB FA2 FA"},
		"three_module_case":                         {[]string{moduleFA, moduleFB, moduleFC}, wantAdd, "FC FB FA"},
		"three_module_case_reverse_order":           {[]string{moduleFC, moduleFB, moduleFA}, wantAdd, "FA FB FC"},
		"three_module_chain_case":                   {[]string{moduleFA, externFA, externFB}, wantAdd, "FC FB FA"},
		"three_modules_chain_case_reverse_order":    {[]string{moduleFA, externFA, externFB}, wantAdd, "FA FB FC"},
		"cross_module_dependency_case":              {[]string{dependFA, dependFB1, "func FC = forward FB"}, wantAccumulate, "FA FB FC"},
		"cross_module_dependency_case_reverse_case": {[]string{dependFA, dependFB1, "func FC = forward FB"}, wantAccumulate, "FC FB FA"},
		"cross_module_dependency_case3":             {[]string{dependFA, dependFB1}, wantAccumulate, "FB FA"},
		"cross_module_dependency_case_finalize":     {[]string{dependFA, dependFB1}, wantAccumulate, "! FA ! FB !"},
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
