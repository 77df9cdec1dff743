//go:build !unix

package objimage

import (
	"errors"
	"os"
)

// mapFile reports that files are to be read here.
func mapFile(*os.File, int64) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmapFile([]byte) error { return nil }

func addressOf([]byte) uintptr { return 0 }
