package rtdyld

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestTruncated compares what is said of files that end too early. The line behind it is ours, and so is what is in brackets for Mach-O, where its load commands are all there.
func TestTruncated(t *testing.T) {
	llvm := testenv.NeedsTool(t, "llvm-rtdyld-14", "llvm-14")
	for _, path := range []string{"x86_64/helper.o", "mips/micromips.o", "x86_64-macho/all.o", "x86_64-coff/same.o"} {
		data, err := os.ReadFile(filepath.Join("../../testdata/rules", path))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{3, 17, 18, 31, 32, 51, 52, 64, 200, len(data) - 1} {
			line := []string{"-verify", "-triple=x86_64", "-"}
			want, got := runLLVM(llvm, string(data[:n]), line...), run(string(data[:n]), line...)
			if want.status < 0 {
				continue // it crashes
			}
			end := "\n"
			if strings.Contains(path, "macho") && n == len(data)-1 {
				end = " ("
			}
			ours, _, _ := strings.Cut(got.stderr, end)
			llvms, _, _ := strings.Cut(want.stderr, end)
			if got.status != want.status || ours != llvms {
				t.Errorf("%s, %d bytes: %s, want %s", path, n, ours, llvms)
			}
		}
	}
}
