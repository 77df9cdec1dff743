package objimage

import (
	"errors"
	"runtime/debug"
	"sync"
)

// ErrTruncated is matched, by errors.Is, by errors about files that have been truncated while they were mapped: bytes that were read are not there any more.
var ErrTruncated = errors.New("the file has been truncated since it was opened")

// mappings are the Buffers that are mapped files.
var mappings struct {
	sync.Mutex
	list map[*Buffer]struct{}
}

// noteMapping and forgetMapping keep mappings.
func noteMapping(b *Buffer) {
	mappings.Lock()
	defer mappings.Unlock()
	if mappings.list == nil {
		mappings.list = map[*Buffer]struct{}{}
	}
	mappings.list[b] = struct{}{}
}

func forgetMapping(b *Buffer) {
	mappings.Lock()
	defer mappings.Unlock()
	delete(mappings.list, b)
}

// mappingAt returns the file that is mapped at an address, and the offset in it; nil if there is none.
func mappingAt(address uintptr) (*Buffer, uint64) {
	mappings.Lock()
	defer mappings.Unlock()
	for b := range mappings.list {
		if offset := address - addressOf(b.data); offset < uintptr(len(b.data)) {
			return b, uint64(offset)
		}
	}
	return nil, 0
}

// Guard runs a function that reads Buffers: their bytes, and what objects and archives have of them. If a file that is mapped has been truncated meanwhile, reading it is an error of ErrTruncated, a *FormatError that names the file, in place of
// the end of the program (SIGBUS). The function is left where it was, as by a panic, with its deferred functions run. All else that it panics with goes on. The functions of this package that parse, and those of package runtimedyld that load
// and link, do that themselves; who reads an Object's contents, symbols and relocations has to, if the file may be truncated.
//
// It holds for the goroutine that it is called on, and costs some nanoseconds.
func Guard(read func() error) (err error) {
	defer func(before bool) {
		debug.SetPanicOnFault(before)
		fault := recover()
		if fault == nil {
			return
		}
		at, ok := fault.(interface{ Addr() uintptr }) // of runtime.Error, for memory that cannot be accessed
		if !ok {
			panic(fault)
		}
		b, offset := mappingAt(at.Addr())
		if b == nil {
			panic(fault)
		}
		err = &FormatError{Object: b.name, Offset: offset, Msg: "read beyond the end; load it anew, and replace files by renaming", Err: ErrTruncated}
	}(debug.SetPanicOnFault(true))
	return read()
}
