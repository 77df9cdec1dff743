//go:build unix && !linux && !aix && !darwin && !freebsd

package memmgr

import (
	"errors"
	"fmt"
)

// singleMapper has no dual mappings.
type singleMapper struct{ posixMapper }

// SystemMapper returns the mapper of this operating system. Where it has none, Reserve returns ErrUnsupportedHost.
func SystemMapper() Mapper { return singleMapper{} }

func (singleMapper) MapDual([]byte, string) ([]byte, error) {
	return nil, fmt.Errorf("two views of memory: %w", errors.ErrUnsupported)
}

func (singleMapper) UnmapDual([]byte) error {
	return fmt.Errorf("two views of memory: %w", errors.ErrUnsupported)
}
