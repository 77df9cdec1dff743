package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// A progress tells a person who waits how far a long work is. nil is silent.
type progress struct {
	out   io.Writer
	next  time.Time // when to write again: not before it is clear that the work is long
	shown bool
}

const (
	progressDelay = 300 * time.Millisecond
	progressEvery = 100 * time.Millisecond
)

// newProgress returns nil unless out is a terminal.
func newProgress(out io.Writer) *progress {
	f, ok := out.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return &progress{out: out, next: time.Now().Add(progressDelay)}
}

// show says that i of n are done, and what is next.
func (p *progress) show(i, n int, name string) {
	if p == nil || time.Now().Before(p.next) {
		return
	}
	p.next = time.Now().Add(progressEvery)
	p.shown = true
	fmt.Fprintf(p.out, "\r\x1b[Kloading %d of %d: %.60s", i+1, n, name)
}

// clear takes the line away.
func (p *progress) clear() {
	if p != nil && p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
