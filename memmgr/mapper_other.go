//go:build (!unix || aix) && !windows

package memmgr

import "github.com/gomcjit/gomcjit/executor"

// noMapper is the mapper of systems on which memory cannot be made executable yet.
type noMapper struct{}

// SystemMapper returns the mapper of this operating system. Where it has none, Reserve returns ErrUnsupportedHost.
func SystemMapper() Mapper { return noMapper{} }

func (noMapper) Reserve(int, executor.Addr) ([]byte, error)     { return nil, ErrUnsupportedHost }
func (noMapper) Release([]byte) error                           { return ErrUnsupportedHost }
func (noMapper) Protect([]byte, Prot) error                     { return ErrUnsupportedHost }
func (noMapper) Discard(_, _ []byte) error                      { return ErrUnsupportedHost }
func (noMapper) Reset([]byte) error                             { return ErrUnsupportedHost }
func (noMapper) Replace(_, _ []byte) error                      { return ErrUnsupportedHost }
func (noMapper) MapDual([]byte, string) ([]byte, error)         { return nil, ErrUnsupportedHost }
func (noMapper) UnmapDual([]byte) error                         { return ErrUnsupportedHost }
func (noMapper) ReserveDual(int, executor.Addr) ([]byte, error) { return nil, ErrUnsupportedHost }
func (noMapper) Advise([]byte)                                  {}
func (noMapper) Name([]byte, string)                            {}
