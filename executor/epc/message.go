package epc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gomcjit/gomcjit/executor"
)

// An opcode is a kind of message.
type opcode uint64

const (
	opSetup opcode = iota
	opHangup
	opResult
	opCall
)

func (o opcode) String() string {
	if o > opCall {
		return fmt.Sprintf("message of unknown kind %d", uint64(o))
	}
	return [...]string{"Setup message", "Hangup message", "Result message", "CallWrapper message"}[o]
}

// headerSize is the size of a header: four words.
const headerSize = 32

// A message is one message of the protocol.
type message struct {
	op      opcode
	seq     uint64
	tag     executor.Addr
	payload []byte
}

// outOfBand is the tag of a Result whose payload is the text of an error, instead of a result. LLVM 14 to 19 do not send it, and are not sent it.
const outOfBand executor.Addr = 1

// appendHeader appends the header of a message.
func (m *message) appendHeader(b []byte) []byte {
	for _, word := range [...]uint64{headerSize + uint64(len(m.payload)), uint64(m.op), m.seq, uint64(m.tag)} {
		b = binary.LittleEndian.AppendUint64(b, word)
	}
	return b
}

// readMessage reads a message of up to limit bytes. io.EOF is the end between messages; what else is wrong with the stream is the reader's error or a *ProtocolError.
func readMessage(r io.Reader, limit uint64) (m message, err error) {
	var head [headerSize]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = &ProtocolError{"message", "it ends in its header"}
		}
		return m, err
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(head[8*i:]) }
	size := word(0)
	m = message{op: opcode(word(1)), seq: word(2), tag: executor.Addr(word(3))}
	switch {
	case m.op > opCall:
		return m, &ProtocolError{m.op.String(), "there is no such kind"}
	case size < headerSize:
		return m, &ProtocolError{m.op.String(), fmt.Sprintf("its size, %d bytes, is less than that of its header", size)}
	case size > limit:
		return m, &ProtocolError{m.op.String(), fmt.Sprintf("its size, %d bytes, is more than the limit of %d", size, limit)}
	}
	m.payload, err = readPayload(r, size-headerSize)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = &ProtocolError{m.op.String(), fmt.Sprintf("it ends before its %d bytes", size)}
	}
	return m, err
}

// trustedSize is how much is allocated because a header says so.
const trustedSize = 64 << 10

// readPayload reads n bytes. Memory grows with what has arrived.
func readPayload(r io.Reader, n uint64) ([]byte, error) {
	if n <= trustedSize {
		b := make([]byte, n)
		_, err := io.ReadFull(r, b)
		return b, err
	}
	b := bytes.NewBuffer(make([]byte, 0, trustedSize))
	if _, err := io.CopyN(b, r, int64(n)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
