package testenv

import (
	"bytes"
	"os/exec"
	"runtime"
	"time"
)

// Bounded runs a command as its CombinedOutput does, but for no longer than patience: then, or when it has ended, it and all that it has started are killed (under
// Linux; elsewhere it alone is). It does not outlive the test's process either, however that ends. The error of a command that was killed says so.
func Bounded(cmd *exec.Cmd, patience time.Duration) ([]byte, error) {
	runtime.LockOSThread() // with whose end the command ends, for the kernel
	defer runtime.UnlockOSThread()
	group(cmd)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // for those that it has started
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	timer := time.AfterFunc(patience, func() { endGroup(cmd) })
	defer timer.Stop()
	err := cmd.Wait()
	endGroup(cmd)
	return out.Bytes(), err
}
