package epc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// A service is a function that controllers call by its address.
type service struct {
	name  string
	run   func(n *session, u *unpacker) ([]byte, error)
	fails failureForm
	ours  bool // whoever calls it understands errors in place of results
}

// A failureForm is how a service says that it has failed.
type failureForm uint8

const (
	failsInError    failureForm = iota // it returns an SPSError
	failsInExpected                    // it returns an SPSExpected
	failsOutside                       // its result has no room for an error
)

// commonServices are those of all versions, and how they are called.
var commonServices = []service{
	{nameDispatchContext, unavailable, failsOutside, false}, // one address is as good as another
	{nameDispatchFunction, unavailable, failsOutside, false},
	{nameLibraries, unavailable, failsOutside, false},
	{nameOpenLibrary, (*session).openLibrary, failsInExpected, false},
	{nameMemory, unavailable, failsOutside, false},
	{nameReserve, (*session).reserve, failsInExpected, false},
	{nameFinalize, (*session).finalize, failsInError, false},
	{nameDeallocate, (*session).deallocate, failsInError, false},
	{nameWriteUint8s, writeNumbers(1), failsOutside, false},
	{nameWriteUint16s, writeNumbers(2), failsOutside, false},
	{nameWriteUint32s, writeNumbers(4), failsOutside, false},
	{nameWriteUint64s, writeNumbers(8), failsOutside, false},
	{nameWriteBuffers, (*session).writeBuffers, failsOutside, false},
	{nameRunAsMain, (*session).runAsMain, failsOutside, false},
	{nameRegisterEH2, (*session).registerFrames, failsInError, false},
	{nameDeregisterEH2, (*session).deregisterFrames, failsInError, false},
	{nameRegisterGDB, (*session).registerDebug, failsInError, false},
	{nameActionGDB, (*session).registerDebug, failsInError, false},
}

// olderServices are what controllers up to LLVM 16 see, newerServices what those from 17 on see, and a Process.
var (
	olderServices = append([]service{
		{nameLookUp, lookUp(false), failsInExpected, false},
		{nameRegisterEH, (*session).registerFrames, failsInError, false},
		{nameDeregisterEH, (*session).deregisterFrames, failsInError, false},
		{nameRunAsVoid, (*session).runAsVoid, failsOutside, false},
		{nameRunAsInt, (*session).runAsInt, failsOutside, false},
	}, commonServices...)
	newerServices = slices.Concat([]service{
		{nameLookUp, lookUp(true), failsInExpected, false},
		{nameRunAsVoid, (*session).runAsVoid, failsOutside, false},
		{nameRunAsInt, (*session).runAsInt, failsOutside, false},
		{nameCall, (*session).call, failsInExpected, true},
		{nameRead, (*session).read, failsInExpected, true},
		{nameWrite, (*session).writeMemory, failsInError, true},
		{nameReserveNear, (*session).reserveNear, failsInExpected, true},
		{nameDeregisterGDB, (*session).deregisterDebug, failsInError, true},
		{nameCrash, unavailable, failsOutside, true},
	}, patchServices(patchable), commonServices)
)

// patchServices are those for code that changes while it runs, where there are any.
func patchServices(there bool) []service {
	if !there {
		return nil
	}
	return []service{{namePatch, (*session).patch, failsInError, true}}
}

// unavailable is what is in the list for its address only.
func unavailable(*session, *unpacker) ([]byte, error) {
	return nil, errors.New("this is no function")
}

// libraries are those that a controller has opened, by handle.
type libraries struct {
	mu   sync.Mutex
	open []Library
}

// A processLibrary is the process, in which the libraries that the session has opened are seen as well: LLVM's executors open them for all to see (RTLD_GLOBAL).
type processLibrary struct {
	Library
	opened *libraries
}

// Lookup looks in the process first, and then in the libraries, in the order in which they were opened.
func (p processLibrary) Lookup(name string) (executor.Addr, bool) {
	if a, ok := p.Library.Lookup(name); ok {
		return a, true
	}
	p.opened.mu.Lock()
	list := p.opened.open
	p.opened.mu.Unlock()
	for _, l := range list {
		if _, process := l.(processLibrary); process {
			continue
		}
		if a, ok := l.Lookup(name); ok {
			return a, true
		}
	}
	return 0, false
}

