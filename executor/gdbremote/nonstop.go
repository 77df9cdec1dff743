package gdbremote

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// This file lets the target run in non-stop mode ("Remote Protocol Support for Non-Stop Mode" of GDB's manual), which gdbserver has. What lets a thread run is answered at once in it, and the stub answers whatever it is asked
// meanwhile: that is the sign of life, and the target notices nothing. That the thread has stopped is a notification, %Stop, which is acknowledged by vStopped until there are no more.
//
// The stub is in this mode only while something runs. Then it goes back to all-stop mode, and is asked for the reason of the last stop, as by a debugger that has just come: that makes all threads stand still, those included that a
// function has begun. While it runs these do, too, and get their signals; threads that were there before stand still all the time.

// tryNonStop finds out whether the stub has the mode that it says it has.
func (p *Process) tryNonStop() error {
	if p.features["QNonStop"] != "+" {
		return nil
	}
	replies, err := p.exchange([]string{"QNonStop:1", "QNonStop:0"})
	if err == nil {
		p.nonStop = string(replies[0]) == "OK" && string(replies[1]) == "OK"
	}
	return err
}

const running = "running the target" // for errors

// resumeNonStop makes requests, lets the thread run, and waits for its next stop. haltAnd has to follow when it is not to run any more.
func (p *Process) resumeNonStop(ctx context.Context, signal int, before []request) (*stop, error) {
	p.halts = false
	if !p.wire.listens {
		before = append(slices.Clip(before), request{op: running, text: "QNonStop:1"})
	}
	if p.wire.unacked {
		before = append(slices.Clip(before), p.acknowledging())
	}
	p.wire.listens = true
	runs := false
	cont := request{op: running, text: p.continuation(signal), take: func(reply []byte) error {
		runs = string(reply) == "OK"
		return p.accepted("vCont", reply)
	}}
	refused := p.askAll(append(slices.Clip(before), cont))
	if !runs || p.reason != nil {
		return nil, refused
	}
	p.regs.now = nil
	s, err := p.awaitEvent(ctx)
	if s != nil {
		p.runs++
	}
	if err == nil {
		err = refused
	}
	return s, err
}

// acknowledging is the request that acknowledges a stop. The wire keeps the answer.
func (p *Process) acknowledging() request {
	return request{op: running, text: acknowledgement, take: func([]byte) error { return nil }}
}

// awaitEvent waits until the thread stops, or another one does by a fault, and asks for signs of life meanwhile. When the context is done the thread is stopped, and has the time of WithTimeout for that.
func (p *Process) awaitEvent(ctx context.Context) (*stop, error) {
	defer func(left time.Duration) { p.until = time.Now().Add(left) }(time.Until(p.until))
	next, stopping := p.nextBeat(), false
	for {
		s, err := p.takeEvent()
		if s != nil || err != nil {
			return s, err
		}
		switch due := ctx.Err() != nil || !next.IsZero() && !time.Now().Before(next); { // of stubs, too, that say other things all the time
		case !due:
			err = p.readEvent(ctx, next)
		case stopping:
			err = p.fail(ErrTimeout)
		case ctx.Err() != nil:
			ctx, stopping, next = context.Background(), true, time.Now().Add(p.opts.timeout)
			err = p.ensure("vCont;t:" + p.thread)
		default:
			err, next = p.ensure("T"+p.thread), p.nextBeat()
		}
		if err != nil {
			return nil, err
		}
	}
}

// nextBeat is when the stub is asked for a sign of life.
func (p *Process) nextBeat() (never time.Time) {
	if p.opts.heartbeat == 0 {
		return never
	}
	return time.Now().Add(p.opts.heartbeat)
}

// ensure makes a request without which nobody knows what becomes of the thread that runs: an error ends the connection.
func (p *Process) ensure(text string) error {
	p.begin()
	if err := p.command(running, text); err != nil {
		return p.fail(err)
	}
	return nil
}

// readEvent reads what arrives until then, which is a notification, if the stub does what it should.
func (p *Process) readEvent(ctx context.Context, until time.Time) error {
	if p.wire.event != nil {
		return nil
	}
	ready, err := p.wire.poll(ctx, until)
	if err != nil {
		return p.fail(disconnected(err))
	}
	if !ready {
		return nil
	}
	p.begin()
	if err := p.limitTime(); err != nil {
		return err
	}
	begin, data, err := p.wire.next()
	if err == nil && begin == '$' {
		err = &ProtocolError{"non-stop mode", fmt.Sprintf("%q comes without a request", data[:min(len(data), 40)])}
	}
	if err != nil {
		return p.fail(disconnected(err))
	}
	return nil
}

// takeEvent understands what has stopped, if anything has. Another thread that the function has begun gets its signal, unless that tells of a fault.
func (p *Process) takeEvent() (*stop, error) {
	if p.wire.event == nil {
		return nil, nil
	}
	s, err := parseStop(p.wire.event)
	p.wire.event = nil
	if err != nil {
		return nil, p.fail(&ProtocolError{"%Stop", err.Error()})
	}
	if err := p.noteEnd(s); err != nil {
		return nil, err
	}
	if s.thread == p.thread || fatal(p.gdbSignal(s.signal)) {
		return s, nil
	}
	if s.thread == "" {
		return nil, p.fail(&ProtocolError{"%Stop", "it does not say which thread has stopped"})
	}
	list := []request{p.acknowledging()}
	if !p.strangers[s.thread] {
		list = append(list, request{op: running, text: "vCont" + action(s.thread, s.signal)})
	}
	p.begin()
	if err := p.askAll(list); err != nil {
		return nil, p.fail(err)
	}
	return nil, nil
}

// halting are the requests that make all threads stand still, in all-stop mode, and the one that had stopped the one that is meant. They are made with those that come next, which there always are: the thread gets its registers back.
// done tells how far they have come.
func (p *Process) halting(done *int) []request {
	took := func(text string) func([]byte) error {
		return func(reply []byte) error {
			*done++
			return p.accepted(text, reply)
		}
	}
	list := []request{
		{text: "QNonStop:0", take: took("QNonStop:0")},
		{text: "?", take: func(reply []byte) error {
			*done++
			s, err := parseStop(reply)
			if err != nil {
				return p.fail(&ProtocolError{"?", err.Error()})
			}
			return p.noteEnd(s)
		}},
		{text: "Hg" + p.thread, take: took("Hg")},
	}
	if p.wire.unacked {
		list = slices.Insert(list, 0, p.acknowledging())
	}
	for i := range list {
		list[i].op = "stopping the target"
	}
	return list
}

// haltAnd makes all threads stand still, and then requests. Without the former nobody knows what the target does: errors of it end the connection.
func (p *Process) haltAnd(list []request) error {
	p.halts = false
	done := 0
	err := p.makeAll(slices.Concat(p.halting(&done), list))
	if err != nil && done < 3 {
		return p.fail(err)
	}
	for end := time.Now().Add(p.opts.timeout); p.reason == nil && p.wire.unacked; { // stops of threads that the function has begun: these get their signals when they go on
		failed := p.makeAll([]request{p.acknowledging()})
		if failed == nil && time.Now().After(end) {
			failed = ErrTimeout
		}
		if failed != nil {
			return p.fail(failed)
		}
	}
	p.wire.listens, p.wire.event = false, nil
	return err
}
