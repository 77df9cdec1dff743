package gdbremote

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/gomcjit/gomcjit/executor"
)

// errNotReturned says that the time for a call was up.
var errNotReturned = errors.New("gdbremote: the function has not returned")

// Call implements executor.Process: see CallValues. On 32-bit processors arguments have 32 bits, and the high half of the result is that of a function of 64; on those
// of them that are big-endian such a result has its halves in the other order, since the low one is that of a function of 32.
func (p *Process) Call(fn executor.Addr, args ...uint64) (uint64, error) {
	return executor.CallIntegers(p, fn, args...)
}

// CallValues implements executor.Caller. The function runs in the thread that had stopped, below its stack, while all other threads stand still, but for those that it begins: they run as long as it does. Afterwards the thread has the
// registers that it had. A function that a signal ends, or a fault of a thread that it has begun, or that runs when the context is done, is broken off: it has not returned, and what it has done stays, locks that it has taken included.
// Some stubs notice no interruption (qemu-user 7.2): then the error is ErrTimeout, half a second after the end of the context, and the connection is closed.
//
// Errors are *SignalError, the context's cause, *ExitError if the function has ended the process, ErrNoMemory, and those of the connection.
func (p *Process) CallValues(ctx context.Context, fn executor.Addr, result executor.ValueKind, args ...executor.Value) (executor.Value, error) {
	defer p.turn()()
	ctx, cancel := p.limited(ctx)
	defer cancel()
	return p.call(ctx, fn, result, args)
}

func (p *Process) call(ctx context.Context, fn executor.Addr, result executor.ValueKind, args []executor.Value) (executor.Value, error) {
	v := executor.Value{Kind: result}
	if fn == 0 {
		return v, errors.New("gdbremote: the function to be called has address zero: is the symbol an undefined weak one?")
	}
	if ctx.Err() != nil {
		return v, context.Cause(ctx)
	}
	if err := p.help(); err != nil {
		return v, err
	}
	f, err := newFrame(p.arch, p.soft, args)
	if err != nil {
		return v, err
	}
	err = p.borrow(true, func(s *snapshot) error {
		back := p.memory.back
		if p.arch.pop != "" && result != executor.Integer {
			back = p.memory.pop
		}
		before, err := p.entering(s, f, fn, back)
		if err != nil {
			return err
		}
		if err := p.runTo(ctx, p.memory.back, before...); err != nil {
			return err
		}
		v.Bits, err = p.result(result)
		return err
	})
	if err != nil && p.reason == nil {
		err = fmt.Errorf("calling the function at %v: %w", fn, err)
	}
	return v, err
}

// borrow does something with the thread, and gives it back as it was: all of it, or but for registers that system calls keep.
func (p *Process) borrow(all bool, use func(s *snapshot) error) error {
	s, err := p.save(all)
	if err != nil {
		return err
	}
	err = use(s)
	if p.reason != nil || s.restored {
		return err
	}
	return errors.Join(err, p.restore(s))
}

// entering are the requests that make the thread begin a function.
func (p *Process) entering(s *snapshot, f *frame, fn, back executor.Addr) (list []request, err error) {
	sp := uint64(p.memory.stack)
	if sp == 0 {
		now, err := p.saved(s, p.regs.byName[p.arch.sp])
		if err != nil {
			return nil, err
		}
		sp = now - p.arch.below
	}
	at, content := f.at(sp, fn, back)
	if len(content) > 0 {
		list = p.writingAt(at, content)
	}
	if err := p.prepareThread(s, f.regs, fn&1 != 0); err != nil {
		return nil, err
	}
	regs, err := p.writing(s, f.regs)
	return append(list, regs...), err
}

// prepareThread sets what is neither an argument nor an address: flags, and that no system call is to go on.
func (p *Process) prepareThread(s *snapshot, c changes, odd bool) error {
	a := p.arch
	if r := p.regs.byName[a.flags]; r != nil {
		now, err := p.saved(s, r)
		if err != nil {
			return err
		}
		flags := now &^ a.clear &^ a.thumb
		if odd {
			flags |= a.thumb
		}
		c[a.flags] = a.append(nil, flags, r.size)
	}
	if r := p.regs.byName[a.interrupted]; r != nil && p.regs.way == wayG {
		c[a.interrupted] = a.append(nil, math.MaxUint64, r.size)
	}
	return nil
}

// result reads what a function has returned.
func (p *Process) result(kind executor.ValueKind) (uint64, error) {
	a := p.arch
	switch {
	case kind != executor.Integer && a.pop != "":
		return p.popped(kind)
	case kind != executor.Integer && !p.soft:
		n, err := p.number(a.float)
		switch {
		case kind == executor.Float && a.widened:
			n = uint64(math.Float32bits(float32(math.Float64frombits(n))))
		case kind == executor.Float:
			n &= math.MaxUint32
		}
		return n, err
	}
	n, err := p.number(a.result)
	if err != nil || a.word == 8 || kind == executor.Float {
		return n, err
	}
	high, err := p.number(a.high)
	return n&math.MaxUint32 | high<<32, err
}

// popTo is where the code that a function returns to has stored a number of 80 bits, in bytes from the stack pointer. (Stubs disagree on which register st0 is: qemu's is not the top of the stack.)
const popTo = -16

func (p *Process) popped(kind executor.ValueKind) (uint64, error) {
	sp, err := p.number(p.arch.sp)
	if err != nil {
		return 0, err
	}
	b, err := p.readAt(executor.Addr(int64(sp)+popTo), 10)
	if err != nil {
		return 0, err
	}
	f := float64Of80(b)
	if kind == executor.Float {
		return uint64(math.Float32bits(float32(f))), nil
	}
	return math.Float64bits(f), nil
}

// RunMain calls the C function int main(int, char **) at fn with arguments, which are in memory of the target's until it has returned, or has not been called. Errors are those of CallValues, Reserve and Install.
// If the target refuses to take that memory back, the error says where it is, and Release can try again.
func (p *Process) RunMain(ctx context.Context, fn executor.Addr, argv ...string) (status int, err error) {
	size := uint64(len(argv)+1) * uint64(p.arch.word)
	for _, arg := range argv {
		size += uint64(len(arg)) + 1
	}
	page := p.PageSize()
	size = (size + page - 1) &^ (page - 1)
	base, err := p.Reserve(size, 0)
	if err != nil {
		return 0, err
	}
	segment := executor.Segment{Prot: executor.MemRead | executor.MemWrite, Addr: base, Size: size, Content: p.argumentVector(base, argv)}
	if err := p.Install(base, []executor.Segment{segment}); err != nil {
		return 0, err
	}
	defer func() {
		if p.Err() == nil {
			err = errors.Join(err, p.Release(base))
		}
	}()
	v, err := p.CallValues(ctx, fn, executor.Integer, executor.IntValue(int64(len(argv))), executor.PointerValue(base))
	return int(int32(v.Bits)), err
}

// argumentVector lays argv out at an address: pointers, the zero behind them, strings.
func (p *Process) argumentVector(base executor.Addr, argv []string) []byte {
	word := p.arch.word
	at := uint64(base) + uint64((len(argv)+1)*word)
	var pointers, text []byte
	for _, arg := range argv {
		pointers = p.arch.append(pointers, at+uint64(len(text)), word)
		text = append(append(text, arg...), 0)
	}
	return append(append(pointers, make([]byte, word)...), text...)
}
