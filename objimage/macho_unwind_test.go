package objimage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/google/go-cmp/cmp"
)

// unwindSource has functions that save few and many registers, with frames of all sizes.
const unwindSource = `
int use(int, int *); double fuse(double);
int leaf(int n) { return n * 3; }
int small(int n) { int a[4]; return use(n, a) + 1; }
int saves(int a, int b, int c, int d) { int x = use(a, 0), y = use(b, 0), z = use(c, 0), w = use(d, 0); return use(x + y, 0) * z + use(w, 0) * x + y; }
int more(int a, int b, int c, int d, int e, int f) { int s = use(a, 0), t = use(b, 0), u = use(c, 0), v = use(d, 0); return use(e, 0) + use(f, 0) + use(s, 0) * t + u * v + a * b + c * d + e * f; }
int big(int n) { int a[9000]; return use(n, a) + use(n + 1, a + 5); }
double floats(double a, double b, double c) { double x = fuse(a), y = fuse(b); return fuse(x * y + c) + x + y * a; }
`

// TestCompactUnwind compares the frames that are made of compact unwind with those that the compiler writes when it is told to write both: where registers are once a function has its frame.
func TestCompactUnwind(t *testing.T) {
	for _, triple := range []string{"x86_64-apple-macosx11", "arm64-apple-macosx11"} {
		for _, flags := range []string{"-O0", "-O2", "-O2 -fomit-frame-pointer", "-Os -fno-omit-frame-pointer"} {
			t.Run(triple+flags, func(t *testing.T) {
				compile := func(kind string) []string {
					args := append([]string{"-target", triple, "-funwind-tables", "-fno-stack-protector", "-femit-dwarf-unwind=" + kind}, strings.Fields(flags)...)
					o := mustParse(t, NewBuffer(kind+".o", testenv.CompileBytes(t, "clang-19", testenv.C, unwindSource, args...)))
					// On AArch64, frames without fp cannot be said by compact unwind: they are in __eh_frame also then.
					if omits := strings.Contains(flags, "omit-frame-pointer") && !strings.Contains(flags, "-fno-"); kind != "always" && !(omits && o.Arch() == ArchAArch64) {
						o = withoutFrames(t, o)
					}
					const nothing = "{7 8 map[16:1]}" // of x86-64, which compact unwind says of functions that are not to be unwound
					states := slices.DeleteFunc(frameStates(t, o), func(s string) bool { return s == nothing })
					slices.Sort(states)
					return states
				}
				want, got := compile("always"), compile("no-compact-unwind")
				if diff := cmp.Diff(want, got); diff != "" || len(want) < 5 {
					t.Errorf("of %d functions (want, got):\n%s", len(want), diff)
				}
			})
		}
	}
}

// withoutFrames returns an object as if the compiler had written no __eh_frame: its name is another one.
func withoutFrames(t *testing.T, o *Object) *Object {
	data := bytes.Clone(o.Buffer().Bytes())
	if i := bytes.Index(data, []byte("__eh_frame")); i >= 0 {
		data[i+2] = 'x'
	}
	return mustParse(t, NewBuffer(o.Name(), data))
}

// frameStates returns where registers are, by function, in the order of the table.
func frameStates(t *testing.T, o *Object) (list []string) {
	t.Helper()
	data := o.SectionData(findSection(t, o, "__eh_frame"))
	for at := 0; at+8 <= len(data); {
		length, back := int(binary.LittleEndian.Uint32(data[at:])), int(binary.LittleEndian.Uint32(data[at+4:]))
		if end := at + 4 + length; back != 0 && length != 0 {
			state := frameState{saved: map[uint64]uint64{}}
			cie := at + 4 - back
			state.run(t, cieInstructions(data[cie+8:cie+4+int(binary.LittleEndian.Uint32(data[cie:]))]))
			n, ops := uleb(data[at+8+16 : end])
			state.run(t, ops[n:])
			list = append(list, fmt.Sprint(state))
		}
		at += 4 + length
	}
	return list
}

// cieInstructions skips what is before the instructions of a CIE: version, letters, alignments, register, and the augmentation.
func cieInstructions(b []byte) []byte {
	b = b[1:]
	b = b[bytes.IndexByte(b, 0)+1:]
	_, b = uleb(b)
	_, b = uleb(b)
	n, b := uleb(b[1:])
	return b[n:]
}

// A frameState is what instructions of frames have said.
type frameState struct {
	register, offset uint64
	saved            map[uint64]uint64 // how many words below the CFA, by register
}

func (s *frameState) run(t *testing.T, b []byte) {
	t.Helper()
	for len(b) > 0 {
		op := b[0]
		b = b[1:]
		var n uint64
		switch {
		case op>>6 == 1 || op == 0: // DW_CFA_advance_loc, DW_CFA_nop
		case op>>6 == 2:
			n, b = uleb(b)
			s.saved[uint64(op&0x3f)] = n
		case op == 0x02: // DW_CFA_advance_loc1
			b = b[1:]
		case op == 0x05:
			n, b = uleb(b)
			s.saved[n], b = uleb(b)
		case op == cfaDefCFA:
			s.register, b = uleb(b)
			s.offset, b = uleb(b)
		case op == 0x0d: // DW_CFA_def_cfa_register
			s.register, b = uleb(b)
		case op == cfaDefCFAOffset:
			s.offset, b = uleb(b)
		default:
			t.Fatalf("instruction %#x", op)
		}
	}
}
