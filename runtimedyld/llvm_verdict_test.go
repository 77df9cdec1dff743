package runtimedyld

import (
	"bytes"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// llvmTriples are what llvm-rtdyld is told, by LLVM's names of the architectures. LLVM 14 does not know others.
var llvmTriples = map[string]string{
	"x86_64": "x86_64-linux-gnu", "i386": "i386-linux-gnu", "aarch64": "aarch64-linux-gnu", "arm": "armv7-linux-gnueabihf", "mipsel": "mipsel-linux-gnu",
	"ppc64le": "powerpc64le-linux-gnu", "ppc": "powerpc-linux-gnu", "s390x": "s390x-linux-gnu", "riscv64": "riscv64-linux-gnu", "bpfel": "bpfel", "sparcv9": "sparcv9-linux-gnu",
}

// TestLLVMVerdicts notes what llvm-rtdyld 14 does with an object of one relocation, of each type: with -update of all, else of some.
func TestLLVMVerdicts(t *testing.T) {
	tool := testenv.NeedsTool(t, "llvm-rtdyld-14", "llvm-14")
	update := flag.Lookup("update").Value.String() == "true"
	record := readShown(t)
	for _, a := range testArches() {
		triple := llvmTriples[a.name]
		if triple == "" || a.like != nil {
			continue
		}
		for typ := range a.rows {
			died := record[shownBy{a.name, "llvm dies"}][uint32(typ)] // how a program dies that has lost its way is left to chance
			if a.rows[typ].formula == nil || !update && (typ%11 != 5 || died) {
				continue
			}
			verdict := llvmVerdict(t, tool, triple, a, uint32(typ))
			if update {
				evidence.note(shownBy{a.name, "llvm " + verdict}, uint32(typ))
			} else if !record[shownBy{a.name, "llvm " + verdict}][uint32(typ)] {
				t.Errorf("%s: llvm-rtdyld: %s; the record has something else", a.rows[typ].name, verdict)
			}
		}
	}
}

const (
	llvmText, llvmData = 0x1_0000, 0x1_2000
	llvmPlace          = 16
)

// llvmVerdict links an object with one relocation here and by llvm-rtdyld.
func llvmVerdict(t *testing.T, tool, triple string, a testArch, typ uint32) string {
	row := &a.rows[typ]
	data, before, want, exact := llvmCase(t, a, typ)
	dir := t.TempDir()
	rule := "# rtdyld-check: 0 = 0\n"
	size := row.field.size &^ 1
	if row.field.size == 1 {
		size = 1
	}
	if size > 0 {
		rule = fmt.Sprintf("# rtdyld-check: *{%d}(section_addr(one.o, .text) + %d) = %#x\n", size, llvmPlace, want)
	}
	for name, content := range map[string][]byte{"one.o": data, "rules": []byte(rule)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(tool, "-triple="+triple, "-verify", "-check=rules", fmt.Sprintf("-map-section=one.o,.text=%#x", llvmText), fmt.Sprintf("-map-section=one.o,.data=%#x", llvmData), "one.o")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	found := llvmFalse.FindSubmatch(out)
	exit := new(exec.ExitError)
	switch {
	case err == nil:
		return "the same"
	case found == nil && errors.As(err, &exit):
		return "dies"
	case found == nil:
		t.Fatal(err)
	}
	if got, err := strconv.ParseUint(string(found[1]), 0, 64); err != nil {
		t.Fatal(err)
	} else if got == before {
		return "nothing"
	}
	if !exact && !strings.HasPrefix(row.name, "R_MICROMIPS_") && !strings.HasPrefix(row.name, "R_MIPS16_") { // of which it knows none, and does something else (RuntimeDyldELFMips.cpp)
		return "applies"
	}
	return "wrong"
}

var llvmFalse = regexp.MustCompile(`is false: (0x[0-9a-f]+) != `)

// llvmCase returns an object with one relocation that can be applied, and what is at its place before and then. It is not exact if that depends on where a linker puts its GOT and its stubs.
func llvmCase(t *testing.T, a testArch, typ uint32) (data []byte, before, want uint64, exact bool) {
	row := &a.rows[typ]
	exact = row.need&(needSlot|needGOT|needStub|needVeneer|needThread|needTOC) == 0
	for _, addend := range []int64{0, -llvmData + 0x40, llvmText - llvmData + 0x50} {
		w := a.newELF("one.o")
		text := w.section(".text", flagsText, make([]byte, 64))
		variable := w.section(".data", flagsData, make([]byte, 64))
		w.sec(text).align, w.sec(variable).align, w.sec(text).rel = 16, 16, a.implicit
		sym := w.symbol(elfSymbol{name: "target", bind: elf.STB_GLOBAL, typ: elf.STT_OBJECT, sec: variable, value: 8, size: 8})
		if row.need&needThread != 0 {
			sym = w.thread("thread", w.section(".tdata", flagsThread, make([]byte, 16)), 8)
		}
		if a.implicit && row.field.size > 0 {
			if row.field.store(w.sec(text).data[llvmPlace:], uint64(addend)); row.field.addend(w.sec(text).data[llvmPlace:]) != addend {
				continue
			}
		}
		w.relocate(text, llvmPlace, typ, sym, addend)
		data = w.bytes()
		mm := newTestMM()
		mm.at = placeByName(map[string]uint64{".text": llvmText, ".data": llvmData})
		d := New(mm, nil)
		d.SetThreadStorage(newTestStorage())
		_, err := d.LoadObject(parseObject(t, "one.o", bytes.Clone(data)))
		if err == nil {
			err = d.ResolveRelocations()
		}
		if err == nil {
			size := row.field.size &^ 1
			if row.field.size == 1 {
				size = 1
			}
			b := mm.section("one.o", ".text").Mem[llvmPlace:]
			order := littleEndian
			if a.big {
				order = bigEndian
			}
			before, want = order.load(w.sec(text).data[llvmPlace:], size), order.load(b, size)
			d.Close()
			return data, before, want, exact
		}
		d.Close()
	}
	return data, 0, ^uint64(0), false
}
