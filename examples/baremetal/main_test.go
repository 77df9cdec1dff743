//go:build linux && amd64

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestBoards runs images on emulated boards, which print on their serial line, and end with a status.
func TestBoards(t *testing.T) {
	for _, m := range []struct {
		emulator, cpu, compiler, pkg, flag, start string
		base                                      executor.Addr
	}{
		{"qemu-system-aarch64", "cortex-a57", "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", "-mstrict-align", "start_aarch64.s", 0x4010_0000},
		{"qemu-system-aarch64", "cortex-a57", "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", "-mstrict-align", "start_aarch64.s", 0x4765_4000},
		{"qemu-system-arm", "cortex-a15", "arm-linux-gnueabihf-gcc", "gcc-arm-linux-gnueabihf", "-marm", "start_arm.s", 0x4020_0000},
	} {
		t.Run(m.cpu+" "+m.base.String(), func(t *testing.T) {
			emulator := testenv.NeedsTool(t, m.emulator, "qemu-system-arm")
			compiler := testenv.NeedsTool(t, m.compiler, m.pkg)
			var objects []string
			for _, source := range []string{m.start, "main.c", "other.c"} {
				object := filepath.Join(t.TempDir(), source+".o")
				if out, err := testenv.Run("", compiler, "-c", "-g", "-O1", "-fcommon", "-ffreestanding", "-fno-pic", "-fno-stack-protector", m.flag, "-o", object, filepath.Join("testdata", source)); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				objects = append(objects, object)
			}
			i, err := link(m.base, "_start", objects)
			if err != nil {
				t.Fatal(err)
			}
			checkDebug(t, i)
			file := filepath.Join(t.TempDir(), "image.bin")
			if err := os.WriteFile(file, i.bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(emulator, "-M", "virt", "-cpu", m.cpu, "-m", "256", "-display", "none", "-monitor", "none", "-nic", "none", "-serial", "stdio", "-semihosting-config", "enable=on,target=native",
				"-device", "loader,file="+file+",addr="+m.base.String()+",force-raw=on", "-device", "loader,addr="+m.base.String()+",cpu-num=0")
			timer := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
			defer timer.Stop()
			out, err := cmd.CombinedOutput()
			if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 42 || string(out) != "linked elsewhere\nzeros are zero\ndone\n" {
				t.Errorf("%v\n%s", err, out)
				var b bytes.Buffer
				i.list(&b)
				t.Log(b.String())
			}
		})
	}
}

// checkDebug looks whether the debug sections know where things are: the addresses of functions are in them.
func checkDebug(t *testing.T, i *image) {
	t.Helper()
	found := map[string]bool{}
	for _, p := range i.debug {
		found[p.Name] = true
		if p.Addr != 0 || p.Loaded {
			t.Errorf("%s is in memory", p.Name)
		}
	}
	for _, name := range []string{".debug_info", ".debug_line", ".debug_abbrev"} {
		if !found[name] {
			t.Errorf("there is no %s", name)
		}
	}
	for _, p := range i.debug {
		if p.Name != ".debug_aranges" {
			continue
		}
		// A header of 16 bytes, and then the beginning and the length of the object's code ("Lookup by Address", DWARF 5, 6.1.2).
		word := int(p.Content[10])
		at := executor.Addr(0)
		for k := range word {
			at |= executor.Addr(p.Content[16+k]) << (8 * k)
		}
		if at < i.base || at >= i.base+executor.Addr(len(i.bytes)) {
			t.Errorf("%s says that %s begins at %v", p.Name, p.object.Name(), at)
		}
	}
}

func TestErrors(t *testing.T) {
	if _, err := link(0x1000, "_start", []string{"main.go"}); err == nil {
		t.Error("a source was linked")
	}
	if _, err := link(0x1000, "_start", nil); err == nil || !strings.Contains(err.Error(), "_start") {
		t.Errorf("%v", err)
	}
}
