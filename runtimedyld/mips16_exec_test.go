package runtimedyld

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// mips16Start adds what gcc's MIPS16 code calls: the thread pointer is not in its reach.
const mips16Start = mipsStart + `
	.globl __mips16_rdhwr
	.type __mips16_rdhwr, @function
	.ent __mips16_rdhwr
__mips16_rdhwr:
	.set push
	.set mips32r2
	rdhwr $3, $29
	.set pop
	jr $31
	nop
	.end __mips16_rdhwr
`

// Objects of MIPS16 code, and of standard code, that call each other: without floating-point registers, and with them, by the stubs in objects, and by libgcc's. clang compiles no MIPS16 code for Linux.
func init() {
	for _, m := range []struct{ name, emulator, gnu string }{{"mips mips16", "qemu-mips", "mips-linux-gnu"}, {"mipsel mips16", "qemu-mipsel", "mipsel-linux-gnu"}} {
		const flags = " -mabi=32 -march=mips32r2 -G0 -msoft-float -DNO_FLOAT"
		gcc, clang := m.gnu+"-gcc"+flags, "clang-19 --target="+m.gnu+flags
		execTargets[m.name] = execTarget{
			emulator: m.emulator, cpu: "24Kf", start: mips16Start, threadOffset: 64, onlyFlags: true,
			compilers: []string{gcc + " -mips16 / " + gcc + " -mips16", gcc + " -mips16 / " + clang, clang + " / " + gcc + " -mips16"},
			starter:   []string{m.gnu + "-gcc", "-mabi=32", "-march=mips32r2"},
			flags: []string{
				"-fPIC -O0 / -fPIC -O2", "-fno-pic -mno-abicalls -O1 near / -fno-pic -mno-abicalls -O2", "-fno-pic -mno-abicalls -O2 / -O1 -fPIC near",
				"-O1 -fPIC -ftls-model=local-dynamic", "-O0 -fno-pic -mno-abicalls", "-O2 -fPIC / -O2 -fno-pic -mno-abicalls",
			},
		}
		const hard = " -mabi=32 -march=mips32r2 -G0"
		gcc, clang = m.gnu+"-gcc"+hard, "clang-19 --target="+m.gnu+hard
		execTargets[m.name+" floats"] = execTarget{
			emulator: m.emulator, cpu: "24Kf", start: mips16Start, threadOffset: 64, onlyFlags: true, libgcc: []string{m.gnu + "-gcc"},
			compilers: []string{gcc + " -mips16 / " + gcc + " -mips16", gcc + " -mips16 / " + clang, clang + " / " + gcc + " -mips16"},
			starter:   []string{m.gnu + "-gcc", "-mabi=32", "-march=mips32r2"},
			flags:     []string{"-fPIC -O0 / -fPIC -O2", "-fno-pic -mno-abicalls -O1 near / -fno-pic -mno-abicalls -O2", "-fno-pic -mno-abicalls -O2 / -O1 -fPIC", "-O2 -fPIC near / -O0 -fno-pic -mno-abicalls"},
		}
	}
}

// libgccOf opens the library of a cross compiler.
func libgccOf(t *testing.T, compiler []string) *objimage.Archive {
	path, err := exec.Command(testenv.NeedsTool(t, compiler[0], "gcc-"+strings.TrimSuffix(compiler[0], "-gcc")), "-print-libgcc-file-name").Output()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(strings.TrimSpace(string(path)))
	if err != nil {
		t.Fatal(err)
	}
	a, err := objimage.ParseArchive(objimage.NewBuffer("libgcc.a", data))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// loadMembers loads what an archive has of the names that are missing.
func (b *bench) loadMembers(a *objimage.Archive) {
	b.t.Helper()
	loaded := map[objimage.MemberID]bool{}
	for again := true; again; {
		again = false
		for _, name := range b.missing() {
			id, ok := a.Lookup(name)
			if !ok || loaded[id] {
				continue
			}
			buf, err := a.Member(id)
			if err != nil {
				b.t.Fatal(err)
			}
			loaded[id], again = true, true
			b.loadImage(parseObject(b.t, "libgcc.a("+name+")", buf.Bytes()))
		}
	}
}

// missing returns the names to which objects refer and that none defines.
func (b *bench) missing() (names []string) {
	for _, o := range b.objects {
		if o == nil || o.img == nil {
			continue
		}
		for i := range o.globals {
			y := o.global(i)
			name := string(o.img.SymbolName(&y))
			if addr, _ := b.SymbolLoadAddress(name); y.Place == objimage.PlaceUndefined && addr == 0 {
				names = append(names, name)
			}
		}
	}
	return names
}
