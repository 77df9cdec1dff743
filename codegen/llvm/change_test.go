package llvm_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/llvm"
)

const changeable = `
@v = global i32 1
declare i32 @elsewhere(i64, ...)
define internal float @inside(<2 x i32> %a) { ret float 0.0 }
define i17 @"\01raw"({ i32, double } %a) { ret i17 0 }
define void @f() { ret void }
`

func TestFunctionType(t *testing.T) {
	eachVersion(t, func(t *testing.T, l *llvm.Library) {
		m := module(t, l, changeable, codegen.Options{}).(*llvm.Module)
		defer m.Close()
		for name, want := range map[string]*llvm.FunctionType{
			"elsewhere": {Result: "i32", Params: []string{"i64"}, Variadic: true},
			"inside":    {Result: "float", Params: []string{"<2 x i32>"}},
			"\x01raw":   {Result: "i17", Params: []string{"{ i32, double }"}},
			"f":         {Result: "void"},
			"raw":       nil,
			"v":         nil,
			"":          nil,
		} {
			got, err := m.FunctionType(t.Context(), name)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%q: %v %s", name, err, diff)
			}
		}
	})
}

func TestRename(t *testing.T) {
	eachVersion(t, func(t *testing.T, l *llvm.Library) {
		m := module(t, l, changeable, codegen.Options{}).(*llvm.Module)
		defer m.Close()
		others := map[string]string{"v": "variable", "f": "g", "elsewhere": "here"}
		err := m.Rename(t.Context(), func(name string) string {
			if other, ok := others[name]; ok {
				return other
			}
			return name
		})
		if err != nil {
			t.Fatal(err)
		}
		symbols, err := m.Symbols(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range symbols {
			names = append(names, s.Name)
		}
		if diff := cmp.Diff([]string{"here", "inside", "raw", "g", "variable"}, names); diff != "" {
			t.Error(diff)
		}
	})
}
