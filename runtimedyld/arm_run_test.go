package runtimedyld

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

const armLeave = `
static void leave(int status) { register int r0 __asm__("r0") = status; register int r7 __asm__("r7") = 1; __asm__ volatile("svc #0" : : "r"(r0), "r"(r7)); }
` + emulateStart

// TestArmRun runs objects that call each other in both instruction sets, near each other and so far that no branch reaches.
func TestArmRun(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	const gcc, clang = "arm-linux-gnueabihf-gcc", "clang"
	for _, c := range []struct {
		name, compilerA, flagsA, compilerB, flagsB string
	}{
		{"arm calls arm", clang, "-marm -O0", gcc, "-marm -O2"},
		{"arm calls thumb", gcc, "-marm -O2", clang, "-mthumb -O0"},
		{"thumb calls arm", clang, "-mthumb -O2", gcc, "-marm -O1 -fPIC"},
		{"thumb calls thumb", gcc, "-mthumb -O2 -fPIC", clang, "-mthumb -O2 -fPIC"},
		{"arm calls thumb in sections", clang, "-marm -O2 -fPIC -ffunction-sections", gcc, "-mthumb -Os -fno-pic -ffunction-sections"},
		{"thumb calls arm with long calls", gcc, "-mthumb -O1 -mlong-calls", clang, "-marm -O2 -fPIE"},
	} {
		unit := func(compiler, flags, source string) []byte {
			args := append(strings.Fields(flags), "-ffreestanding", "-fno-stack-protector", "-march=armv7-a", "-mfloat-abi=soft", "-w")
			if compiler == clang {
				args = append(args, "--target=armv7-linux-gnueabi")
			}
			return testenv.CompileBytes(t, compiler, testenv.C, source, args...)
		}
		objects := map[string][]byte{"a.o": unit(c.compilerA, c.flagsA, armLeave+emulateA), "b.o": unit(c.compilerB, c.flagsB, emulateB)}
		e := emulation{arch: archNamed(t, "arm"), emulator: "qemu-arm", flags: 0x5000000}
		t.Run(c.name, func(t *testing.T) {
			if status := e.run(t, objects, 1); status != 0 {
				t.Errorf("check %d failed", status)
			}
		})
		e.places = map[string]uint64{
			"b.o:.text": 0x4000_0000, "b.o:.stubs": 0x4010_0000, "b.o:.text.b_tail": 0x3f80_0000, "b.o:.got": 0x5000_0000, "b.o:.data": 0x1000_0000,
			"a.o:.text.a_tail": 0x80_0000, "a.o:.got": 0x6000_0000,
		}
		t.Run(c.name+", far away", func(t *testing.T) {
			if status := e.run(t, objects, 1); status != 0 {
				t.Errorf("check %d failed", status)
			}
		})
	}
}

// TestArmebRun does so for big-endian code, in the order of the file (BE32), and with little-endian instructions (BE8), which the objects ask for.
func TestArmebRun(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for _, be8 := range []uint32{0, armFlagBE8} {
		for _, mode := range [][2]string{{"-marm", "-mthumb"}, {"-mthumb", "-marm"}} {
			unit := func(flags, source string) []byte {
				data := testenv.CompileBytes(t, "clang", testenv.C, source, "--target=armebv7-linux-gnueabi", "-O2", "-fPIC", "-ffreestanding", flags, "-w")
				binary.BigEndian.PutUint32(data[36:], binary.BigEndian.Uint32(data[36:])|be8)
				return data
			}
			objects := map[string][]byte{"a.o": unit(mode[0], armLeave+emulateA), "b.o": unit(mode[1], emulateB)}
			e := emulation{arch: archNamed(t, "armeb"), emulator: "qemu-armeb", flags: 0x5000000 | be8}
			e.places = map[string]uint64{"b.o:.text": 0x4000_0000, "b.o:.stubs": 0x4010_0000}
			t.Run(fmt.Sprintf("%s calls %s, %#x", mode[0], mode[1], be8), func(t *testing.T) {
				if status := e.run(t, objects, 2); status != 0 {
					t.Errorf("check %d failed", status)
				}
			})
		}
	}
}
