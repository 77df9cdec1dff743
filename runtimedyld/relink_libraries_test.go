package runtimedyld

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// libraryCompilers have libraries of their own, for a processor each.
var libraryCompilers = []string{
	"x86_64-linux-gnu-gcc", "i686-linux-gnu-gcc", "aarch64-linux-gnu-gcc", "arm-linux-gnueabihf-gcc", "mips-linux-gnu-gcc", "mipsel-linux-gnu-gcc", "mips64-linux-gnuabi64-gcc", "mips64el-linux-gnuabi64-gcc",
	"powerpc-linux-gnu-gcc", "powerpc64-linux-gnu-gcc", "powerpc64le-linux-gnu-gcc", "s390x-linux-gnu-gcc", "riscv64-linux-gnu-gcc", "sparc64-linux-gnu-gcc", "m68k-linux-gnu-gcc",
}

// refusedInLibraries are the errors that members may be refused with, by what they are about.
var refusedInLibraries = []string{
	"has no nop behind it",             // libgcc's morestack.o on PowerPC, which is for one program with one TOC
	"would leave that one's TOC in r2", // likewise
	": thread-local",                   // variables of other members, where the layouts have a place in memory
	" out of range: ",                  // hidden names of other members, which are far away in the layouts
}

// TestRelinkLibraries links what compilers bring along, each member by itself, moves it, and moves it back: thousands of objects, with much assembly.
func TestRelinkLibraries(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for _, compiler := range libraryCompilers {
		t.Run(compiler, func(t *testing.T) {
			t.Parallel()
			libgcc, err := testenv.Run("", testenv.NeedsTool(t, compiler, "gcc-"+strings.TrimSuffix(compiler, "-gcc")), "-print-libgcc-file-name")
			if err != nil {
				t.Fatal(err)
			}
			paths, err := filepath.Glob(filepath.Join(filepath.Dir(string(libgcc)), "*.a"))
			if err != nil {
				t.Fatal(err)
			}
			linked := 0
			for _, path := range paths {
				linked += relinkMembers(t, path)
			}
			if linked < 60 {
				t.Errorf("%d objects are linked", linked)
			}
		})
	}
}

func relinkMembers(t *testing.T, path string) (linked int) {
	b, err := objimage.OpenBuffer(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	archive, err := objimage.ParseArchive(b)
	if err != nil {
		t.Fatal(err)
	}
	for m, err := range archive.Members() {
		if err != nil {
			t.Fatal(err)
		}
		member, err := archive.Member(m.ID)
		if err != nil {
			t.Fatal(err)
		}
		img, err := objimage.Parse(member)
		if err != nil {
			t.Fatal(err)
		}
		images := []*objimage.Object{img}
		moved, fresh := newRelinker(t, images), newRelinker(t, images)
		moved.to(1)
		got, want := moved.to(0), fresh.to(0)
		switch {
		case got != want:
			t.Errorf("%s: %s\na fresh link says: %s", img.Name(), got, want)
		case got == fmt.Sprint(error(nil)):
			linked++
		case !mentions(got, refusedInLibraries):
			t.Error(got)
		}
		moved.checkSame("moved back", fresh)
		moved.Close()
		fresh.Close()
	}
	return linked
}

func mentions(text string, list []string) bool {
	for _, s := range list {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}