func (l *libraries) find(handle uint64) Library {
	l.mu.Lock()
	defer l.mu.Unlock()
	if handle >= uint64(len(l.open)) {
		return nil
	}
	return l.open[handle]
}

func (n *session) openLibrary(u *unpacker) ([]byte, error) {
	_, path, mode := u.addr(), u.string(), u.u64()
	if !u.done() {
		return nil, errArguments
	}
	if mode != 0 {
		return nil, errors.New("open: non-zero mode bits not yet supported")
	}
	library, err := n.host.library(path)
	if err != nil {
		return nil, err
	}
	l := &n.libraries
	if path == "" {
		library = processLibrary{library, l}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, library)
	var p packer
	p.bool(true)
	p.u64(uint64(len(l.open) - 1))
	return p, nil
}

// exported are the flags of symbols that look-ups find: JITSymbolFlags::Exported, and none of the target's.
const exported = 1 << 4

// lookUp looks up symbols, some of them required; with flags, as LLVM 17 and later want it.
func lookUp(flags bool) func(*session, *unpacker) ([]byte, error) {
	return func(n *session, u *unpacker) ([]byte, error) {
		_, handle := u.addr(), u.u64()
		library := n.libraries.find(handle)
		count := u.count(9)
		var p packer
		p.bool(true)
		p.u64(uint64(count))
		var missing error
		for range count {
			name, required := u.string(), u.bool()
			addr, ok := n.lookupOne(library, name)
			if !ok && required && missing == nil {
				//lint:ignore ST1005 LLVM's words
				missing = fmt.Errorf("Missing definition for %s", name)
			}
			p.addr(addr)
			if flags && ok {
				p = append(p, exported, 0)
			} else if flags {
				p = append(p, 0, 0)
			}
		}
		switch {
		case !u.done():
			return nil, errArguments
		case library == nil:
			return nil, fmt.Errorf("there is no library with the handle %d", handle)
		}
		return p, missing
	}
}

// lookupOne finds a symbol, or a service that controllers look up like one.
func (n *session) lookupOne(library Library, name string) (executor.Addr, bool) {
	switch name {
	case nameRegisterEH2, nameDeregisterEH2, nameRegisterGDB, nameActionGDB:
		for _, s := range n.older {
			if s.name == name {
				return s.addr, true
			}
		}
	}
	if library == nil {
		return 0, false
	}
	addr, ok := library.Lookup(name)
	if ok {
		n.tables.learn(library, name, addr)
		if slices.Contains(pins, name) {
			n.memory.pinned.Store(true)
		}
	}
	return addr, ok
}

func (n *session) reserve(u *unpacker) ([]byte, error) {
	_, size := u.addr(), u.u64()
	return n.reserved(u, size, 0)
}

func (n *session) reserveNear(u *unpacker) ([]byte, error) {
	size, near := u.u64(), u.addr()
	return n.reserved(u, size, near)
}

func (n *session) reserved(u *unpacker, size uint64, near executor.Addr) ([]byte, error) {
	if !u.done() {
		return nil, errArguments
	}
	base, err := n.memory.reserve(size, near)
	var p packer
	p.bool(true)
	p.addr(base)
	return p, err
}

func (n *session) finalize(u *unpacker) ([]byte, error) {
	u.addr()
	segments, actions := unpackFinalize(u)
	if !u.done() {
		return nil, errArguments
	}
	return []byte{0}, n.memory.finalize(n, segments, actions)
}

func (n *session) deallocate(u *unpacker) ([]byte, error) {
	u.addr()
	bases := u.addrs()
	if !u.done() {
		return nil, errArguments
	}
	return []byte{0}, n.memory.release(n, bases, false)
}

// writeNumbers writes a list of numbers, each at its address.
func writeNumbers(size uint64) func(*session, *unpacker) ([]byte, error) {
	return func(_ *session, u *unpacker) ([]byte, error) {
		check := *u
		for range check.count(8 + int(size)) {
			check.take(8 + size)
		}
		if !check.done() {
			return nil, errArguments
		}
		for range u.u64() {
			at, number := u.addr(), u.take(size)
			if err := writeHost(at, hostOrder(number)); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}
}

// hostOrder turns a number of a message into one of this process.
func hostOrder(number []byte) []byte {
	native := make([]byte, len(number))
	for i, b := range number {
		if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
			native[i] = b
		} else {
			native[len(number)-1-i] = b
		}
	}
	return native
}

