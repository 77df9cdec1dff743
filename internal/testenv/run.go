package testenv

import (
	"os"
	"os/exec"
)

// Run runs a program and returns what it writes. A relative or empty directory is the caller's. Tests call it for compilers and other tools of the machine, which an
// emulated program has run outside (package crosstest).
func Run(dir string, command ...string) ([]byte, error) {
	if relay := os.Getenv(RelayVariable); relay != "" {
		return askRelay(relay, dir, command)
	}
	return runHere(dir, command)
}

func runHere(dir string, command []string) ([]byte, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	return cmd.CombinedOutput()
}
