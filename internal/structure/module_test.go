package structure

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/gomcjit/gomcjit"

// A source is one Go or assembly file of the module.
type source struct {
	path string    // from the module's root, with slashes
	text string    // content
	file *ast.File // nil for assembly
}

func (s source) dir() string     { return path.Dir(s.path) }
func (s source) name() string    { return path.Base(s.path) }
func (s source) isTest() bool    { return strings.HasSuffix(s.path, "_test.go") }
func (s source) isGo() bool      { return s.file != nil }
func (s source) isMain() bool    { return s.isGo() && s.file.Name.Name == "main" }
func (s source) generated() bool { return s.isGo() && ast.IsGenerated(s.file) }

// below tells whether the directory dir is one of roots or in one of them.
func below(dir string, roots ...string) bool {
	for _, root := range roots {
		if dir == root || strings.HasPrefix(dir, root+"/") {
			return true
		}
	}
	return false
}

var fileSet = token.NewFileSet()

// sources returns all files of the module, those that Go ignores as well.
var sources = sync.OnceValues(func() ([]source, error) {
	var all []source
	root := os.DirFS(moduleRoot())
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "build") {
				return fs.SkipDir
			}
			return nil
		}
		s := source{path: name}
		switch path.Ext(name) {
		case ".go":
			text, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			s.text = string(text)
			if s.file, err = parser.ParseFile(fileSet, name, text, parser.ParseComments); err != nil {
				return err
			}
		case ".s", ".h":
		default:
			return nil
		}
		all = append(all, s)
		return nil
	})
	return all, err
})

func allSources(t *testing.T) []source {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no source files found")
	}
	return all
}

// moduleRoot is the directory with go.mod, above the directory in which go test runs this package.
func moduleRoot() string {
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		panic(err)
	}
	return dir
}
