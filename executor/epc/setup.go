package epc

import (
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// A setup is what an executor says of itself.
type setup struct {
	triple   string
	pageSize uint64
	symbols  map[string]executor.Addr
}

// parseSetup understands the Setup message of any version. Up to 16 there is a list of names with addresses behind the page size; from 17 on a list of names
// with byte strings, and then that of addresses. Only one reading uses up the message, since addresses are no sizes of strings.
func parseSetup(m *message) (*setup, error) {
	switch {
	case m.op != opSetup:
		return nil, &ProtocolError{m.op.String(), "an executor has to begin with a Setup message"}
	case m.seq != 0:
		return nil, &ProtocolError{m.op.String(), "its sequence number is not zero"}
	case m.tag != 0:
		return nil, &ProtocolError{m.op.String(), "its tag is not zero"}
	}
	u := unpacker{rest: m.payload}
	s := &setup{triple: u.string(), pageSize: u.u64()}
	older, newer := u, u
	if s.symbols = unpackSymbols(&older); !older.done() {
		for range newer.count(16) {
			newer.bytes()
			newer.bytes()
		}
		if s.symbols = unpackSymbols(&newer); !newer.done() {
			return nil, &ProtocolError{m.op.String(), "it has not the form of LLVM 14 to 19"}
		}
	}
	if s.pageSize < 1<<9 || s.pageSize > 1<<24 || s.pageSize&(s.pageSize-1) != 0 {
		return nil, &ProtocolError{m.op.String(), fmt.Sprintf("pages of %d bytes make no sense", s.pageSize)}
	}
	return s, nil
}

func unpackSymbols(u *unpacker) map[string]executor.Addr {
	n := u.count(16)
	symbols := make(map[string]executor.Addr, min(n, 256)) // more as they come
	for range n {
		name := u.string()
		symbols[name] = u.addr()
	}
	return symbols
}

// A symbol is a name with its address.
type symbol struct {
	name string
	addr executor.Addr
}

// setupPayload makes the payload of a Setup message that controllers up to 16 read with one list of symbols, and those from 17 on with another. Nobody minds bytes behind what he
// reads. The older ones see:
//
//	the number n of symbols, a name that means nothing with the number of bytes of the symbols behind it for an address, the symbols
//
// To newer ones this begins a map of n byte strings: the name, which means nothing, with all those symbols for its value. n-1 further entries without values follow,
// and then the list that is theirs.
func setupPayload(triple string, pageSize uint64, older, newer []symbol) []byte {
	var list packer
	for _, s := range older {
		list.string(s.name)
		list.addr(s.addr)
	}
	var p packer
	p.string(triple)
	p.u64(pageSize)
	p.u64(uint64(len(older)) + 1)
	p.string("gomcjit")
	p.bytes(list)
	for i := range older {
		p.string(fmt.Sprintf("gomcjit %d", i+1))
		p.bytes(nil)
	}
	p.u64(uint64(len(newer)))
	for _, s := range newer {
		p.string(s.name)
		p.addr(s.addr)
	}
	return p
}
