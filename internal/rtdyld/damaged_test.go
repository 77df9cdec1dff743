package rtdyld

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"
)

// TestDamaged gives objects with wrong bytes to everything that can be done with them. Whatever comes of it, it ends, and is no panic.
func TestDamaged(t *testing.T) {
	inTestdata(t, nil)
	lines := [][]string{{"-printobjline", "-"}, {"-printline", "-", "-dummy-extern=puts=1"}}
	damage(t, "debug.o", lines)
	rules := []string{"-verify", "-triple=x86_64", "-check=common.s", "-map-section=-,.text=0x10000", "-dummy-extern=far=0x123456789abc", "-dummy-extern=low=1", "-", "helper.o"}
	damage(t, "common.o", [][]string{rules})
	damage(t, "more.o", [][]string{append(rules, "-check=more.s", "-dummy-extern=b=1", "-dummy-extern=w=1", "-dummy-extern=__tls_get_addr=2")})
}

func damage(t *testing.T, object string, lines [][]string) {
	t.Helper()
	data, err := os.ReadFile(object)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
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
