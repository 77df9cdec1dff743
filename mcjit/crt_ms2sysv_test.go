//go:build linux && amd64

package mcjit_test

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/cpu"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/testdata/crt"
)

// registers are those of the processor, as testdata/ms2sysv_drive.s takes and notes them; by their numbers.
type registers struct {
	r [16]uint64
	x [16][2]uint64
}

// driveState is what testdata/ms2sysv_drive.s works on.
type driveState struct {
	before, after registers
	area          [512]byte
}

const (
	rax, rsp, rbp, rsi, rdi, r10 = 0, 4, 5, 6, 7, 10

	areaBase = 256 // what the stubs take for the frame's address
)

// A stub is one of gcc's for -mcall-ms2sysv-xlogues, by its name: __V_KIND_N.
type stub struct {
	index  int32
	vector string
	kind   string
	n      int
}

// stubs are in the order of testdata/ms2sysv_drive.s.
func stubs() (list []stub) {
	for _, vector := range []string{"sse", "avx"} {
		for _, kind := range []string{"savms64", "savms64f", "resms64", "resms64f", "resms64x", "resms64fx"} {
			last := 18
			if strings.Contains(kind[3:], "f") {
				last = 17
			}
			for n := 12; n <= last; n++ {
				list = append(list, stub{int32(len(list)), vector, kind, n})
			}
		}
	}
	return list
}

// general are the numbers of the registers that are saved beside those of vectors, in order: N-10 of them.
func (s *stub) general() []int {
	if strings.Contains(s.kind[3:], "f") {
		return []int{rsi, rdi, 3, 12, 13, 14, 15}[:s.n-10]
	}
	return []int{rsi, rdi, 3, 5, 12, 13, 14, 15}[:s.n-10]
}

// expect says what a stub leaves: of registers, and in the area.
func (s *stub) expect(in *driveState) (out driveState) {
	out = *in
	out.after = in.before
	a, base := &out.after, uint64(uintptr(unsafe.Pointer(&in.area)))+areaBase
	a.r[rsp] = 0
	saves := strings.HasPrefix(s.kind, "sav")
	if saves {
		a.r[rax] = base
	}
	word := func(off int, register *uint64) {
		at := out.area[areaBase+off:][:8]
		if saves {
			binary.LittleEndian.PutUint64(at, *register)
		} else {
			*register = binary.LittleEndian.Uint64(at)
		}
	}
	for i, number := range s.general() {
		word(-56-8*i, &a.r[number])
	}
	for x := 6; x < 16; x++ {
		word(16*(12-x), &a.x[x][0])
		word(16*(12-x)+8, &a.x[x][1])
	}
	return out
}

// driver loads the program that runs stubs, with those of an archive.
func driver(t *testing.T, archive *objimage.Buffer) func(stub int32, s *driveState) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "ms2sysv_drive.s"))
	if err != nil {
		t.Fatal(err)
	}
	e := newEngine(t, mcjit.WithoutRuntime())
	if err := e.AddArchive(archive); err != nil {
		t.Fatal(err)
	}
	add(t, e, objectOf("drive.o", testenv.CompileBytes(t, "gcc", testenv.Assembler, string(source))))
	return function[func(int32, *driveState)](t, e, "drive")
}

// TestMs2sysvStubs runs each stub for -mcall-ms2sysv-xlogues, the runtime's and libgcc's, with registers of any contents.
func TestMs2sysvStubs(t *testing.T) {
	gcc := testenv.NeedsTool(t, "gcc", "gcc")
	out, err := exec.Command(gcc, "-print-libgcc-file-name").Output()
	if err != nil {
		t.Fatal(err)
	}
	libgcc, err := objimage.OpenBuffer(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for name, drive := range map[string]func(int32, *driveState){"runtime": driver(t, objimage.NewBuffer("libcrt.a", crt.Archive())), "libgcc": driver(t, libgcc)} {
		for _, s := range stubs() {
			if s.vector == "avx" && !cpu.X86.HasAVX {
				continue
			}
			for range 20 {
				in := new(driveState) // aligned as a stack is: to 16 bytes
				for i := range in.before.r {
					in.before.r[i] = random.Uint64()
					in.before.x[i] = [2]uint64{random.Uint64(), random.Uint64()}
				}
				for i := range in.area {
					in.area[i] = byte(random.Uint32())
				}
				want := s.expect(in)
				drive(s.index, in)
				if strings.HasSuffix(s.kind, "x") && !strings.HasSuffix(s.kind, "fx") {
					in.after.r[r10] = want.after.r[r10] // the address of the stack
				}
				if *in != want {
					t.Fatalf("%s: %+v leaves\n%x and\n%x, want\n%x and\n%x", name, s, in.after, in.area, want.after, want.area)
				}
			}
		}
	}
}
