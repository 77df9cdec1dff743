package epc

import (
	"fmt"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
)

// What code is linked with that calls functions of its controller (LLVM's ORC runtime, orc-rt/c_api.h): a function
//
//	CWrapperFunctionResult __orc_rt_jit_dispatch(void *ctx, const void *tag, const char *data, size_t size)
//
// and what it takes as ctx. Each executor names both in its Setup message.
var dispatchSymbols = map[string]string{
	"__orc_rt_jit_dispatch":     nameDispatchFunction,
	"__orc_rt_jit_dispatch_ctx": nameDispatchContext,
}

// A Handler is a function of the controller that code in the executor calls, with bytes, and which returns bytes. To the caller an error is an out-of-band one; in LLVM's executors, which
// would take its text for a result, an empty result.
type Handler func(args []byte) ([]byte, error)

// handlers are functions of the controller, by the tags by which code calls them.
type handlers struct {
	sync.Mutex
	byTag map[executor.Addr]Handler
}

// Handle has calls of __orc_rt_jit_dispatch with a tag served by a handler; nil forgets it. By LLVM's convention a tag is the address of a variable of the code
// that calls. Handlers run on goroutines of their own, several at a time, and may call the executor. Code reaches __orc_rt_jit_dispatch and __orc_rt_jit_dispatch_ctx by their names, which Lookup knows.
func (p *Process) Handle(tag executor.Addr, h Handler) {
	p.handlers.Lock()
	defer p.handlers.Unlock()
	if h == nil {
		delete(p.handlers.byTag, tag)
		return
	}
	if p.handlers.byTag == nil {
		p.handlers.byTag = map[executor.Addr]Handler{}
	}
	p.handlers.byTag[tag] = h
}

// answer serves a call of the executor.
func (p *Process) answer(tag executor.Addr, args []byte) ([]byte, error) {
	if crash, ok := p.symbols[nameCrash]; ok && tag == crash {
		return p.crashed(args)
	}
	result, err := p.dispatch(tag, args)
	if _, ours := p.symbols[nameCall]; err != nil && !ours {
		return nil, nil
	}
	return result, err
}

func (p *Process) dispatch(tag executor.Addr, args []byte) ([]byte, error) {
	p.handlers.Lock()
	h := p.handlers.byTag[tag]
	p.handlers.Unlock()
	if h == nil {
		//lint:ignore ST1005 LLVM's words
		return nil, fmt.Errorf("No function registered for tag %v", tag)
	}
	return h(args)
}

// findDispatch fills in the addresses of what the executor's code calls its controller with, where the executor has not found another definition.
func (p *Process) findDispatch(names []string, list []executor.Addr) {
	for i, name := range names {
		if service, ok := dispatchSymbols[name]; ok && list[i] == 0 {
			list[i] = p.symbols[service]
		}
	}
}
