package epc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
)

// A hasty is a connection to an executor that answers a call before it has been sent, and hangs up.
type hasty struct{ link *link }

func (h *hasty) Read([]byte) (int, error) { return 0, io.EOF }
func (h *hasty) Close() error             { return nil }
func (h *hasty) Write(b []byte) (int, error) {
	_ = h.link.result(message{op: opResult, seq: 1, payload: []byte("answer")})
	h.link.end(ErrDisconnected)
	return 0, io.ErrClosedPipe
}

// TestAnswerAndHangUp has executors that answer a call and hang up at once: the answer counts.
func TestAnswerAndHangUp(t *testing.T) {
	for range 20000 {
		h := &hasty{}
		h.link = newLink(h, 1<<20, 0)
		if b, err := h.link.call(context.Background(), 1, nil); err != nil || string(b) != "answer" {
			t.Fatalf("%q, %v", b, err)
		}
	}
}

// TestArgumentsAreTheCallers changes the arguments of a call that nobody waits for any more, while they are being sent.
func TestArgumentsAreTheCallers(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	go there.Write(goodSetup())
	p, err := Connect(context.Background(), here)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	args := bytes.Repeat([]byte{1}, 2*trustedSize)
	want := bytes.Clone(args)
	ctx, cancel := context.WithCancel(context.Background())
	returned := make(chan error)
	go func() {
		_, err := p.CallWrapper(ctx, 1, args)
		returned <- err
	}()
	if _, err := io.ReadFull(there, make([]byte, headerSize)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-returned; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	clear(args)
	got := make([]byte, len(args))
	if _, err := io.ReadFull(there, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("what is sent is not what the call was given: %v", err)
	}
}
