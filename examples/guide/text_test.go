package guide_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/codegen"
)

func Example() {
	fmt.Println(codegen.KindOf("hello.ll", nil))
	// Output: LLVM IR
}

// TestGuideShowsWhatRuns: every snippet of the guide is in guide_test.go, line by line.
func TestGuideShowsWhatRuns(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("guide_test.go")
	if err != nil {
		t.Fatal(err)
	}
	run := plain(string(code))
	snippets := 0
	for i, block := range strings.Split(string(guide), "```") {
		text, ok := strings.CutPrefix(block, "go\n")
		if i%2 == 0 || !ok {
			continue
		}
		snippets++
		if !strings.Contains(run, plain(text)) {
			t.Errorf("this snippet is not run:\n%s", text)
		}
	}
	if snippets < 12 {
		t.Errorf("only %d snippets were found", snippets)
	}
}

// plain returns a text without indentation, what aligns comments, and empty lines.
func plain(text string) string {
	var lines strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines.WriteString(line + "\n")
		}
	}
	return lines.String()
}
