package rtdyld

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDamaged gives objects with wrong bytes to everything that can be done with them. Whatever comes of it, it ends, and is no panic.
func TestDamaged(t *testing.T) {
	inTestdata(t, nil)
	lines := [][]string{{"-printobjline", "-"}, {"-printline", "-", "-dummy-extern=puts=1"}}
	damage(t, "debug.o", lines, 400)
	rules := []string{"-verify", "-triple=x86_64", "-check=common.s", "-map-section=-,.text=0x10000", "-dummy-extern=far=0x123456789abc", "-dummy-extern=low=1", "-", "helper.o"}
	damage(t, "common.o", [][]string{rules}, 400)
	damage(t, "more.o", [][]string{append(rules, "-check=more.s", "-dummy-extern=b=1", "-dummy-extern=w=1", "-dummy-extern=__tls_get_addr=2")}, 400)
}

// damagedName is a file in -map-section.
var damagedName = regexp.MustCompile(`^\w+\.o,`)

// TestDamagedStubs does so with objects of every architecture to which stubs are added, without the other checks of a rule file.
func TestDamagedStubs(t *testing.T) {
	for _, f := range ruleFiles(t) {
		if !f.same {
			continue
		}
		t.Chdir(filepath.Dir(f.path))
		line := []string{"-verify", "-"}
		for _, arg := range f.args {
			if !strings.HasSuffix(arg, ".o") && arg != "-verify" {
				line = append(line, damagedName.ReplaceAllString(arg, "-,"))
			}
		}
		damage(t, strings.TrimSuffix(f.path, filepath.Ext(f.path))+".o", [][]string{line}, 80)
	}
}

func damage(t *testing.T, object string, lines [][]string, times int) {
	t.Helper()
	data, err := os.ReadFile(object)
	if err != nil {
		t.Fatal(err)
	}
	for i := range times {
		for _, args := range lines {
			damaged := bytes.Clone(data)
			at := uint64(i) * 7919 % uint64(len(data)-4)
			switch i % 4 {
			case 0:
				binary.LittleEndian.PutUint32(damaged[at:], uint32(i)*2654435761)
			case 1:
				damaged[at] ^= 1 << (i / 4 % 8)
			case 2:
				damaged[at]++
			case 3:
				damaged = damaged[:at]
			}
			run(string(damaged), args...)
		}
	}
}
