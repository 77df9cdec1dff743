//go:build linux

package mcjit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// foreignFormats are clang's names of the systems whose formats are not this one's, by processor. CONVENTION makes functions of COFF on x86-64 those of System V.
var foreignFormats = map[string][][]string{
	"x86_64":  {{"--target=x86_64-apple-macosx11"}, {"--target=x86_64-pc-windows-msvc", "-DCONVENTION=__attribute__((sysv_abi))"}, {"--target=x86_64-w64-windows-gnu", "-DCONVENTION=__attribute__((sysv_abi))"}},
	"aarch64": {{"--target=arm64-apple-macosx11"}, {"--target=aarch64-pc-windows-msvc"}, {"--target=aarch64-w64-windows-gnu"}},
	"i386":    {{"--target=i386-apple-macosx10.6"}, {"--target=i686-pc-windows-msvc"}},
	"arm":     {{"--target=armv7-apple-ios", "-marm"}, {"--target=armv7-apple-ios", "-mthumb"}, {"--target=thumbv7-pc-windows-msvc"}},
}

// formatSource is an object that calls the next one, and knows its data, common storage, and weak functions that it may not have.
const formatSource = `
#ifndef CONVENTION
#define CONVENTION
#endif
extern int data_NEXT;
CONVENTION extern int ring_NEXT(int);
CONVENTION extern long long wide_NEXT(long long, int);
int common[8], data_SELF = 1;
static int *pointer = &data_SELF, *other = &data_NEXT;
static CONVENTION int own(int n) { return n + common[3]; }
CONVENTION int ring_SELF(int n) { return n ? ring_NEXT(n - 1) + *pointer : *other + data_NEXT; }
CONVENTION int through_SELF(int which, int n) { static CONVENTION int (*const volatile table[])(int) = { own, ring_SELF, ring_NEXT }; return table[which](n); }
CONVENTION long long wide_SELF(long long a, int n) { return n ? 3 * wide_NEXT(a, n - 1) + 1 : a; }
CONVENTION int note_SELF(int n) { return common[3] += n; }
CONVENTION int jump_SELF(int n)
{
	switch (n) {
	case 0: return ring_NEXT(2);
	case 1: return 17;
	case 2: return data_NEXT;
	case 3: return own(1);
	case 4: return 40;
	}
	return -1;
}
`

// TestEveryFormat links objects of all formats that the processor has, in one engine: they call each other in a ring, and have storage in common. All are called from Go.
func TestEveryFormat(t *testing.T) {
	formats := foreignFormats[inprocess.Arch]
	if formats == nil {
		t.Skip("this processor has ELF only")
	}
	clang, machine := testenv.NeedsTool(t, "clang-19", "clang-19"), crosstest.Here()
	for _, level := range []string{"-O0", "-O2"} {
		t.Run(level, func(t *testing.T) {
			e, err := mcjit.New()
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			elf := append(picOf(machine.GCC(t)), "-fPIC", "-fcommon")
			commands := [][]string{elf}
			for _, f := range formats {
				commands = append(commands, append([]string{clang, "-fms-extensions", "-fcommon"}, f...))
			}
			for i, command := range commands {
				source := strings.NewReplacer("SELF", letter(i), "NEXT", letter((i+1)%len(commands))).Replace(formatSource)
				object := testenv.CompileBytes(t, command[0], testenv.C, source, slices.Concat(command[1:], []string{level, "-w", "-ffreestanding", "-fno-stack-protector"})...)
				if _, err := e.AddObject(objimage.NewBuffer(letter(i)+".o", object)); err != nil {
					t.Fatal(err)
				}
			}
			callFormats(t, e, len(commands))
		})
	}
}

func letter(i int) string { return string('a' + rune(i)) }

func callFormats(t *testing.T, e *mcjit.ExecutionEngine, n int) {
	t.Helper()
	noted := int32(0)
	for i := range n {
		self := letter(i)
		if got := bound[func(int32) int32](t, e, "ring_"+self)(50); got != 52 {
			t.Errorf("ring_%s: %d", self, got)
		}
		if got := bound[func(int64, int32) int64](t, e, "wide_"+self)(1<<40, 6); got != 729<<40+364 {
			t.Errorf("wide_%s: %d", self, got)
		}
		noted += int32(i) + 1
		if got := bound[func(int32) int32](t, e, "note_"+self)(int32(i) + 1); got != noted {
			t.Errorf("note_%s: %d, want %d", self, got, noted)
		}
		through, jump := bound[func(int32, int32) int32](t, e, "through_"+self), bound[func(int32) int32](t, e, "jump_"+self)
		if a, b, c := through(0, 100), through(1, 3), through(2, 4); a != 100+noted || b != 5 || c != 6 {
			t.Errorf("through_%s: %d, %d, %d", self, a, b, c)
		}
		for k, want := range []int32{4, 17, 1, 1 + noted, 40, -1} {
			if got := jump(int32(k)); got != want {
				t.Errorf("jump_%s(%d): %d, want %d", self, k, got, want)
			}
		}
	}
}
