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

// socketOwner finds the user of the other end of a connection in a table. A socket that its process has closed is root's there, whoever it was, so that only those count whose connection is established.
func socketOwner(table string, other, here netip.AddrPort) (uid int, ok bool) {
	const ownAddress, farAddress, state, user = 1, 2, 3, 7
	const established = "01"
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) <= user || f[state] != established || !isSocketAddress(f[ownAddress], other) || !isSocketAddress(f[farAddress], here) {
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

// checkTCPPeer refuses controllers of other users of this machine, and those of which nobody knows whose they are: without a token only this machine is listened to.
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
	return fmt.Errorf("nobody knows whose %v is: it has hung up, is not of this machine, or there is no /proc/self/net/tcp; use a token, or a unix socket", other)
}

func checkUser(uid int) error {
	if uid != os.Getuid() && uid != 0 {
		return fmt.Errorf("user %d may not use an executor of user %d", uid, os.Getuid())
	}
	return nil
}
