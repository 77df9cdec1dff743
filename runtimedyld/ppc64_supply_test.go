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

// TestSupply compares the functions that are supplied on PowerPC with those of GNU ld: the instructions from each name to the return, whose order is each linker's own.
func TestSupply(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	ld := testenv.NeedsTool(t, "powerpc64le-linux-gnu-ld", "gcc-powerpc64le-linux-gnu")
	var source strings.Builder
	var names []string
	for _, s := range ppcSaves {
		for r := s.first; r <= 31; r++ {
			names = append(names, fmt.Sprint(s.prefix, r))
			fmt.Fprintf(&source, "\tbl %s%d\n", s.prefix, r)
		}
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.o"), filepath.Join(dir, "out")
	object := testenv.CompileBytes(t, "powerpc64le-linux-gnu-gcc", testenv.Assembler, "\t.abiversion 2\n"+source.String())
	if err := os.WriteFile(in, object, 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command(ld, "-e", "0", "-o", out, in).CombinedOutput(); err != nil {
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
	for _, name := range names {
		i := slices.IndexFunc(syms, func(y elf.Symbol) bool { return y.Name == name })
		if i < 0 {
			t.Errorf("ld has no %s", name)
			continue
		}
		sec := f.Sections[syms[i].Section]
		data, err := sec.Data()
		if err != nil {
			t.Fatal(err)
		}
		var theirs []uint32
		for b := data[syms[i].Value-sec.Addr:]; len(b) >= 4 && !slices.Contains(theirs, ppcBlr); b = b[4:] {
			theirs = append(theirs, binary.LittleEndian.Uint32(b))
		}
		ours := ppc64Supply(name)
		if !slices.Equal(slices.Sorted(slices.Values(ours)), slices.Sorted(slices.Values(theirs))) {
			t.Errorf("%s is % x, ld's % x", name, ours, theirs)
		}
	}
	for _, none := range []string{"_savegpr0_13", "_restfpr_32", "_savevr_19", "_restgpr0_", "_restgpr0_x"} {
		if ppc64Supply(none) != nil {
			t.Errorf("%s is supplied", none)
		}
	}
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
