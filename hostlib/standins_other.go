//go:build !linux || !amd64

package hostlib

import "github.com/gomcjit/gomcjit/executor"

func standIns(map[string]executor.Addr) []byte { return nil }
