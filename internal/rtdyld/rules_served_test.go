package rtdyld

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// tables has the architecture whose relocations are in the table of another one.
var tables = map[objimage.Arch]string{
	objimage.ArchAArch64BE: "aarch64", objimage.ArchARMEB: "arm", objimage.ArchMips: "mipsel", objimage.ArchMips64: "mipsel", objimage.ArchMips64el: "mipsel",
	objimage.ArchPPC64: "ppc64le", objimage.ArchRISCV32: "riscv64", objimage.ArchBPFEB: "bpfel",
}

// without has the relocations that no rule can show, with the reason.
var without = map[string]string{
	"R_ARM_THM_GOT_BREL12": noAssembler,
	"R_BPF_NONE":           noAssembler,
	"R_MICROMIPS_PC18_S3":  noAssembler,
}

const noAssembler = "no assembler writes it"

// A relocType is a type of relocation of a table.
type relocType struct {
	table string
	typ   uint32
}

// TestRulesServeAll takes the relocations of each type away from the objects with rules: a rule has to become false, or the link to fail. Types that change
// nothing only have to be there. Every type that is served has to be shown so.
func TestRulesServeAll(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	served := map[relocType]runtimedyld.Relocation{}
	for r := range runtimedyld.Relocations() {
		if r.Refusal == "" {
			served[relocType{r.Arch + "/" + r.Format, r.Type}] = r
		}
	}
	shown := map[relocType]bool{}
	for _, f := range ruleFiles(t) {
		objects := f.objects(t)
		for kind := range kindsOf(objects) {
			if r := served[kind]; !shown[kind] && (r.Field == "none" || f.needs(t, objects, kind.typ)) {
				shown[kind] = true
			}
		}
	}
	for kind, r := range served {
		reason := without[r.Name]
		switch {
		case reason == "" && !shown[kind]:
			t.Errorf("%s: no rule of testdata/rules is false without relocations of type %s (%d)", kind.table, r.Name, r.Type)
		case reason != "" && shown[kind]:
			t.Errorf("%s: a rule shows %s, of which it is said that %s", r.Arch, r.Name, reason)
		}
	}
}

// objects reads the objects that a rule file's command names.
func (f *ruleFile) objects(t *testing.T) (list []*objimage.Object) {
	t.Helper()
	for _, arg := range f.args {
		if !strings.HasSuffix(arg, ".o") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(filepath.Dir(f.path), arg))
		if err != nil {
			t.Fatal(err)
		}
		img, err := objimage.Parse(objimage.NewBuffer(arg, data))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, img)
	}
	return list
}

// kindsOf returns the types of all relocations.
func kindsOf(objects []*objimage.Object) map[relocType]bool {
	kinds := map[relocType]bool{}
	for _, img := range objects {
		table := tables[img.Arch()]
		if table == "" {
			table = img.Arch().String()
		}
		if table == "aarch64" && img.Bits() == 32 {
			table = "aarch64_ilp32"
		}
		table += "/" + img.Format().String()
		for i := 1; i < img.NumSections(); i++ {
			for _, r := range relocsOf(img, i) {
				for _, typ := range typesOf(img, r.Type) {
					kinds[relocType{table, typ}] = true
				}
			}
		}
	}
	return kinds
}

func relocsOf(img *objimage.Object, section int) []objimage.Reloc {
	_, n, _, ok := img.RelocTarget(section)
	if !ok {
		return nil
	}
	relocs := make([]objimage.Reloc, n)
	return relocs[:img.Relocs(section, 0, relocs)]
}

// typesOf returns the types of a relocation: 64-bit MIPS has up to three in one.
func typesOf(img *objimage.Object, typ uint32) []uint32 {
	if a := img.Arch(); a != objimage.ArchMips64 && a != objimage.ArchMips64el || typ < 0x100 {
		return []uint32{typ}
	}
	list := []uint32{typ & 0xff, typ >> 8 & 0xff}
	if third := typ >> 16 & 0xff; third != 0 {
		list = append(list, third)
	}
	return list
}

// needs says whether the rules do not all hold without the relocations of a type.
func (f *ruleFile) needs(t *testing.T, objects []*objimage.Object, typ uint32) bool {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(f.path))); err != nil {
		t.Fatal(err)
	}
	for _, img := range objects {
		if err := os.WriteFile(filepath.Join(dir, img.Name()), withoutType(img, typ), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	status, _, _ := f.run(t, f.rules...)
	return status != 0
}

// withoutType returns an object's file without the relocations of a type: those behind them move up ("System V ABI", 4 "Sections": sh_offset and sh_size).
func withoutType(img *objimage.Object, typ uint32) []byte {
	data := bytes.Clone(img.Buffer().Bytes())
	if img.Format() == objimage.MachO {
		withoutMachO(img, data, typ)
		return data
	}
	if img.Format() == objimage.COFF {
		withoutCOFF(data, typ)
		return data
	}
	order := img.ByteOrder()
	for i := 1; i < img.NumSections(); i++ {
		relocs := relocsOf(img, i)
		if len(relocs) == 0 {
			continue
		}
		var offset, size int
		if img.Bits() == 64 {
			header := data[int(order.Uint64(data[40:]))+64*i:]
			offset, size = int(order.Uint64(header[24:])), int(order.Uint64(header[32:]))
		} else {
			header := data[int(order.Uint32(data[32:]))+40*i:]
			offset, size = int(order.Uint32(header[16:])), int(order.Uint32(header[20:]))
		}
		entry, kept := size/len(relocs), 0
		for k, r := range relocs {
			if !slices.Contains(typesOf(img, r.Type), typ) {
				copy(data[offset+kept:], data[offset+k*entry:][:entry])
				kept += entry
			}
		}
		if img.Bits() == 64 {
			order.PutUint64(data[int(order.Uint64(data[40:]))+64*i+32:], uint64(kept))
		} else {
			order.PutUint32(data[int(order.Uint32(data[32:]))+40*i+20:], uint32(kept))
		}
	}
	return data
}

// withoutCOFF makes relocations of a type those that do nothing ("PE Format", "Type Indicators": IMAGE_REL_*_ABSOLUTE).
func withoutCOFF(data []byte, typ uint32) {
	le := binary.LittleEndian
	for i := range int(le.Uint16(data[2:])) {
		header := data[20+40*i:]
		for k := range int(le.Uint16(header[32:])) {
			if r := data[int(le.Uint32(header[24:]))+10*k:]; uint32(le.Uint16(r[8:])) == typ {
				le.PutUint16(r[8:], 0)
			}
		}
	}
}
