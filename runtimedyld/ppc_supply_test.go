package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestSupply compares the functions that are supplied on PowerPC with those of GNU ld, or of libgcc: the instructions from each name to the return, whose order is each linker's own.
func TestSupply(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for _, c := range []struct {
		triple, head string
		families     []ppcSave
		order        binary.ByteOrder
	}{
		{"powerpc64le-linux-gnu", "\t.abiversion 2\n", ppc64Saves, binary.LittleEndian}, {"powerpc-linux-gnu", "", ppcSaves, binary.BigEndian},
	} {
		var names []string
		source := c.head
		for _, s := range c.families {
			for r := s.first; r <= 31; r++ {
				name := fmt.Sprint(s.prefix, r, s.suffix)
				names = append(names, name)
				source += "\tbl " + name + "\n"
			}
		}
		theirs := suppliedBy(t, c.triple, source, names, c.order)
		for _, name := range names {
			ours := ppcSupply(c.families, name)
			if !slices.Equal(slices.Sorted(slices.Values(ours)), slices.Sorted(slices.Values(theirs[name]))) {
				t.Errorf("%s: %s is % x, not % x", c.triple, name, ours, theirs[name])
			}
		}
		for _, none := range []string{"_savegpr0_13", "_restfpr_32", "_savevr_19", "_restgpr0_", "_restgpr0_x", "_restgpr_14_y", "_savegpr_14_x", "_restgpr_", "_x"} {
			if ppcSupply(c.families, none) != nil {
				t.Errorf("%s: %s is supplied", c.triple, none)
			}
		}
	}
}

// suppliedBy returns the instructions of functions of a program that another linker makes.
func suppliedBy(t *testing.T, triple, source string, names []string, order binary.ByteOrder) map[string][]uint32 {
	t.Helper()
	gcc := testenv.NeedsTool(t, triple+"-gcc", "gcc-"+triple)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.o"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, testenv.CompileBytes(t, triple+"-gcc", testenv.Assembler, source), 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command(gcc, "-nostdlib", "-static", "-Wl,-e,0", "-o", out, in, "-lgcc").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	f, err := elf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]uint32{}
	for _, name := range names {
		i := slices.IndexFunc(syms, func(y elf.Symbol) bool { return y.Name == name })
		if i < 0 {
			t.Errorf("%s has no %s", triple, name)
			continue
		}
		sec := f.Sections[syms[i].Section]
		data, err := sec.Data()
		if err != nil {
			t.Fatal(err)
		}
		for b := data[syms[i].Value-sec.Addr:]; len(b) >= 4 && !slices.Contains(found[name], ppcBlr); b = b[4:] {
			found[name] = append(found[name], order.Uint32(b))
		}
	}
	return found
}

// TestSuppliedOnce: an object with supplied functions does not leave them to the next.
func TestSuppliedOnce(t *testing.T) {
	a := archByName(t, "ppc64le")
	for _, name := range []string{"_restgpr0_30", "far_function"} {
		w := a.newELF("supply.o")
		text := w.section(".text", flagsText, bytes.Repeat([]byte{0, 0, 0, 0x60}, 4))
		w.relocate(text, 0, uint32(elf.R_PPC64_REL24_NOTOC), w.undefined(name), 0)
		b := newBench(t, map[string]uint64{".text": 0x10_0000})
		b.load(w)
		err := b.ResolveRelocations()
		if undefined := strings.Contains(fmt.Sprint(err), "undefined"); undefined != (name == "far_function") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
