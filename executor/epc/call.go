package epc

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
)

// LLVM's executors call functions of one type only, CWrapperFunctionResult(const char *, size_t), and main. To call others there are a few instructions that are installed in the
// executor when they are first needed: testdata/bridge_x86_64.s says what they do. A Server has a service for it.

//go:embed testdata/bridge_x86_64.bin
var bridgeCode []byte

// Where the bridge's functions begin.
const (
	bridgeInteger  = 0
	bridgeFloating = 8
	bridgeRead     = 0xa0
)

// Registers and words of a bridge call.
const (
	integerRegisters = 6
	floatRegisters   = 8
	maxStackWords    = 1000
)

// An ArchError says that functions of an executor for a processor cannot be called: only its own services, main, and wrapper functions.
type ArchError struct{ Triple string }

// Error names the executor's target triple.
func (e *ArchError) Error() string {
	return "epc: functions of LLVM's executors can be called on x86-64 only, and this one is for " + e.Triple + "; use mcjit executor"
}

// Call implements executor.Process. It takes the time that the function takes; while it does there are signs of life: see WithHeartbeat.
func (p *Process) Call(fn executor.Addr, args ...uint64) (uint64, error) {
	return executor.CallIntegers(p, fn, args...)
}

// CallValues implements executor.Caller. Errors are *ArchError, *RemoteError, the context's, and those of the connection. A function that ends the executor is ErrDisconnected.
func (p *Process) CallValues(ctx context.Context, fn executor.Addr, result executor.ValueKind, args ...executor.Value) (executor.Value, error) {
	v := executor.Value{Kind: result}
	op := fmt.Sprintf("calling the function at %v", fn)
	if fn == 0 {
		return v, fmt.Errorf("epc: %s: its address is zero: is the symbol an undefined weak one?", op)
	}
	stop := p.watch()
	defer stop()
	if service, ok := p.symbols[nameCall]; ok {
		b, err := p.call(ctx, op, service, packCall(fn, result, args))
		if err != nil {
			return v, err
		}
		u := &unpacker{rest: b}
		if !u.bool() {
			return v, p.refusal(op, u)
		}
		v.Bits = u.u64()
		return v, p.check(op, u)
	}
	bridge, err := p.bridgeAt()
	if err != nil {
		return v, err
	}
	data, err := bridgeArguments(fn, args)
	if err != nil {
		return v, err
	}
	entry := bridge + bridgeInteger
	if result != executor.Integer {
		entry = bridge + bridgeFloating
	}
	b, err := p.call(ctx, op, entry, data)
	if err != nil {
		return v, err
	}
	u := &unpacker{rest: b}
	v.Bits = u.u64()
	return v, p.check(op, u)
}

func packCall(fn executor.Addr, result executor.ValueKind, args []executor.Value) []byte {
	var p packer
	p.addr(fn)
	p.u8(uint8(result))
	p.u64(uint64(len(args)))
	for _, a := range args {
		p.u8(uint8(a.Kind))
		p.u64(a.Bits)
	}
	return p
}

// bridgeArguments lays the arguments of a function out as the System V ABI for x86-64, 3.2.3, passes them.
func bridgeArguments(fn executor.Addr, args []executor.Value) ([]byte, error) {
	var integers [integerRegisters]uint64
	var floats [floatRegisters]uint64
	var stack []uint64
	i, f := 0, 0
	for _, a := range args {
		switch {
		case a.Kind == executor.Integer && i < len(integers):
			integers[i] = a.Bits
			i++
		case a.Kind != executor.Integer && f < len(floats):
			floats[f] = a.Bits
			f++
		default:
			stack = append(stack, a.Bits)
		}
	}
	if len(stack) > maxStackWords {
		return nil, fmt.Errorf("epc: calling the function at %v: %d arguments are too many", fn, len(args))
	}
	var p packer
	p.addr(fn)
	for _, list := range [...][]uint64{integers[:], floats[:], {uint64(len(stack))}, stack} {
		for _, word := range list {
			p.u64(word)
		}
	}
	return p, nil
}

// bridgeAt returns where the bridge is, and installs it when it is needed first.
func (p *Process) bridgeAt() (executor.Addr, error) {
	p.bridge.Lock()
	defer p.bridge.Unlock()
	if p.bridge.base != 0 {
		return p.bridge.base, nil
	}
	if !strings.HasPrefix(p.triple, "x86_64") {
		return 0, &ArchError{p.triple}
	}
	size := max(p.pageSize, uint64(len(bridgeCode)))
	base, err := p.Reserve(size, 0)
	if err != nil {
		return 0, err
	}
	err = p.Install(base, []executor.Segment{{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: size, Content: bridgeCode}})
	if err != nil {
		return 0, err
	}
	p.bridge.base = base
	return base, nil
}

// ReadMemory implements executor.MemoryAccess. An LLVM executor dies of an address that cannot be read.
func (p *Process) ReadMemory(at executor.Addr, n uint64) ([]byte, error) {
	op := fmt.Sprintf("reading %d bytes at %v", n, at)
	if n > p.opts.limit-headerSize-16 {
		return nil, fmt.Errorf("epc: %s: it is more than a message can be; see WithMessageLimit", op)
	}
	if _, ok := p.symbols[nameRead]; ok {
		var args packer
		args.addr(at)
		args.u64(n)
		u, err := p.expect(op, nameRead, args)
		if err != nil {
			return nil, err
		}
		b := u.bytes()
		u.bad = u.bad || uint64(len(b)) != n
		return b, p.check(op, u)
	}
	return p.readByBridge(op, at, n)
}

func (p *Process) readByBridge(op string, at executor.Addr, n uint64) ([]byte, error) {
	bridge, err := p.bridgeAt()
	if err != nil || n == 0 {
		return nil, err
	}
	functions, err := p.Lookup("malloc", "memcpy")
	if err != nil {
		return nil, err
	}
	if functions[0] == 0 || functions[1] == 0 {
		return nil, &ServiceError{op, "malloc and memcpy"}
	}
	// Results of up to 8 bytes are not in memory of malloc: more is read, from before the place, whose page is there, or behind.
	from, size := at, n
	if size < 16 {
		size = 16
		if uint64(at)%p.pageSize+size > p.pageSize {
			from = at + executor.Addr(n) - 16
		}
	}
	var args packer
	args.addr(from)
	args.u64(size)
	args.addr(functions[0])
	args.addr(functions[1])
	b, err := p.timed(op, bridge+bridgeRead, args)
	if err != nil {
		return nil, err
	}
	if uint64(len(b)) != size {
		return nil, &RemoteError{op, "out of memory"}
	}
	return b[at-from:][:n:n], nil
}
