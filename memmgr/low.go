package memmgr

import "github.com/gomcjit/gomcjit/executor"

// lowEnd is where low addresses end: 2 GiB, the reach of a sign-extended 32-bit address (psABI, 3.5.1 "Architectural Constraints", small code
// model), less what code may add to a symbol's address.
const lowEnd = 2<<30 - 64<<20

// reserveLow reserves low addresses only. It looks for room from the top down, which leaves that of the heap behind the program (brk) for last. A system that has other
// plans for a place reserves elsewhere. Wherever below lowEnd it is, does not matter.
func (m *SectionMemoryManager) reserveLow(reserve reserver, size int) ([]byte, error) {
	step := max(size/8&^(blockSize-1), blockSize)
	for at := lowEnd - size; at > 0; at -= step {
		mem, err := reserve(size, executor.Addr(at))
		if err != nil {
			return nil, err
		}
		if uint64(addrOf(mem))+uint64(size) <= lowEnd {
			return mem, nil
		}
		if err := m.mapper.Release(mem); err != nil {
			return nil, err
		}
	}
	return nil, ErrNoLowAddresses
}

// reserve reserves memory for an arena.
func (m *SectionMemoryManager) reserve(size int, near executor.Addr) ([]byte, error) {
	reserve := m.mapper.Reserve
	if m.dual {
		reserve = m.mapper.ReserveDual
	}
	if m.low {
		return m.reserveLow(reserve, size)
	}
	return reserve(size, near)
}
