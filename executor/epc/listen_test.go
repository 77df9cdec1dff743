//go:build linux && amd64

package epc

import (
	"context"
	"errors"
	"net"
	"testing"
)

// TestNameIsLookedUpOnce asks which address is listened to: it is the number that was looked at, not a name that may be another one the next time.
func TestNameIsLookedUpOnce(t *testing.T) {
	s, err := NewServer(testHost(), WithoutToken())
	if err != nil {
		t.Fatal(err)
	}
	for _, network := range []string{"tcp", "tcp4"} {
		address, err := s.tcpAddress(context.Background(), network, "localhost:80")
		if err != nil {
			t.Fatal(err)
		}
		if host, port, err := net.SplitHostPort(address); err != nil || net.ParseIP(host) == nil || port != "80" {
			t.Errorf("%s: %s", network, address)
		}
	}
	for _, everybody := range []string{"0.0.0.0:0", "[::]:0", "[::ffff:0.0.0.0]:0", "192.0.2.1:0"} {
		if address, err := s.tcpAddress(context.Background(), "tcp", everybody); !errors.Is(err, ErrExposed) {
			t.Errorf("%s: %s, %v", everybody, address, err)
		}
	}
}
