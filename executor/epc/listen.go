package epc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
)

// ErrExposed says that a server should have listened by TCP without a token: whoever connects could do everything with this process.
var ErrExposed = errors.New("epc: listening by TCP needs a token (WithToken; on this machine, for LLVM's controllers, WithoutToken): whoever connects may run anything")

// ServeOne listens on a network of package net, "tcp" (also "tcp4", "tcp6") or "unix", tells ready where, and serves the first controller that comes. Without a host tcp means this machine
// only. For tcp a token is needed (WithToken), but for this machine's with WithoutToken. On Linux only processes of the same user, and root's, are served that are on this machine, through unix sockets, and
// by tcp without a token; elsewhere every user can connect by tcp, and to a socket those that its folder lets in. Others are sent away, as are those without the token, and nobody waits for one who says nothing. It does not listen any more when it serves.
//
// Errors are ErrExposed, net.UnknownNetworkError, those of net.Listen, and those of Serve.
func (s *Server) ServeOne(ctx context.Context, network, address string, ready func(net.Addr)) error {
	switch network {
	case "tcp", "tcp4", "tcp6":
		var err error
		if address, err = s.tcpAddress(ctx, network, address); err != nil {
			return err
		}
	case "unix":
	default:
		return net.UnknownNetworkError(network)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, network, address)
	if err != nil {
		return err
	}
	ready(listener.Addr())
	l, err := s.admitFirst(ctx, listener)
	if err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	stop := l.endWith(ctx)
	defer stop()
	return s.serve(l)
}

// maxAdmissions is how many controllers may be asked for the token at a time.
const maxAdmissions = 64

// admitFirst returns the connection of the first controller that may be served. Then, or when the context is done, it does not listen any more.
func (s *Server) admitFirst(ctx context.Context, listener net.Listener) (*link, error) {
	var under sync.WaitGroup
	defer under.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(ctx, func() { listener.Close() })
	admitted, failed := make(chan *link), make(chan error, 1)
	slots := make(chan struct{}, maxAdmissions)
	under.Go(func() {
		for {
			slots <- struct{}{}
			c, err := listener.Accept()
			if err != nil {
				failed <- err
				return
			}
			under.Go(func() {
				s.admitOne(ctx, c, admitted)
				<-slots
			})
		}
	})
	select {
	case l := <-admitted:
		return l, nil
	case err := <-failed:
		return nil, err
	}
}

// admitOne hands on the connection of a controller that may be served, if nobody else was faster, or else closes it.
func (s *Server) admitOne(ctx context.Context, c net.Conn, admitted chan<- *link) {
	if _, unix := c.(*net.UnixConn); (unix || s.opts.token == nil) && checkPeer(c) != nil {
		c.Close()
		return
	}
	l := newLink(c, s.opts.limit, s.opts.timeout)
	stop := l.endWith(ctx)
	if err := s.admit(l); err != nil || !stop() {
		l.end(cmp.Or(err, ErrClosed))
		return
	}
	select {
	case admitted <- l:
	case <-ctx.Done():
		l.end(context.Cause(ctx))
	}
}

// tcpAddress makes sure that there is a token, or that an address is this machine's and none is wanted. What it returns is the number that it has looked at: a name could be another one the next time.
func (s *Server) tcpAddress(ctx context.Context, network, address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	switch {
	case host == "" && network == "tcp6":
		host = "::1"
	case host == "":
		host = "127.0.0.1"
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return "", err
	}
	for i := range ips {
		ips[i] = ips[i].Unmap()
		if s.opts.token == nil && !(s.opts.tokenless && ips[i].IsLoopback()) {
			return "", fmt.Errorf("%w; %s is %v", ErrExposed, host, ips[i])
		}
	}
	// As net.Listen does: IPv4 if there is a choice.
	best := slices.IndexFunc(ips, func(ip netip.Addr) bool { return ip.Is4() == (network != "tcp6") })
	if best < 0 && network == "tcp" && len(ips) > 0 {
		best = 0
	}
	if best < 0 {
		return "", fmt.Errorf("epc: %s has no address of %s", host, network)
	}
	return net.JoinHostPort(ips[best].String(), port), nil
}
