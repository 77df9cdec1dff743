package structure

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestToolsAreInstalled checks that the script which sets up a bare machine installs every package that a test asks for.
func TestToolsAreInstalled(t *testing.T) {
	script, err := os.ReadFile(filepath.Join(moduleRoot(), "scripts", "tools.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range allSources(t) {
		if !s.isTest() || below(s.dir(), "internal/testenv") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 3 {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || (f.Sel.Name != "NeedsTool" && f.Sel.Name != "NeedsFile") {
				return true
			}
			lit, ok := call.Args[2].(*ast.BasicLit)
			if !ok {
				return true
			}
			pkg, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !regexp.MustCompile(`(?m)\s` + regexp.QuoteMeta(pkg) + `$`).Match(script) {
				t.Errorf("%s asks for the Debian package %s, which scripts/tools.sh does not install", s.path, pkg)
			}
			return true
		})
	}
}
