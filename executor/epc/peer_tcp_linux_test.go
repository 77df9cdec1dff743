package epc

import (
	"net"
	"net/netip"
	"os"
	"runtime"
	"testing"
)

// TestSocketOwner reads tables as Linux writes them on little-endian processors.
func TestSocketOwner(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("addresses are words of the processor")
	}
	const v4 = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 3 1 0 100 0 0 10 0
   3: 0100007F:C351 0100007F:1F90 06 00000000:00000000 03:00000B2C 00000000     0        0 0 3 0
   4: 0100007F:C352 0100007F:1F90 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0 100 0 0 10 0
broken 0100007F
`
	const v6 = `   0: 0000000000000000FFFF00000100007F:C350 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 3
   1: 00000000000000000000000001000000:C350 00000000000000000000000001000000:1F90 01 00000000:00000000 00:00000000 00000000  1003        0 3
`
	for _, c := range []struct {
		table, other, here string
		uid                int
		ok                 bool
	}{
		{v4, "127.0.0.1:50000", "127.0.0.1:8080", 1001, true},
		{v4, "127.0.0.1:50003", "127.0.0.1:8080", 0, false},
		{v4, "127.0.0.1:50001", "127.0.0.1:8080", 0, false}, // TIME_WAIT, which is root's whoever it was
		{v4, "127.0.0.1:50002", "127.0.0.1:8080", 0, false}, // closed, which is root's as well
		{v4, "127.0.0.2:50000", "127.0.0.1:8080", 0, false},
		{v6, "127.0.0.1:50000", "127.0.0.1:8080", 1002, true},
		{v6, "[::1]:50000", "[::1]:8080", 1003, true},
		{"", "[::1]:50000", "[::1]:8080", 0, false},
	} {
		uid, ok := socketOwner(c.table, netip.MustParseAddrPort(c.other), netip.MustParseAddrPort(c.here))
		if uid != c.uid || ok != c.ok {
			t.Errorf("%s to %s: %d, %v", c.other, c.here, uid, ok)
		}
	}
	if checkUser(os.Getuid()) != nil || checkUser(0) != nil || checkUser(os.Getuid()+1) == nil {
		t.Error("this user and root may, and others may not")
	}
}

// TestOwnSocket finds out whose a connection of this test is.
func TestOwnSocket(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Log(err) // no IPv6
			continue
		}
		defer l.Close()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		here, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer here.Close()
		table, _ := os.ReadFile("/proc/self/net/tcp")
		more, _ := os.ReadFile("/proc/self/net/tcp6")
		uid, ok := socketOwner(string(table)+string(more), c.LocalAddr().(*net.TCPAddr).AddrPort(), l.Addr().(*net.TCPAddr).AddrPort())
		if !ok || uid != os.Getuid() {
			t.Errorf("%s: user %d, %v", address, uid, ok)
		}
		if err := checkTCPPeer(here.(*net.TCPConn)); err != nil {
			t.Error(err)
		}
	}
}

// TestClosedPeer refuses a controller that has hung up before anybody has looked whose it is: the tables have it as root's then, or not at all.
func TestClosedPeer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, reset := range []bool{false, true} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		here, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer here.Close()
		if reset {
			_ = c.(*net.TCPConn).SetLinger(0)
		}
		c.Close()
		if err := checkTCPPeer(here.(*net.TCPConn)); err == nil {
			t.Errorf("reset %v: nobody knows whose it was, and it is served", reset)
		}
	}
}
