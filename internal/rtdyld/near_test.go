package rtdyld

import (
	"os"
	"path/filepath"
	"testing"
)

// What the linker makes is in reach of code that -map-section has put far away, as LLVM has stubs behind the code that uses them; the rest is where LLVM has it, unless it is out of reach there.
func TestNearMappedCode(t *testing.T) {
	files := map[string]string{
		"stub":  "# rtdyld-check: stub_addr(cet.o/.text, far) = 0x7ff00000000e\n# rtdyld-check: section_addr(cet.o, .note.gnu.property) = 0x3000\n",
		"frame": "# rtdyld-check: section_addr(debug.o, .eh_frame) = 0x7ff000002000\n# rtdyld-check: *{4}(section_addr(debug.o, .eh_frame) + 32) = (debug_leaf - section_addr(debug.o, .eh_frame) - 32)[31:0]\n",
	}
	object, err := os.ReadFile(filepath.Join(rulesDir, "x86_64/cet.o"))
	if err != nil {
		t.Fatal(err)
	}
	files["cet.o"] = string(object)
	inTestdata(t, files)
	for _, args := range [][]string{
		{"-check=stub", "-map-section=cet.o,.text=0x7ff000000000", "-dummy-extern=far=0x123456789abc", "cet.o"},
		{"-check=stub", "-map-section=cet.o,.text=0x7ff000000000", "-target-addr-end=0x7fffffffffff", "-dummy-extern=far=0x123456789abc", "cet.o"},
		{"-check=frame", "-map-section=debug.o,.text=0x7ff000000000", "debug.o"},
	} {
		if got := run("", append(args, "-verify", "-triple=x86_64")...); got.status != 0 {
			t.Errorf("%q: %v", args, got)
		}
	}
}
