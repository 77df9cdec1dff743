package epc

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// Whose a connection within this machine is the kernel tells in the tables of sockets (proc_pid_net(5)), where the other end has a line: its own address, that of this end, and its user's number.

// socketOwner finds the user of the other end of a connection in a table.
func socketOwner(table string, other, here netip.AddrPort) (uid int, ok bool) {
	const ownAddress, farAddress, user = 1, 2, 7
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) <= user || !isSocketAddress(f[ownAddress], other) || !isSocketAddress(f[farAddress], here) {
			continue
		}
		uid, err := strconv.Atoi(f[user])
		return uid, err == nil
	}
	return 0, false
}

// isSocketAddress compares an address of a table, words of 32 bits in the processor's order, with another one; IPv4's may be written as IPv6's.
func isSocketAddress(text string, a netip.AddrPort) bool {
	address, port, ok := strings.Cut(text, ":")
	words, err := hex.DecodeString(address)
	number, portErr := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || portErr != nil || uint16(number) != a.Port() || len(words)%4 != 0 {
		return false
	}
	var b []byte
	for ; len(words) > 0; words = words[4:] {
		b = append(b, hostOrder([]byte{words[3], words[2], words[1], words[0]})...)
	}
	ip, ok := netip.AddrFromSlice(b)
	return ok && ip.Unmap() == a.Addr().Unmap()
}

// checkTCPPeer refuses controllers of other users of this machine.
func checkTCPPeer(c *net.TCPConn) error {
	other, here := c.RemoteAddr().(*net.TCPAddr).AddrPort(), c.LocalAddr().(*net.TCPAddr).AddrPort()
	for _, file := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		table, err := os.ReadFile(file)
		if err != nil {
			continue // there is no IPv6, or no /proc
		}
		if uid, ok := socketOwner(string(table), other, here); ok {
			return checkUser(uid)
		}
	}
	return nil // it is not of this machine, or of another part of it, and nobody knows
}

func checkUser(uid int) error {
	if uid != os.Getuid() && uid != 0 {
		return fmt.Errorf("user %d may not use an executor of user %d", uid, os.Getuid())
	}
	return nil
}
