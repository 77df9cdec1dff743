package epc

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// checkPeer refuses controllers of other users, where it can be told whose a connection is: unix(7), SO_PEERCRED.
func checkPeer(c net.Conn) error {
	if tcp, ok := c.(*net.TCPConn); ok {
		return checkTCPPeer(tcp)
	}
	socket, ok := c.(*net.UnixConn)
	if !ok {
		return nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	var peer *unix.Ucred
	var peerErr error
	err = raw.Control(func(fd uintptr) { peer, peerErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err != nil || peerErr != nil {
		return errors.Join(err, peerErr)
	}
	return checkUser(int(peer.Uid))
}
