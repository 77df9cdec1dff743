package epc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// Reserve implements executor.Memory. LLVM's executors take no hint.
func (p *Process) Reserve(size uint64, near executor.Addr) (executor.Addr, error) {
	op := fmt.Sprintf("reserving %d bytes", size)
	var args packer
	name := nameReserve
	if _, ok := p.symbols[nameReserveNear]; ok {
		name = nameReserveNear
		args.u64(size)
		args.addr(near)
	} else {
		args.addr(p.symbols[nameMemory])
		args.u64(size)
	}
	u, err := p.expect(op, name, args)
	if err != nil {
		return 0, err
	}
	base := u.addr()
	if err := p.check(op, u); err != nil {
		return 0, err
	}
	if base == 0 || uint64(base)%p.pageSize != 0 || uint64(base)+size < uint64(base) {
		return 0, p.link.end(&ProtocolError{"Result message", fmt.Sprintf("a reservation of %d bytes cannot be at %v", size, base)})
	}
	return base, nil
}

// Install implements executor.Memory: one round trip. If it fails the executor has released the reservation.
func (p *Process) Install(base executor.Addr, segments []executor.Segment) error {
	size, first := 64, true
	for i := range segments {
		size += len(segments[i].Content) + 32
		first = first && segments[i].Addr != base
	}
	args := make(packer, 0, size)
	args.addr(p.symbols[nameMemory])
	n := len(segments)
	if first {
		n++ // LLVM's executors know a reservation by its first segment
	}
	args.u64(uint64(n))
	if first {
		args.segment(&executor.Segment{Prot: executor.MemRead, Addr: base})
	}
	for i := range segments {
		args.segment(&segments[i])
	}
	args.u64(0) // no actions
	return p.succeed(fmt.Sprintf("installing the memory at %v", base), nameFinalize, args)
}

func (p *packer) segment(s *executor.Segment) {
	p.u8(uint8(s.Prot))
	p.addr(s.Addr)
	p.u64(s.Size)
	p.bytes(s.Content)
}

// Release implements executor.Memory.
func (p *Process) Release(bases ...executor.Addr) error {
	if len(bases) == 0 {
		return nil
	}
	var args packer
	args.addr(p.symbols[nameMemory])
	args.addrs(bases)
	return p.succeed("releasing memory", nameDeallocate, args)
}

// WriteMemory implements executor.MemoryAccess. An LLVM executor dies of an address that cannot be written.
func (p *Process) WriteMemory(at executor.Addr, b []byte) error {
	op := fmt.Sprintf("writing %d bytes at %v", len(b), at)
	args := make(packer, 0, len(b)+24)
	if _, ok := p.symbols[nameWrite]; ok {
		args.addr(at)
		args.bytes(b)
		return p.succeed(op, nameWrite, args)
	}
	args.u64(1)
	args.addr(at)
	args.bytes(b)
	_, err := p.service(op, nameWriteBuffers, args)
	return err
}

// CanPatch implements executor.Patcher: executors of this package can on Linux, LLVM's cannot.
func (p *Process) CanPatch() bool {
	_, ok := p.symbols[namePatch]
	return ok
}

// Patch implements executor.Patcher: the executor puts other pages in the place of those that nobody can write, and writes words to the others. Bytes have to be in memory that was installed. An executor
// that cannot do it is a *ServiceError.
func (p *Process) Patch(at executor.Addr, b []byte, _ bool) error {
	args := make(packer, 0, len(b)+24)
	args.addr(at)
	args.bytes(b)
	return p.succeed(fmt.Sprintf("patching %d bytes at %v", len(b), at), namePatch, args)
}

// Lookup implements executor.Symbols: it looks in the executor, its C library, and what it has loaded. __orc_rt_jit_dispatch is what code calls functions of this end with: see Handle.
func (p *Process) Lookup(names ...string) ([]executor.Addr, error) {
	handle, err := p.self()
	if err != nil {
		return nil, err
	}
	list, err := p.LookupIn(handle, names...)
	if err == nil {
		p.findDispatch(names, list)
	}
	return list, err
}

// self opens the process itself, once.
func (p *Process) self() (uint64, error) {
	l := &p.library
	l.Lock()
	defer l.Unlock()
	if l.open {
		return l.handle, nil
	}
	handle, err := p.OpenLibrary("")
	l.handle, l.open = handle, err == nil
	return handle, err
}

// OpenLibrary opens a shared library where the executor runs, and returns the executor's handle for it. "" is the executor itself.
func (p *Process) OpenLibrary(path string) (handle uint64, err error) {
	op := "opening the library " + path
	var args packer
	args.addr(p.symbols[nameLibraries])
	args.string(path)
	args.u64(0) // no mode is known
	u, err := p.expect(op, nameOpenLibrary, args)
	if err != nil {
		return 0, err
	}
	handle = u.u64()
	return handle, p.check(op, u)
}

// LookupIn returns the addresses of symbols of a library, 0 for those that it does not have.
func (p *Process) LookupIn(handle uint64, names ...string) ([]executor.Addr, error) {
	const op = "looking up symbols"
	var args packer
	args.addr(p.symbols[nameLibraries])
	args.u64(handle)
	args.u64(uint64(len(names)))
	for _, name := range names {
		args.string(name)
		args.bool(false) // not required: LLVM's answer to a name that is required names only the first one missing
	}
	u, err := p.expect(op, nameLookUp, args)
	if err != nil {
		return nil, err
	}
	n := u.u64()
	flags := uint64(len(u.rest)) == 10*n // each address has two bytes of flags, from 17 on
	if n != uint64(len(names)) {
		u.bad = true
	}
	list := make([]executor.Addr, len(names))
	for i := range list {
		if list[i] = u.addr(); flags {
			u.take(2)
		}
	}
	return list, p.check(op, u)
}

// RunMain calls the C function int main(int, char **) at fn with arguments, and returns its result. The function may take its time: see CallWrapper.
func (p *Process) RunMain(ctx context.Context, fn executor.Addr, argv ...string) (int, error) {
	const op = "running main"
	service, ok := p.symbols[nameRunAsMain]
	if !ok {
		return 0, &ServiceError{op, nameRunAsMain}
	}
	var args packer
	args.addr(fn)
	args.strings(argv)
	stop := p.watch()
	defer stop()
	b, err := p.call(ctx, op, service, args)
	if err != nil {
		return 0, err
	}
	u := &unpacker{rest: b}
	status := int64(u.u64())
	return int(status), p.check(op, u)
}

// watch asks for signs of life until it is stopped. An executor that gives none is as good as dead, and the connection is closed; so it is when a function takes too long.
func (p *Process) watch() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	if p.opts.call > 0 {
		late := time.AfterFunc(p.opts.call, func() { p.link.end(ErrCallTimeout) })
		context.AfterFunc(ctx, func() { late.Stop() })
	}
	if p.opts.heartbeat <= 0 {
		return cancel
	}
	go func() {
		tick := time.NewTicker(p.opts.heartbeat)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-p.link.ended:
				return
			case <-tick.C:
				// A look-up of nothing, which ends the connection if nothing comes. That the executor refuses it is a sign of life, too.
				if _, err := p.Lookup(); errors.Is(err, ErrTimeout) {
					return
				}
			}
		}
	}()
	return cancel
}