func (n *session) writeBuffers(u *unpacker) ([]byte, error) {
	check := *u
	for range check.count(16) {
		check.addr()
		check.bytes()
	}
	if !check.done() {
		return nil, errArguments
	}
	for range u.u64() {
		at := u.addr()
		if err := writeHost(at, u.bytes()); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (n *session) writeMemory(u *unpacker) ([]byte, error) {
	at, b := u.addr(), u.bytes()
	if !u.done() {
		return nil, errArguments
	}
	return []byte{0}, writeHost(at, b)
}

func (n *session) read(u *unpacker) ([]byte, error) {
	at, size := u.addr(), u.u64()
	if !u.done() {
		return nil, errArguments
	}
	const head = headerSize + 1 + 8
	if size > n.opts.limit-head {
		return nil, fmt.Errorf("%d bytes are more than a message can have", size)
	}
	p := make(packer, 0, head)
	p.bool(true)
	p.u64(size)
	// Memory is taken as there is something to read.
	for size > 0 {
		piece := min(size, trustedSize)
		p = append(p, make([]byte, piece)...)
		if err := readHost(at, p[uint64(len(p))-piece:]); err != nil {
			return nil, err
		}
		at += executor.Addr(piece)
		size -= piece
	}
	return p, nil
}

func (n *session) runAsMain(u *unpacker) ([]byte, error) {
	fn, argv := u.addr(), u.strings()
	if !u.done() {
		return nil, errArguments
	}
	status, err := inprocess.RunMain(fn, argv, n.host.Environ)
	var p packer
	p.u64(uint64(int64(status)))
	return p, err
}

func (n *session) runAsVoid(u *unpacker) ([]byte, error) {
	fn := u.addr()
	if !u.done() {
		return nil, errArguments
	}
	result, err := inprocess.Process{}.Call(fn)
	return binary.LittleEndian.AppendUint32(nil, uint32(result)), err
}

func (n *session) runAsInt(u *unpacker) ([]byte, error) {
	fn, arg := u.addr(), u.take(4)
	if !u.done() {
		return nil, errArguments
	}
	result, err := inprocess.Process{}.Call(fn, uint64(binary.LittleEndian.Uint32(arg)))
	return binary.LittleEndian.AppendUint32(nil, uint32(result)), err
}

// call calls a function of any type of numbers.
func (n *session) call(u *unpacker) ([]byte, error) {
	fn, kind := u.addr(), executor.ValueKind(u.u8())
	args := make([]executor.Value, u.count(9))
	for i := range args {
		args[i] = executor.Value{Kind: executor.ValueKind(u.u8()), Bits: u.u64()}
	}
	if !u.done() {
		return nil, errArguments
	}
	result, err := callValues(fn, kind, args)
	if err == nil && len(args) == 1 {
		n.tables.note(fn, executor.Addr(args[0].Bits))
	}
	var p packer
	p.bool(true)
	p.u64(result)
	return p, err
}

func callValues(fn executor.Addr, kind executor.ValueKind, args []executor.Value) (uint64, error) {
	types := make([]*inprocess.Type, len(args))
	values := make([]inprocess.Value, len(args))
	for i, a := range args {
		if types[i] = cType(a.Kind); types[i] == nil {
			return 0, errArguments
		}
		if a.Kind == executor.Integer {
			values[i] = inprocess.PointerValue(executor.Addr(a.Bits))
		} else {
			values[i] = inprocess.FloatValue(types[i], a.Float())
		}
	}
	result := cType(kind)
	if result == nil {
		return 0, errArguments
	}
	sig, err := inprocess.NewSignature(result, types...)
	if err != nil {
		return 0, err
	}
	v, err := inprocess.Call(fn, sig, values...)
	if err != nil {
		return 0, err
	}
	switch kind {
	case executor.Double:
		return math.Float64bits(v.Float()), nil
	case executor.Float:
		return uint64(math.Float32bits(float32(v.Float()))), nil
	}
	return uint64(v.Pointer()), nil
}

// cType is the type of C of a kind, nil if there is no such kind.
func cType(k executor.ValueKind) *inprocess.Type {
	switch k {
	case executor.Integer:
		return inprocess.Pointer
	case executor.Double:
		return inprocess.Float64
	case executor.Float:
		return inprocess.Float32
	}
	return nil
}
