package memmgr

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// A codeMapper is a Mapper of a system that may refuse to execute memory which has been written, unless it is memory of a kind of its own. A manager with dual mappings then has
// arenas of that for code. The view that is written is a copy (MapDual), and what is in it is published by copying.
type codeMapper interface {
	Mapper

	// ReserveCode is ReserveDual for code. The memory runs from the beginning, and Protect does nothing to it.
	ReserveCode(size int, near executor.Addr) ([]byte, error)

	// WriteCode copies to such memory, while other threads may run what is beside it.
	WriteCode(run, work []byte)
}

// chooseDual finds out how code is mapped twice: as the system maps any memory, or in memory for code.
func (m *SectionMemoryManager) chooseDual() error {
	err := probeDual(m.mapper)
	if err == nil {
		return nil
	}
	c, ok := m.mapper.(codeMapper)
	if !ok || m.low {
		return err
	}
	if codeErr := tryCode(c, m.page); codeErr != nil {
		return errors.Join(err, codeErr)
	}
	m.code = c
	return nil
}

func tryCode(c codeMapper, page int) error {
	run, err := c.ReserveCode(page, 0)
	if err != nil {
		return fmt.Errorf("%w: memory for code: %w", ErrDualMapping, err)
	}
	if c.WriteCode(run, []byte{1}); run[0] != 1 {
		err = fmt.Errorf("%w: memory for code does not have what is written", ErrDualMapping)
	}
	return errors.Join(err, c.Release(run))
}

// reserveFirst makes the arenas that are kept as long as the manager: one, or one for code with the other behind it.
func (m *SectionMemoryManager) reserveFirst() error {
	size, near := m.size, executor.Addr(0)
	if m.code != nil {
		size /= 2
		a, err := m.reserveShare(m.code.ReserveCode, size, 0)
		if err != nil {
			return err
		}
		a.code, a.kept = true, true
		m.arenas = append(m.arenas, a)
		near = addrOf(a.whole) + executor.Addr(len(a.whole))
	}
	a, err := m.reserveShare(m.reserve, size, near)
	if err != nil {
		return errors.Join(err, m.releaseArenas())
	}
	a.kept = true
	m.arenas = append(m.arenas, a)
	return nil
}

// reserveShare is reserveArena that, where a process's address space is limited, takes a quarter of what there is: Go's heap, the stacks of C and other managers need some, too.
func (m *SectionMemoryManager) reserveShare(reserve reserver, size int, near executor.Addr) (*arena, error) {
	a, limited, err := reserveArena(reserve, size, m.page, near)
	quarter := 0
	if err == nil && limited {
		quarter = len(a.whole) / 4
	}
	if quarter < leastArena(m.page) {
		return a, err
	}
	if err := m.mapper.Release(a.whole); err != nil {
		return nil, err
	}
	a, _, err = reserveArena(reserve, quarter, m.page, near)
	return a, err
}

func (m *SectionMemoryManager) releaseArenas() error {
	var errs []error
	for _, a := range m.arenas {
		errs = append(errs, m.mapper.Release(a.whole))
	}
	m.arenas = nil
	return errors.Join(errs...)
}

// ownArena says whether a kind is in memory for code, and what reserves it.
func (m *SectionMemoryManager) ownArena(k Kind) (code bool, reserve reserver) {
	if m.code != nil && k == Code {
		return true, m.code.ReserveCode
	}
	return false, m.reserve
}
