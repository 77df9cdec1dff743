package gdbremote

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// This file understands what stubs answer: "Packets", "Stop Reply Packets" and "General Query Packets" of appendix E of GDB's manual.

// refusal returns the code of an error: E and two digits, or E. and words. lldb-server adds words behind a semicolon.
func refusal(reply []byte) (code string, ok bool) {
	if len(reply) < 2 || reply[0] != 'E' {
		return "", false
	}
	if reply[1] == '.' {
		return string(reply[2:]), true
	}
	code, _, _ = strings.Cut(string(reply[1:]), ";")
	if _, err := strconv.ParseUint(code, 16, 8); err != nil || len(code) != 2 {
		return "", false
	}
	return code, true
}

// unhex decodes bytes in hexadecimal. "x" stands for digits that the stub does not know; they are 0, and known is false.
func unhex(text []byte) (b []byte, known, ok bool) {
	known = true
	b = make([]byte, len(text)/2)
	for i := range b {
		pair := text[2*i : 2*i+2]
		if pair[0] == 'x' && pair[1] == 'x' {
			known = false
			continue
		}
		if _, err := hex.Decode(b[i:i+1], pair); err != nil {
			return nil, false, false
		}
	}
	return b, known, len(text)%2 == 0
}

// parseSupported takes what the stub says of itself: name=value is the value, name+ is "+".
func parseSupported(reply string) map[string]string {
	features := map[string]string{}
	for item := range strings.SplitSeq(reply, ";") {
		name, value, hasValue := strings.Cut(item, "=")
		switch {
		case hasValue:
			features[name] = value
		case strings.HasSuffix(item, "+"):
			features[item[:len(item)-1]] = "+"
		}
	}
	return features
}

// A stop is why the target does not run.
type stop struct {
	kind   byte   // S and T: a signal; W: it has exited; X: a signal has ended it; N: no thread is left that runs
	signal int    // GDB's number
	status int    // of exit
	thread string // which has stopped, "" if nobody says

	registers map[int][]byte // that the stub tells of by itself, by number
}

// ended says whether there is no process any more.
func (s *stop) ended() bool { return s.kind == 'W' || s.kind == 'X' }

// parseStop understands a stop reply.
func parseStop(reply []byte) (*stop, error) {
	if len(reply) == 1 && reply[0] == 'N' {
		return &stop{kind: 'N'}, nil
	}
	if len(reply) < 3 {
		return nil, fmt.Errorf("%q is no stop reply", reply)
	}
	s := &stop{kind: reply[0]}
	rest := string(reply[1:])
	digits, _, _ := strings.Cut(rest, ";")
	if s.kind != 'W' {
		digits = rest[:2]
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		return nil, fmt.Errorf("%q is no stop reply", reply)
	}
	switch s.kind {
	case 'W':
		s.status = int(int32(n))
	case 'X', 'S':
		s.signal = int(n)
	case 'T':
		s.signal = int(n)
		for pair := range strings.SplitSeq(rest[2:], ";") {
			name, value, _ := strings.Cut(pair, ":")
			if name == "thread" {
				s.thread = value
			} else if num, err := strconv.ParseUint(name, 16, 16); err == nil {
				if b, known, ok := unhex([]byte(value)); ok && known {
					if s.registers == nil {
						s.registers = map[int][]byte{}
					}
					s.registers[int(num)] = b
				}
			}
		}
		if !isThread(s.thread) {
			return nil, fmt.Errorf("%q is no thread", s.thread)
		}
	default:
		return nil, fmt.Errorf("%q is no stop reply", reply)
	}
	return s, nil
}

// isThread says whether text is what can stand for a thread in a packet: hexadecimal numbers, of a process and of a thread; or nothing.
func isThread(text string) bool {
	return len(text) < 40 && strings.Trim(text, "0123456789abcdefABCDEFp.") == ""
}

// parseAuxv understands an ELF auxiliary vector: pairs of words.
func (a *arch) parseAuxv(b []byte) map[uint64]uint64 {
	values := map[uint64]uint64{}
	for word := a.word; len(b) >= 2*word; b = b[2*word:] {
		key, value := a.number(b[:word]), a.number(b[word:2*word])
		if key == 0 {
			break
		}
		values[key] = value
	}
	return values
}

// number returns a number of up to 8 bytes, in the processor's order; of more the low ones.
func (a *arch) number(b []byte) (n uint64) {
	if !a.big {
		return littleEndian(b)
	}
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// append appends the low bytes of a number, in the processor's order.
func (a *arch) append(b []byte, n uint64, size int) []byte {
	from := len(b)
	b = appendLittleEndian(b, n, size)
	if a.big {
		slices.Reverse(b[from:])
	}
	return b
}

// littleEndian returns a number of up to 8 bytes.
func littleEndian(b []byte) (n uint64) {
	for i := min(len(b), 8) - 1; i >= 0; i-- {
		n = n<<8 | uint64(b[i])
	}
	return n
}

// appendLittleEndian appends the low bytes of a number.
func appendLittleEndian(b []byte, n uint64, size int) []byte {
	for range size {
		b = append(b, byte(n))
		n >>= 8
	}
	return b
}
