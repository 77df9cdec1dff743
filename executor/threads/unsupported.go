//go:build !((linux && (amd64 || arm64 || loong64 || ppc64le || riscv64 || s390x)) || (windows && (amd64 || arm64)))

package threads

import "github.com/gomcjit/gomcjit/executor"

// Start returns ErrUnsupportedHost.
func Start(Host) (*Runtime, error) { return nil, ErrUnsupportedHost }

// Storage returns ErrUnsupportedHost.
func Storage() (executor.ThreadStorage, error) { return nil, ErrUnsupportedHost }
