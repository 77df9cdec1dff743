package gdbremote

import (
	"bufio"
	"fmt"
	"strconv"
)

// Packets, as "Overview" of appendix E of GDB's manual has them:
//
//	$data#xx    xx is the sum of the bytes of data, modulo 256, in hexadecimal
//	%data#xx    a notification, which nobody answers
//
// In data, "}" has the next byte follow with bit 5 flipped, and in what a stub sends "*" repeats the byte before it: n-29 times more, if n is the byte behind.

const (
	escape = '}'
	flip   = 0x20
	repeat = '*'
)

// appendPacket appends the packet with this data.
func appendPacket[text string | []byte](b []byte, data text) []byte {
	b = append(b, '$')
	sum := byte(0)
	for i := range len(data) {
		c := data[i]
		if c == '$' || c == '#' || c == escape || c == repeat {
			b = append(b, escape)
			sum += escape
			c ^= flip
		}
		b = append(b, c)
		sum += c
	}
	return append(b, '#', hexDigits[sum>>4], hexDigits[sum&15])
}

const hexDigits = "0123456789abcdef"

// A badSum is a packet that was damaged on its way.
type badSum struct{ got, want string }

func (e *badSum) Error() string {
	return fmt.Sprintf("the checksum of a packet is %s, and it says %s", e.got, e.want)
}

// readPacket reads a packet's data; begin is "$" or "%". What acknowledges earlier packets is skipped. Errors are *ProtocolError, *badSum when the packet was read to its end, and the
// reader's.
func readPacket(r *bufio.Reader, limit int) (begin byte, data []byte, err error) {
	for begin != '$' && begin != '%' {
		if begin, err = r.ReadByte(); err != nil {
			return 0, nil, err
		}
		switch begin {
		case '$', '%', '+', '-':
		default:
			return 0, nil, &ProtocolError{"a packet", fmt.Sprintf("it begins with the byte %#x", begin)}
		}
	}
	sum := byte(0)
	next := func() (byte, error) {
		c, err := r.ReadByte()
		if err == nil && c != '#' {
			sum += c
		}
		return c, err
	}
	for {
		c, err := next()
		if err != nil {
			return 0, nil, err
		}
		n := 1
		switch c {
		case '#':
			return begin, data, checkSum(r, sum)
		case escape:
			if c, err = next(); err == nil && c == '#' {
				err = &ProtocolError{"a packet", "it ends behind an escape"}
			}
			c ^= flip
		case repeat:
			var count byte
			count, err = next()
			if err == nil && (len(data) == 0 || count < repeatBase || count > '~' || count == '#' || count == '$') {
				err = &ProtocolError{"a packet", "a repetition makes no sense"}
			}
			if err == nil {
				c, n = data[len(data)-1], int(count)-repeatBase
			}
		}
		if err != nil {
			return 0, nil, err
		}
		if len(data)+n > limit {
			return 0, nil, &ProtocolError{"a packet", fmt.Sprintf("it is longer than %d bytes", limit)}
		}
		for range n {
			data = append(data, c)
		}
	}
}

// repeatBase is the byte that would repeat a byte 0 times.
const repeatBase = 29

func checkSum(r *bufio.Reader, sum byte) error {
	var text [2]byte
	for i := range text {
		c, err := r.ReadByte()
		if err != nil {
			return err
		}
		text[i] = c
	}
	want, err := strconv.ParseUint(string(text[:]), 16, 8)
	if err != nil {
		return &ProtocolError{"a packet", fmt.Sprintf("its checksum is %q", text)}
	}
	if byte(want) != sum {
		return &badSum{fmt.Sprintf("%02x", sum), string(text[:])}
	}
	return nil
}
