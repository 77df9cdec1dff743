//go:build !linux

package testenv

import "os/exec"

func group(*exec.Cmd) {}

// endGroup kills a command, if it has not ended.
func endGroup(cmd *exec.Cmd) { cmd.Process.Kill() }
