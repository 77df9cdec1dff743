package memmgr

import "github.com/gomcjit/gomcjit/executor"

// lowEnd is where low addresses end: 2 GiB, the reach of a sign-extended 32-bit address (psABI, 3.5.1 "Architectural Constraints", small code
// model), less what code may add to a symbol's address.
const lowEnd = 2<<30 - 64<<20

// lowMapper reserves low addresses only.
type lowMapper struct{ Mapper }

// Reserve looks for room from the top down, which leaves that of the heap behind the program (brk) for last. A system that has other plans for a
// place reserves elsewhere. Wherever below lowEnd it is, near does not matter.
func (l lowMapper) Reserve(size int, _ executor.Addr) ([]byte, error) {
	step := max(size/8&^(blockSize-1), blockSize)
	for at := lowEnd - size; at > 0; at -= step {
		mem, err := l.Mapper.Reserve(size, executor.Addr(at))
		if err != nil {
			return nil, err
		}
		if uint64(addrOf(mem))+uint64(size) <= lowEnd {
			return mem, nil
		}
		if err := l.Mapper.Release(mem); err != nil {
			return nil, err
		}
	}
	return nil, ErrNoLowAddresses
}

// arenaMapper is where arenas come from. The views that a dual mapping is written through may lie anywhere.
func (m *SectionMemoryManager) arenaMapper() Mapper {
	if m.low {
		return lowMapper{m.mapper}
	}
	return m.mapper
}
