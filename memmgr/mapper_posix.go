//go:build unix && !linux && !aix

package memmgr

import (
	"errors"
	"fmt"
)

const mapNoReserve = 0 // an inaccessible private mapping is not accounted for

func (m posixMapper) Discard(mem, _ []byte) error { return m.Reset(mem) }

func (posixMapper) Replace(dst, src []byte) error {
	return fmt.Errorf("replacing running pages: %w", errors.ErrUnsupported)
}

func (posixMapper) Advise([]byte) {}

func (posixMapper) Name([]byte, string) {}
