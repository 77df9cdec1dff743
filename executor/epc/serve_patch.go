package epc

import (
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/icache"
)

func (n *session) patch(u *unpacker) ([]byte, error) {
	at, b := u.addr(), u.bytes()
	if !u.done() {
		return nil, errArguments
	}
	return []byte{0}, n.memory.patch(at, b)
}

// patch changes bytes of finalized memory, while code runs that uses it.
func (a *allocations) patch(at executor.Addr, b []byte) error {
	a.patching.Lock()
	defer a.patching.Unlock()
	r := a.enter(a.around(at))
	if r == nil {
		return fmt.Errorf("no memory of this session is at %v", at)
	}
	defer a.leave(r)
	for len(b) > 0 {
		i := slices.IndexFunc(r.final, func(p pageRange) bool { return p.from <= at && at < p.to })
		if i < 0 || r.final[i].prot&executor.MemRead == 0 {
			return fmt.Errorf("what is at %v was not finalized, or is not there any more", at)
		}
		p := r.final[i]
		size := min(uint64(len(b)), uint64(p.to-at))
		if p.prot&executor.MemWrite != 0 {
			exchange(at, b[:size])
		} else if err := p.patch(at, b[:size], a.page); err != nil {
			return fmt.Errorf("replacing pages at %v: %w", at, err)
		}
		at, b = at+executor.Addr(size), b[size:]
	}
	return nil
}

// replacedWhole is up to how many bytes pages are replaced together, so that their mapping does not become several: a process may have some 65,000.
const replacedWhole = 64 << 10

// patch puts pages with other bytes in the place of pages that nobody can write.
func (p pageRange) patch(at executor.Addr, b []byte, page uint64) error {
	if p.size() > replacedWhole {
		mask := executor.Addr(page - 1)
		p.from, p.to = at&^mask, (at+executor.Addr(len(b))+mask)&^mask
	}
	fresh, err := mapPages(p.size(), 0, executor.MemRead|executor.MemWrite)
	if err != nil {
		return err
	}
	mem := hostMemory(fresh, p.size())
	copy(mem, hostMemory(p.from, p.size()))
	copy(mem[at-p.from:], b)
	if p.prot&executor.MemExec != 0 {
		icache.Sync(mem)
	}
	err = protectPages(fresh, p.size(), p.prot)
	if err == nil {
		err = movePages(fresh, p.size(), p.from)
	}
	if err != nil {
		_ = unmapPages(fresh, p.size()) // the other error says why
	}
	return err
}

// exchange writes to memory that code reads and writes meanwhile, word by word.
func exchange(at executor.Addr, b []byte) {
	for len(b) > 0 {
		lead := int(at % wordSize)
		n := min(wordSize-lead, len(b))
		word := (*uintptr)(unsafe.Pointer(unsafe.SliceData(hostMemory(at-executor.Addr(lead), wordSize))))
		for {
			was := atomic.LoadUintptr(word)
			now := hostOrderWord(was)
			copy(now[lead:], b[:n])
			if atomic.CompareAndSwapUintptr(word, was, inWord(now)) {
				break
			}
		}
		at, b = at+executor.Addr(n), b[n:]
	}
}
