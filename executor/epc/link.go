package epc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// maxCalls is how many calls the other end may have in progress.
const maxCalls = 1024

// errOutOfBand is an error that the other end sent in place of a result.
type errOutOfBand string

func (e errOutOfBand) Error() string { return string(e) }

// A link is one end of a connection: it calls the other end and serves its calls.
type link struct {
	rw     io.ReadWriteCloser
	limit  uint64        // bytes of a message
	write  time.Duration // how long a message may take to be taken, and the next bytes of one to come, 0 for ever
	answer func(tag executor.Addr, args []byte) ([]byte, error)

	writing sync.Mutex
	header  []byte

	mu      sync.Mutex
	next    uint64
	pending map[uint64]chan<- message // nil for calls that nobody waits for any more
	err     error                     // why it ended
	fate    error                     // why the other end is going to end, if it has told
	ended   chan struct{}             // closed when err is set

	calls chan struct{} // as many as are being served

	made, sent, received atomic.Uint64 // calls; bytes
}

func newLink(rw io.ReadWriteCloser, limit uint64, write time.Duration) *link {
	return &link{rw: rw, limit: limit, write: write, pending: map[uint64]chan<- message{}, ended: make(chan struct{}), calls: make(chan struct{}, maxCalls)}
}

// send writes a message. What cannot be written whole ends the connection.
func (l *link) send(m message) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if d, ok := l.rw.(interface{ SetWriteDeadline(time.Time) error }); ok && l.write > 0 {
		// Pipes that cannot have deadlines are made an end of by the deadline of the call.
		_ = d.SetWriteDeadline(time.Now().Add(l.write))
	}
	l.sent.Add(headerSize + uint64(len(m.payload)))
	l.header = m.appendHeader(l.header[:0])
	chunk := l.header
	if len(m.payload) <= trustedSize {
		chunk = append(chunk, m.payload...)
		l.header = chunk
	} else if _, err := l.rw.Write(chunk); err != nil {
		return l.end(disconnected(err))
	} else {
		chunk = m.payload
	}
	if _, err := l.rw.Write(chunk); err != nil {
		return l.end(disconnected(err))
	}
	return nil
}

// disconnected is the error of a connection that reading or writing failed on.
func disconnected(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return ErrDisconnected
	case errors.Is(err, os.ErrDeadlineExceeded): // those of send and steady
		return ErrTimeout
	}
	return errors.Join(ErrDisconnected, err)
}

// end closes the connection, once, and returns why it was closed.
func (l *link) end(err error) error {
	l.mu.Lock()
	first := l.err == nil
	if first {
		if l.fate != nil && errors.Is(err, ErrDisconnected) {
			err = l.fate
		}
		l.err = err
		close(l.ended)
	}
	err = l.err
	l.mu.Unlock()
	if first {
		l.rw.Close()
	}
	return err
}

// expectEnd says why the other end is going to disconnect.
func (l *link) expectEnd(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fate = why
}

// endWith ends the connection when the context is done, unless it is stopped before.
func (l *link) endWith(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { l.end(context.Cause(ctx)) })
}

// reason returns why the connection has ended, nil if it has not.
func (l *link) reason() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// call calls a function of the other end. When the context is done first nobody waits for the result any more.
func (l *link) call(ctx context.Context, tag executor.Addr, args []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	result := make(chan message, 1)
	l.mu.Lock()
	if l.err != nil {
		defer l.mu.Unlock()
		return nil, l.err
	}
	l.next++
	seq := l.next
	l.pending[seq] = result
	l.mu.Unlock()
	l.made.Add(1)
	sent := make(chan error, 1)
	go func() { sent <- l.send(message{opCall, seq, tag, args}) }()
	var err error
	for err == nil {
		select {
		case m := <-result:
			return m.result()
		case err = <-sent:
			sent = nil
		case <-l.ended:
			err = l.reason()
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	select {
	case m := <-result: // it had come before: an executor may answer and hang up
		return m.result()
	default:
		l.abandon(seq)
		return nil, err
	}
}

// result is what a Result message says.
func (m *message) result() ([]byte, error) {
	if m.tag != 0 {
		return nil, errOutOfBand(bytes.TrimRight(m.payload, "\x00"))
	}
	return m.payload, nil
}

// abandon says that nobody waits for a result any more.
func (l *link) abandon(seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.pending[seq]; ok {
		l.pending[seq] = nil
	}
}

// A steady reads messages from a connection: the first byte of one may take its time, the others come within a time that they have together, and as much more as they need at the least rate.
type steady struct {
	io.Reader
	deadline func(time.Time) error // nil if the connection has none
	gap      time.Duration
	until    time.Time // when the message has to be there; 0 if none has begun
}

// leastRate is how many bytes a second come of a message at least.
const leastRate = 64 << 10

func (l *link) steady() *steady {
	s := &steady{Reader: l.rw, gap: l.write}
	if d, ok := l.rw.(interface{ SetReadDeadline(time.Time) error }); ok && s.gap > 0 {
		s.deadline = d.SetReadDeadline
	}
	return s
}

func (s *steady) Read(b []byte) (int, error) {
	if s.deadline != nil {
		_ = s.deadline(s.until) // what cannot have deadlines is waited for
	}
	n, err := s.Reader.Read(b)
	if n > 0 {
		if s.until.IsZero() {
			s.until = time.Now().Add(s.gap)
		}
		s.until = s.until.Add(time.Duration(n) * time.Second / leastRate)
	}
	return n, err
}

// receive serves the connection until it ends, and returns why it did: nil for a Hangup.
func (l *link) receive() error {
	r := l.steady()
	for {
		r.until = time.Time{}
		m, err := readMessage(r, l.limit)
		if err != nil {
			var bad *ProtocolError
			if !errors.As(err, &bad) {
				err = disconnected(err)
			}
			return l.end(err)
		}
		l.received.Add(headerSize + uint64(len(m.payload)))
		switch m.op {
		case opHangup:
			l.end(ErrDisconnected)
			return nil
		case opResult:
			err = l.result(m)
		case opCall:
			err = l.serve(m)
		default:
			err = &ProtocolError{m.op.String(), "it comes in the middle of a session"}
		}
		if err != nil {
			return l.end(err)
		}
	}
}

func (l *link) result(m message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, ok := l.pending[m.seq]
	if !ok {
		return &ProtocolError{m.op.String(), "no call has its sequence number"}
	}
	delete(l.pending, m.seq)
	if c != nil {
		c <- m
	}
	return nil
}

// serve runs a function for the other end.
func (l *link) serve(m message) error {
	select {
	case l.calls <- struct{}{}:
	default:
		return &ProtocolError{m.op.String(), "too many calls are in progress"}
	}
	go func() {
		defer func() { <-l.calls }()
		payload, err := l.answer(m.tag, m.payload)
		reply := message{op: opResult, seq: m.seq, payload: payload}
		if err != nil {
			reply.tag, reply.payload = outOfBand, []byte(err.Error())
		}
		// A failure ends the connection, which receive tells.
		_ = l.send(reply)
	}()
	return nil
}
