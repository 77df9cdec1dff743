//go:build unix

package command

import (
	"os/exec"
	"syscall"
)

// interruptAll has a command interrupted with all that it starts, so that they remove their temporary files: gcc leaves its compiler and its assembler running when it is interrupted alone.
func interruptAll(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}
