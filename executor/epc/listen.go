package epc

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// ErrExposed says that a server should have listened for controllers on other machines, any of which could do everything with this process.
var ErrExposed = errors.New("epc: listening beyond this machine needs a token (WithToken): whoever connects may run anything")

// ServeOne listens on a network of package net, "tcp" or "unix", tells ready where, and serves the first controller that comes. Without a host tcp means this machine
// only, and beyond it a token is needed. Through a unix socket only processes of the same user are served; others are sent away, as are those without the token.
//
// Errors are ErrExposed, those of net.Listen, and those of Serve.
func (s *Server) ServeOne(ctx context.Context, network, address string, ready func(net.Addr)) error {
	if network == "tcp" {
		var err error
		if address, err = s.tcpAddress(address); err != nil {
			return err
		}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, network, address)
	if err != nil {
		return err
	}
	defer listener.Close()
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	ready(listener.Addr())
	for {
		c, err := listener.Accept()
		if err != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		if err := checkPeer(c); err != nil {
			c.Close()
			continue
		}
		err = s.Serve(ctx, c)
		if !errors.Is(err, ErrToken) {
			return err
		}
	}
}

// tcpAddress makes sure that an address is this machine's, or that there is a token.
func (s *Server) tcpAddress(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if host == "" {
		host = "127.0.0.1"
	}
	ips, err := net.LookupIP(host)
	if err != nil {
		return "", err
	}
	for _, ip := range ips {
		if !ip.IsLoopback() && s.opts.token == nil {
			return "", fmt.Errorf("%w; %s is %v", ErrExposed, host, ip)
		}
	}
	return net.JoinHostPort(host, port), nil
}
