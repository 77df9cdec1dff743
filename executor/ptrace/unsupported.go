//go:build !linux || !(amd64 || arm64)

package ptrace

import (
	"context"
	"io"
	"os"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/slabs"
)

// Elsewhere Attach returns ErrUnsupportedHost, so that nothing else is ever reached.

const integerRegisters, floatRegisters = 0, 0

type (
	host     struct{}
	tracee   struct{}
	guardian struct{}
)

// Guard is what the program of WithGuardian runs. Here it returns ErrUnsupportedHost.
func Guard(io.Reader, io.Writer) error { return ErrUnsupportedHost }

func startGuardian(int, *options) (*guardian, error)                    { return nil, ErrUnsupportedHost }
func (g *guardian) leave()                                              {}
func (p *Process) noteCall(executor.Addr, []executor.Value, bool) error { return ErrUnsupportedHost }

const triple = ""

func (p *Process) ended() bool      { return true }
func (p *Process) open() error      { return ErrUnsupportedHost }
func (p *Process) close()           {}
func (p *Process) dropAgent() error { return ErrUnsupportedHost }

func openRegular(string) (*os.File, error) { return nil, ErrUnsupportedHost }

func (p *Process) prepare(context.Context) error { return ErrUnsupportedHost }
func (p *Process) trace(context.Context, func(*tracee) error) error {
	return ErrUnsupportedHost
}
func (p *Process) readAt(executor.Addr, []byte) error           { return ErrUnsupportedHost }
func (p *Process) writeAt(executor.Addr, []byte) error          { return ErrUnsupportedHost }
func (p *Process) checkReplaced() error                         { return ErrUnsupportedHost }
func (t *tracee) replace(*mapping, executor.Addr, []byte) error { return ErrUnsupportedHost }
func (t *tracee) exchange(context.Context, executor.Addr, []byte) error {
	return ErrUnsupportedHost
}
func (t *tracee) begin() error { return ErrUnsupportedHost }
func (t *tracee) mapMemory(executor.Addr, uint64) (executor.Addr, error) {
	return 0, ErrUnsupportedHost
}
func (t *tracee) protect(executor.Addr, uint64, executor.MemProt) error { return ErrUnsupportedHost }
func (t *tracee) unmapAll([]slabs.Range) ([]slabs.Range, error)         { return nil, ErrUnsupportedHost }
func (t *tracee) quiet(context.Context) error                           { return ErrUnsupportedHost }
func (t *tracee) keepErrno(context.Context, executor.Addr) (func() error, error) {
	return nil, ErrUnsupportedHost
}

func (t *tracee) call(context.Context, executor.Addr, executor.ValueKind, []executor.Value) (uint64, error) {
	return 0, ErrUnsupportedHost
}
