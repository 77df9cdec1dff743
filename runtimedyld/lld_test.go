package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// An lldImage is what ld.lld has made of objects.
type lldImage struct {
	file    *elf.File
	addrs   []map[string]uint64 // by object: of input sections, by name; of several of a name "name#0", "name#1" in the order of the object
	symbols map[string]uint64
}

// neutral renames .eh_frame, which linkers rewrite and do not just copy, so that it is a section like others: all its relocations are compared.
// Likewise __dso_handle, which each linker defines as it likes.
func neutral(data []byte) []byte {
	return neutralHandle(bytes.ReplaceAll(data, []byte(".eh_frame\x00"), []byte(".eh_fram_\x00")))
}

func neutralHandle(data []byte) []byte {
	return bytes.ReplaceAll(data, []byte("__dso_handle\x00"), []byte("__dso_hand_e\x00"))
}

// runLLD links objects, the first n of which are wanted.
func runLLD(t *testing.T, lld string, args []string, objects [][]byte, n int) *lldImage {
	t.Helper()
	dir := t.TempDir()
	out, mapFile := filepath.Join(dir, "out"), filepath.Join(dir, "map")
	var ins []string
	for i, data := range objects {
		ins = append(ins, filepath.Join(dir, fmt.Sprintf("in%d.o", i)))
		if err := os.WriteFile(ins[i], data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args = append(args, "-O0", "-e", "0", "-z", "norelro", "-Map="+mapFile, "-o", out)
	if text, err := exec.Command(lld, append(args, ins...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", lld, err, text)
	}
	f, err := elf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	img := &lldImage{file: f, symbols: map[string]uint64{}}
	for _, in := range ins[:n] {
		img.addrs = append(img.addrs, readMap(t, mapFile, in))
	}
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range syms {
		img.symbols[s.Name] = s.Value
	}
	return img
}

// gnuMapLine is a line of GNU ld's map about an input section: its name, address, size and file. After a long name it goes on in the next line.
var gnuMapLine = regexp.MustCompile(`(?m)^ (\S+)\s+(0x[0-9a-f]+)\s+0x[0-9a-f]+ (\S+)$`)

// keepApart clears what makes GNU ld merge the strings and constants of an object's sections.
func keepApart(data []byte) {
	w := elfLike("", data)
	order, word := w.order(), w.wordSize()
	low := 0 // of words: where their lower halves are
	if order == binary.BigEndian {
		low = word - 4
	}
	sections := data[order.Uint32(data[24+2*word+low:]):] // e_shoff
	size := 16 + 6*word
	for ; len(sections) >= size; sections = sections[size:] {
		f := sections[8+low:]
		order.PutUint32(f, order.Uint32(f)&^uint32(elf.SHF_MERGE|elf.SHF_STRINGS))
	}
}

// readMap finds the input sections of an object in a map: lines of VMA, LMA, size, alignment and "in.o:(name)".
func readMap(t *testing.T, path, in string) map[string]uint64 {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	addrs, seen := map[string]uint64{}, map[string]int{}
	if _, gnu, ok := strings.Cut(string(text), "Linker script and memory map"); ok {
		for _, m := range gnuMapLine.FindAllStringSubmatch(gnu, -1) {
			if m[3] == in {
				addrs[fmt.Sprintf("%s#%d", m[1], seen[m[1]])], _ = strconv.ParseUint(m[2], 0, 64)
				seen[m[1]]++
			}
		}
		return addrs
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) != 5 || !strings.HasPrefix(f[4], in+":(") {
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(f[4], in+":("), ")")
		addr, err := strconv.ParseUint(f[0], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		addrs[fmt.Sprintf("%s#%d", name, seen[name])] = addr
		seen[name]++
	}
	return addrs
}

// bytes returns n bytes of the linked image.
func (img *lldImage) bytes(addr, n uint64) []byte {
	for _, s := range img.file.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || addr < s.Addr || addr+n > s.Addr+s.Size {
			continue
		}
		b := make([]byte, n)
		if s.Type != elf.SHT_NOBITS {
			if _, err := s.ReadAt(b, int64(addr-s.Addr)); err != nil {
				return nil
			}
		}
		return b
	}
	return nil
}

// sectionKeys numbers the sections of an object as readMap does; "" for what is not loaded.
func sectionKeys(o *objimage.Object) []string {
	keys, seen := make([]string, o.NumSections()), map[string]int{}
	for i := 1; i < len(keys); i++ {
		if s := o.Section(i); s.Flags&objimage.SectionAlloc != 0 {
			name := string(o.SectionName(i))
			keys[i] = fmt.Sprintf("%s#%d", name, seen[name])
			seen[name]++
		}
	}
	return keys
}

// undefinedOf returns the names that objects need from elsewhere, and those that may be missing.
func undefinedOf(objects []*objimage.Object) (strong, weak []string) {
	defined, need := map[string]bool{}, map[string]bool{}
	for _, o := range objects {
		syms := make([]objimage.Symbol, o.NumSymbols())
		o.Symbols(0, syms)
		for i := o.FirstGlobal(); i < len(syms); i++ {
			name := string(o.SymbolName(&syms[i]))
			if syms[i].Place != objimage.PlaceUndefined || IsProvided(o, name) {
				defined[name] = true
			} else {
				need[name] = need[name] || syms[i].Binding != objimage.BindWeak
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(need)) {
		switch {
		case defined[name]:
		case need[name]:
			strong = append(strong, name)
		default:
			weak = append(weak, name)
		}
	}
	return strong, weak
}
