package gdbremote

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// This file asks stubs, and waits for answers no longer than it may take: see WithTimeout.

// A request is a packet, and what to do with the answer.
type request struct {
	op   string // for errors
	text string
	// take takes an answer that is neither empty nor a refusal. Without it the answer is OK.
	take func(reply []byte) error
	// optional says that the stub may refuse, and need not know what has no take.
	optional bool
}

// begin begins an operation, which has the time of WithTimeout for everything that takes no time. The caller has the turn.
func (p *Process) begin() { p.until = time.Now().Add(p.opts.timeout) }

// turn waits for the turn, and begins an operation. It returns what ends it.
func (p *Process) turn() (leave func()) {
	p.mu.Lock()
	p.begin()
	return p.mu.Unlock
}

// leastRate is how many bytes a second a stub has to take and to give, so that an operation on much memory has more time. Small packets give none (freeBytes): a stub that answers in bytes has no more than WithTimeout says.
const (
	leastRate = 64 << 10
	freeBytes = 64 // of a request and its answer: more than those have together that move nothing to speak of
)

// moved gives an operation the time for the bytes of a request and its answer.
func (p *Process) moved(request, reply int) {
	p.until = p.until.Add(time.Duration(max(0, request+reply-freeBytes)) * time.Second / leastRate)
}

// limitTime sets when reading and writing end: with the operation, and when an answer takes too long.
func (p *Process) limitTime() error {
	until := time.Now().Add(p.opts.timeout)
	if p.until.Before(until) {
		until = p.until
	}
	return p.setDeadline(until)
}

func (p *Process) setDeadline(t time.Time) error {
	if err := p.wire.conn.SetDeadline(t); err != nil {
		return p.fail(disconnected(err))
	}
	return nil
}

// ask sends a request, and returns the answer. The caller has the turn. Errors end the connection.
func (p *Process) ask(text string) ([]byte, error) {
	replies, err := p.exchange([]string{text})
	if err != nil {
		return nil, err
	}
	return replies[0], nil
}

// exchange sends requests, and returns the answers: all in one round trip, unless packets are acknowledged. Errors end the connection.
func (p *Process) exchange(texts []string) (replies [][]byte, err error) {
	if p.reason != nil {
		return nil, p.reason
	}
	if !p.wire.quiet && len(texts) > 1 {
		for _, text := range texts {
			reply, err := p.ask(text)
			if err != nil {
				return nil, err
			}
			replies = append(replies, reply)
		}
		return replies, nil
	}
	if err := p.limitTime(); err != nil {
		return nil, err
	}
	written, err := p.wire.send(texts...)
	if err != nil {
		return nil, p.fail(disconnected(err))
	}
	for _, text := range texts {
		reply, err := p.wire.receive()
		if err != nil {
			return nil, p.fail(disconnected(err))
		}
		if text == acknowledgement {
			p.wire.took(reply)
		}
		replies = append(replies, reply)
	}
	if err := written(); err != nil {
		return nil, p.fail(disconnected(err))
	}
	for i, reply := range replies {
		p.moved(len(texts[i]), len(reply))
	}
	return replies, nil
}

// Bounds of what is asked for at a time, before the answers are read.
const (
	maxPending      = 32
	maxPendingBytes = 256 << 10
)

// askAll makes requests, in round trips of many, and returns the first error. Those behind one that fails are made as well.
func (p *Process) askAll(list []request) error {
	if p.halts {
		return p.haltAnd(list)
	}
	return p.makeAll(list)
}

// makeAll is askAll of a target that stands still, or is to run.
func (p *Process) makeAll(list []request) (err error) {
	for len(list) > 0 {
		n, bytes := 0, 0
		var texts []string
		for n < len(list) && n < maxPending && bytes < maxPendingBytes {
			texts = append(texts, list[n].text)
			bytes += len(list[n].text)
			n++
		}
		replies, failed := p.exchange(texts)
		if failed != nil {
			return failed
		}
		if failed := p.takeAll(list[:n], replies); err == nil {
			err = failed
		}
		if p.reason != nil {
			return p.reason
		}
		list = list[n:]
	}
	return err
}

// takeAll hands answers on, and returns the first error.
func (p *Process) takeAll(list []request, replies [][]byte) (err error) {
	for i := range replies {
		if failed := p.take(&list[i], replies[i]); err == nil {
			err = failed
		}
		if p.reason != nil {
			return p.reason
		}
	}
	return err
}

// take makes something of an answer.
func (p *Process) take(r *request, reply []byte) error {
	reply, err := judge(r.op, r.text, reply)
	switch {
	case err != nil && r.optional && (r.take == nil || errors.As(err, new(*RemoteError))):
		return nil
	case err != nil:
		return err
	case r.take != nil:
		return r.take(reply)
	}
	return p.accepted(r.text, reply)
}

// accepted makes sure that an answer is OK.
func (p *Process) accepted(text string, reply []byte) error {
	if string(reply) != "OK" {
		return p.fail(&ProtocolError{packetName(text), fmt.Sprintf("the answer is %q", reply[:min(len(reply), 40)])})
	}
	return nil
}

// judge makes errors of answers that are.
func judge(op, text string, reply []byte) ([]byte, error) {
	if len(reply) == 0 {
		return nil, &UnsupportedError{op, packetName(text)}
	}
	if code, refused := refusal(reply); refused {
		return nil, &RemoteError{op, code}
	}
	return reply, nil
}

// query is ask for what may be refused, or not known.
func (p *Process) query(op, text string) (reply []byte, err error) {
	err = p.askAll([]request{{op: op, text: text, take: func(b []byte) error { reply = b; return nil }}})
	return reply, err
}

// command is query for what is answered by OK.
func (p *Process) command(op, text string) error { return p.askAll([]request{{op: op, text: text}}) }

// packetName is the part of a request that names it.
func packetName(text string) string {
	if i := strings.IndexAny(text, ":;,"); i > 0 {
		text = text[:i]
	}
	return text[:min(len(text), 24)]
}

// fail ends the connection, and returns why it has ended. The caller has the turn.
func (p *Process) fail(err error) error {
	if p.reason == nil {
		p.reason = err
		p.ended.Store(&err)
		p.wire.conn.Close()
	}
	return p.reason
}

// maxTransfer is the longest document that is read of a stub.
const maxTransfer = 4 << 20

// transfer reads a document of the stub's: "qXfer" packets.
func (p *Process) transfer(object, annex string) ([]byte, error) {
	op := "reading " + object + " " + annex
	var all []byte
	for {
		reply, err := p.query(op, fmt.Sprintf("qXfer:%s:read:%s:%x,%x", object, annex, len(all), p.packet-16))
		if err != nil {
			return nil, err
		}
		all = append(all, reply[1:]...)
		switch {
		case reply[0] == 'l':
			return all, nil
		case reply[0] != 'm' || len(reply) == 1:
			return nil, p.fail(&ProtocolError{"qXfer", fmt.Sprintf("the answer is %q", reply[:min(len(reply), 40)])})
		case len(all) > maxTransfer:
			return nil, p.fail(&ProtocolError{"qXfer", fmt.Sprintf("%s is longer than %d bytes", object, maxTransfer)})
		}
	}
}
