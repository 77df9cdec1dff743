package gdbremote

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// A wire is a connection to a stub, on which packets go to and fro, one at a time.
type wire struct {
	conn  net.Conn
	r     *bufio.Reader
	limit int  // bytes of a packet that is accepted
	quiet bool // nobody acknowledges packets any more: QStartNoAckMode

	buffered bool // the system takes what is written before the stub reads it

	listens bool   // the stub is in non-stop mode, in which it sends stop replies as notifications
	unacked bool   // it has sent one that nobody has acknowledged yet
	event   []byte // which that is, until somebody takes it; nil then

	packet []byte

	trips, sent, received atomic.Uint64
}

// tries is how often a packet is sent that arrives damaged.
const tries = 3

func newWire(c net.Conn, limit int) *wire {
	w := &wire{conn: c, limit: limit}
	switch c.(type) {
	case *net.TCPConn, *net.UnixConn:
		w.buffered = true
	}
	w.r = bufio.NewReaderSize(counted{c, &w.received}, 1<<14)
	return w
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n *atomic.Uint64
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(uint64(n))
	return n, err
}

// send writes packets, of which nobody waits for answers meanwhile, and returns what waits until they are written. With acknowledgements it is one packet, and they have been written. What is sent together is one
// round trip.
func (w *wire) send(packets ...string) (written func() error, err error) {
	w.trips.Add(1)
	done := func() error { return nil }
	if !w.quiet {
		return done, w.sendOne(packets[0])
	}
	w.packet = w.packet[:0]
	for _, data := range packets {
		w.packet = appendPacket(w.packet, data)
	}
	w.sent.Add(uint64(len(w.packet)))
	if len(packets) == 1 || w.buffered && len(w.packet) <= buffered {
		_, err := w.conn.Write(w.packet)
		return done, err
	}
	// A stub that answers the first request before it reads the second is read meanwhile.
	result := make(chan error, 1)
	go func() {
		_, err := w.conn.Write(w.packet)
		result <- err
	}()
	return func() error { return <-result }, nil
}

// buffered is how many bytes a socket takes without anybody who reads, at least.
const buffered = 32 << 10

// sendOne writes a packet, and waits until it is acknowledged.
func (w *wire) sendOne(data string) error {
	w.packet = appendPacket(w.packet[:0], data)
	for range tries {
		w.sent.Add(uint64(len(w.packet)))
		if _, err := w.conn.Write(w.packet); err != nil {
			return err
		}
		ok, err := w.acknowledged()
		if ok || err != nil {
			return err
		}
	}
	return &ProtocolError{data[:min(len(data), 40)], "the stub finds it damaged, again and again"}
}

// acknowledged waits for the answer to a packet. Notifications may come before.
func (w *wire) acknowledged() (bool, error) {
	for {
		c, err := w.r.ReadByte()
		if err != nil {
			return false, err
		}
		switch c {
		case '+':
			return true, nil
		case '-':
			return false, nil
		case '$', '%': // a packet that nobody asked for, such as one which was sent again; its reader has had it
			if err := w.r.UnreadByte(); err != nil {
				return false, err
			}
			begin, data, err := readPacket(w.r, w.limit)
			if err == nil && begin == '%' {
				err = w.notice(data)
			}
			if err != nil && !errors.As(err, new(*badSum)) {
				return false, err
			}
		default:
			return false, &ProtocolError{"an acknowledgement", "it is the byte 0x" + string([]byte{hexDigits[c>>4], hexDigits[c&15]})}
		}
	}
}

// receive reads the next packet that is no notification.
func (w *wire) receive() ([]byte, error) {
	for {
		if begin, data, err := w.next(); err != nil || begin == '$' {
			return data, err
		}
	}
}

// next reads the next packet, and notes what a notification says.
func (w *wire) next() (begin byte, data []byte, err error) {
	for bad := 0; ; {
		begin, data, err := readPacket(w.r, w.limit)
		damaged := new(badSum)
		switch {
		case errors.As(err, &damaged) && begin == '%':
			continue
		case errors.As(err, &damaged) && !w.quiet && bad < tries:
			bad++
			if _, err := w.conn.Write([]byte{'-'}); err != nil {
				return 0, nil, err
			}
			continue
		case errors.As(err, &damaged):
			return 0, nil, &ProtocolError{"a packet", damaged.Error()}
		case err != nil:
			return 0, nil, err
		case begin == '%':
			return begin, nil, w.notice(data)
		}
		if !w.quiet {
			_, err = w.conn.Write([]byte{'+'})
		}
		return begin, data, err
	}
}

// notice keeps a stop reply of non-stop mode. Other notifications mean nothing here.
func (w *wire) notice(data []byte) error {
	reply, ok := bytes.CutPrefix(data, []byte("Stop:"))
	switch {
	case !ok || !w.listens:
		return nil
	case w.unacked:
		return &ProtocolError{"%Stop", "another one comes before the first is acknowledged"}
	}
	w.unacked, w.event = true, reply
	return nil
}

// acknowledgement acknowledges a stop reply of non-stop mode.
const acknowledgement = "vStopped"

// took keeps the answer to that: the next stop reply, or OK if there is none. One that comes behind it is new.
func (w *wire) took(reply []byte) {
	w.unacked, w.event = true, reply
	if string(reply) == "OK" {
		w.unacked, w.event = false, nil
	}
}

// poll waits until there is something to read, or the context is done, or it is that time; the zero time is never.
func (w *wire) poll(ctx context.Context, until time.Time) (ready bool, err error) {
	if err := w.conn.SetReadDeadline(until); err != nil {
		return false, err
	}
	woken := make(chan struct{})
	end := context.AfterFunc(ctx, func() {
		defer close(woken)
		_ = w.conn.SetReadDeadline(time.Unix(1, 0)) // an error of this is one of the read that waits
	})
	_, err = w.r.Peek(1)
	if !end() {
		<-woken
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, nil
	}
	return err == nil, err
}

// disconnected is the error of a connection that reading or writing failed on.
func disconnected(err error) error {
	var bad *ProtocolError
	switch {
	case errors.As(err, &bad):
		return err
	case errors.Is(err, io.EOF):
		return ErrDisconnected
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrTimeout
	}
	return errors.Join(ErrDisconnected, err)
}
