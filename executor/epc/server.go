package epc

import (
	"context"
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// A Server makes this process run code for controllers, one session after the other or several at a time: the executor's end of connections.
//
// What a controller asks for runs in this process, with all its rights: who may connect may do everything that the process may.
type Server struct {
	host     Host
	opts     options
	triple   string
	pageSize uint64
}

// NewServer makes a server. Errors are ErrUnsupportedHost and ErrShortToken.
func NewServer(host Host, opts ...Option) (*Server, error) {
	if !inprocess.Supported || !servable {
		return nil, ErrUnsupportedHost
	}
	o := newOptions(opts)
	if o.token != nil && len(o.token) < leastToken {
		return nil, ErrShortToken
	}
	return &Server{host: host, opts: o, triple: hostTriple(), pageSize: uint64(os.Getpagesize())}, nil
}

// Serve serves a controller until it says good-bye, which is no error, the connection fails, or the context is done, and closes the connection. What the session
// leaves behind (memory, entries for debuggers) is given back then, unless functions that it has called go on: see WithPatience.
//
// Errors are ErrToken, ErrRunning, *ProtocolError, ErrDisconnected with the system's, ErrTimeout, the context's, and those of giving back.
func (s *Server) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	l := newLink(rw, s.opts.limit, s.opts.timeout)
	stop := l.endWith(ctx)
	defer stop()
	if err := s.admit(l); err != nil {
		return l.end(err)
	}
	return s.serve(l)
}

// serve serves a controller that has been admitted.
func (s *Server) serve(l *link) error {
	session, err := s.newSession()
	if err != nil {
		return l.end(err)
	}
	session.link, l.answer = l, session.answer
	defer session.stopWatching()
	err = l.send(message{op: opSetup, payload: session.setup()})
	if err == nil {
		err = l.receive()
	}
	if !l.drained(s.opts.patience) {
		return errors.Join(err, ErrRunning)
	}
	return errors.Join(err, session.close())
}

// admit asks for the token.
func (s *Server) admit(l *link) error {
	if s.opts.token == nil {
		return nil
	}
	timer := time.AfterFunc(s.opts.timeout, func() { l.end(ErrToken) })
	err := checkToken(l.rw, s.opts.token)
	if !timer.Stop() {
		return ErrToken
	}
	return err
}

// drained waits until no call is being served, and reports whether that is so in time.
func (l *link) drained(patience time.Duration) bool {
	late := time.After(patience)
	for range cap(l.calls) {
		select {
		case l.calls <- struct{}{}:
		case <-late:
			return false
		}
	}
	return true
}

// A session is what a server does for one controller.
type session struct {
	*Server
	memory    allocations
	tables    unwindTables
	objects   debugObjects
	libraries libraries

	link         *link
	stopWatching func()
	dispatch     *inprocess.Callback // null if there can be none
	crash        executor.Addr       // what tells the controller of a crash

	names    executor.Addr // the addresses of services, which nobody can execute
	services map[executor.Addr]*service
	older    []symbol
	newer    []symbol

	ours atomic.Bool // the controller is a Process: it has called what only that knows
}

// namesSize is the size of the address space in which services have their addresses.
const namesSize = 64 << 10

func (s *Server) newSession() (*session, error) {
	base, err := mapPages(namesSize, 0, 0)
	if err != nil {
		return nil, err
	}
	n := &session{Server: s, names: base, services: map[executor.Addr]*service{}}
	n.memory.page = s.pageSize
	// Where there are no callbacks code that calls the controller faults at the address of no function.
	n.dispatch, _ = inprocess.NewCallback(n.callController)
	next := base
	publish := func(table []service) (list []symbol) {
		for i := range table {
			at := next
			switch {
			case table[i].name == nameDispatchFunction && n.dispatch != nil:
				at = n.dispatch.Addr()
			case table[i].name == nameCrash:
				n.crash = at
			}
			list = append(list, symbol{table[i].name, at})
			n.services[at] = &table[i]
			next += 16
		}
		return list
	}
	n.older, n.newer = publish(olderServices), publish(newerServices)
	n.stopWatching = func() {}
	if s.host.Crashes {
		if n.stopWatching, err = n.watchCrashes(); err != nil {
			return nil, errors.Join(err, unmapPages(base, namesSize))
		}
	}
	return n, nil
}

func (n *session) setup() []byte {
	return setupPayload(n.triple, n.pageSize, n.older, n.newer)
}

// answer runs a function for the controller: a service, or a function that it has loaded.
func (n *session) answer(fn executor.Addr, args []byte) ([]byte, error) {
	var result []byte
	var err error
	if service, ok := n.services[fn]; ok {
		result, err = service.run(n, &unpacker{rest: args})
		if service.ours {
			n.ours.Store(true)
		}
		switch {
		case err != nil && service.fails == failsInError:
			return failure(false, err), nil
		case err != nil && service.fails == failsInExpected:
			return failure(true, err), nil
		}
	} else {
		result, err = n.callWrapper(fn, args)
	}
	if err != nil && !n.ours.Load() {
		return nil, nil // LLVM's controllers end a session in which there is anything but a result
	}
	return result, err
}

// close gives back what the session has left.
func (n *session) close() error {
	errs := []error{n.memory.releaseAll(n), n.objects.forgetAll(), unmapPages(n.names, namesSize)}
	if n.dispatch != nil {
		n.dispatch.Release()
	}
	for _, library := range n.libraries.open {
		if l, ok := library.(io.Closer); ok {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}
