package epc

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// checkPeer refuses controllers of other users, where a connection tells whose it is: unix(7), SO_PEERCRED.
func checkPeer(c net.Conn) error {
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
	if int(peer.Uid) != os.Getuid() && peer.Uid != 0 {
		return fmt.Errorf("user %d may not use an executor of user %d", peer.Uid, os.Getuid())
	}
	return nil
}
