//go:build !unix

package command

import (
	"os"
	"os/exec"
)

// interruptAll has a command interrupted, so that it removes its temporary files.
func interruptAll(cmd *exec.Cmd) {
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
}
