package epc

import (
	"encoding/binary"

	"github.com/gomcjit/gomcjit/executor"
)

// LLVM's Simple Packed Serialization: numbers in little-endian order without padding, a sequence behind its count of 64 bits.

// A packer appends values.
type packer []byte

func (p *packer) u8(v uint8)           { *p = append(*p, v) }
func (p *packer) u64(v uint64)         { *p = binary.LittleEndian.AppendUint64(*p, v) }
func (p *packer) addr(a executor.Addr) { p.u64(uint64(a)) }
func (p *packer) bytes(b []byte)       { p.u64(uint64(len(b))); *p = append(*p, b...) }
func (p *packer) string(s string)      { p.u64(uint64(len(s))); *p = append(*p, s...) }
func (p *packer) addrs(a []executor.Addr) {
	p.u64(uint64(len(a)))
	for _, a := range a {
		p.addr(a)
	}
}

func (p *packer) bool(b bool) {
	if b {
		p.u8(1)
	} else {
		p.u8(0)
	}
}

func (p *packer) strings(list []string) {
	p.u64(uint64(len(list)))
	for _, s := range list {
		p.string(s)
	}
}

// An unpacker takes values from the front. Once something is missing it gives zeros, and bad is set. Byte strings share its memory.
type unpacker struct {
	rest []byte
	bad  bool
}

func (u *unpacker) take(n uint64) []byte {
	if n > uint64(len(u.rest)) {
		u.rest, u.bad = nil, true
		return nil
	}
	b := u.rest[:n:n]
	u.rest = u.rest[n:]
	return b
}

func (u *unpacker) u8() uint8 {
	if b := u.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (u *unpacker) u64() uint64 {
	if b := u.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// bool takes a byte that has to be 0 or 1.
func (u *unpacker) bool() bool {
	b := u.u8()
	u.bad = u.bad || b > 1
	return b == 1
}

func (u *unpacker) addr() executor.Addr { return executor.Addr(u.u64()) }
func (u *unpacker) bytes() []byte       { return u.take(u.u64()) }
func (u *unpacker) string() string      { return string(u.bytes()) }

// count takes the count of a sequence whose elements have size bytes at least: there are never more than bytes for them.
func (u *unpacker) count(size int) int {
	n := u.u64()
	if n > uint64(len(u.rest)/size) {
		u.rest, u.bad = nil, true
		return 0
	}
	return int(n)
}

func (u *unpacker) addrs() []executor.Addr {
	list := make([]executor.Addr, u.count(8))
	for i := range list {
		list[i] = u.addr()
	}
	return list
}

func (u *unpacker) strings() []string {
	list := make([]string, u.count(8))
	for i := range list {
		list[i] = u.string()
	}
	return list
}

// done reports whether all was there, and nothing else.
func (u *unpacker) done() bool { return !u.bad && len(u.rest) == 0 }

// failure is how a function that returns SPSError or SPSExpected says that it failed: for an SPSError true means an error, for an SPSExpected a value.
func failure(expected bool, err error) []byte {
	var p packer
	p.bool(!expected)
	p.string(err.Error())
	return p
}
