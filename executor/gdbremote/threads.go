package gdbremote

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// This file knows which threads functions have begun: those that were not there when the program was left where it stands, or when the last call that has failed was given up. When, in all-stop mode, the thread that runs a function
// stops on its way, for a signal or for a sign of life, they do, too, and have to run on with it, which may wait for them. In non-stop mode they do not stop then.

// maxThreads is more than Linux has (PID_MAX_LIMIT is 2²² for all processes, and every one of them needs a stack).
const maxThreads = 1 << 16

// listThreads asks for all threads. A stub without lists has none.
func (p *Process) listThreads() (list []string, err error) {
	const op = "listing threads"
	for request := "qfThreadInfo"; ; request = "qsThreadInfo" {
		reply, err := p.query(op, request)
		if err != nil {
			if errors.As(err, new(*UnsupportedError)) {
				err = nil
			}
			return nil, err
		}
		if reply[0] == 'l' {
			return list, nil
		}
		for id := range strings.SplitSeq(string(reply[1:]), ",") {
			if reply[0] != 'm' || id == "" || !isThread(id) || len(list) == maxThreads {
				return nil, p.fail(&ProtocolError{request, fmt.Sprintf("the answer is %q", reply[:min(len(reply), 40)])})
			}
			list = append(list, id)
		}
	}
}

// meetOthers notes which threads are there: they are to stand still.
func (p *Process) meetOthers() error {
	if !p.threads || p.thread == "" {
		return nil
	}
	list, err := p.listThreads()
	if err != nil {
		return err
	}
	p.strangers = make(map[string]bool, len(list))
	for _, id := range list {
		p.strangers[id] = true
	}
	return nil
}

// goOn prepares for threads that functions have begun to run on when the thread does, after a stop, and returns the signal that it gets. passed is the signal of the thread that has stopped.
func (p *Process) goOn(s *stop, passed int) (mine int, err error) {
	signals := map[string]int{cmp.Or(s.thread, p.thread): passed}
	if p.nonStop || !p.threads || p.thread == "" {
		return signals[p.thread], nil
	}
	list, err := p.listThreads()
	if err != nil {
		return 0, err
	}
	list = slices.DeleteFunc(list, func(id string) bool { return id == p.thread || p.strangers[id] })
	if err := p.askSignals(append(list, p.thread), signals); err != nil {
		return 0, err
	}
	var others strings.Builder
	for _, id := range list {
		others.WriteString(action(id, signals[id]))
	}
	p.others = others.String()
	return signals[p.thread], nil
}

// askSignals asks LLDB's stubs which signals threads have stopped for, if it is not known. They stop all of them at a time, and tell of one; other stubs tell of the others later.
func (p *Process) askSignals(list []string, signals map[string]int) error {
	if !p.hostSigs {
		return nil
	}
	var requests []request
	for _, id := range list {
		if _, known := signals[id]; known {
			continue
		}
		text := "qThreadStopInfo" + id
		requests = append(requests, request{op: running, text: text, optional: true, take: func(reply []byte) error {
			s, err := parseStop(reply)
			if err != nil {
				return p.fail(&ProtocolError{text, err.Error()})
			}
			if known := p.gdbSignal(s.signal); known != 0 && !fatal(known) { // a fault comes again
				signals[id] = s.signal
			}
			return nil
		}})
	}
	err := p.askAll(requests)
	if errors.As(err, new(*UnsupportedError)) {
		err = nil
	}
	return err
}
