//go:build !linux && !darwin && !(freebsd && amd64) && !(windows && (amd64 || arm64))

package inprocess

import (
	"reflect"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// Supported says whether this package can call code on this operating system and processor.
const Supported = false

type (
	slotRef uint64
	goCode  struct{}
)

func bind(executor.Addr, reflect.Type, options) (unsafe.Pointer, error) {
	return nil, ErrUnsupportedHost
}

func callPlan(executor.Addr, *plan, []byte) error { return ErrUnsupportedHost }

func setStacks(StackConfig) error { return ErrUnsupportedHost }

func mapMemory(int) ([]byte, error) { return nil, ErrUnsupportedHost }

func unmapMemory([]byte) {}

func codeOf(any) goCode { return goCode{} }

func (cb *Callback) layOut(reflect.Type, *goFunc) error { return nil }

func (cb *Callback) publish() error { return ErrUnsupportedHost }

func (cb *Callback) withdraw() {}
