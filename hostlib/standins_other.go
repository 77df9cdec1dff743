//go:build !linux || !amd64

package hostlib

import "github.com/gomcjit/gomcjit/executor"

func standIns([]string, func(string) (executor.Addr, bool)) []byte { return nil }
