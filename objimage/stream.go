package objimage

import "errors"

// ErrSealed is the error of writing to a BufferStream after it was sealed.
var ErrSealed = errors.New("objimage: write to a sealed BufferStream")

// A BufferStream collects what a code generator writes, and becomes a [Buffer] without copying. It has two states: open, in which it is written to,
// and sealed, in which its bytes belong to the Buffer. It is for one goroutine at a time.
type BufferStream struct {
	name   string
	data   []byte
	sealed bool
}

// NewBufferStream returns an open, empty stream. The name becomes that of the Buffer.
func NewBufferStream(name string) *BufferStream { return &BufferStream{name: name} }

// Write appends p, copying it. It fails, with ErrSealed, after Seal only.
func (s *BufferStream) Write(p []byte) (int, error) {
	if s.sealed {
		return 0, ErrSealed
	}
	s.data = append(s.data, p...)
	return len(p), nil
}

// Seal ends the stream and returns the Buffer of all that was written. A stream is sealed once: the second time is ErrSealed.
func (s *BufferStream) Seal() (*Buffer, error) {
	if s.sealed {
		return nil, ErrSealed
	}
	data := s.data
	s.data, s.sealed = nil, true
	return newBuffer(s.name, data), nil
}
