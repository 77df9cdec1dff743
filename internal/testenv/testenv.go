// Package testenv asks the machine that runs a test for what the test needs: tools, files, and objects built by a compiler.
//
// A test whose tool is missing is skipped with the name of the Debian package to install. Where everything is meant to be present, as in
// continuous integration, GOMCJIT_REQUIRE_TOOLS=1 turns such a skip into a failure, so that no check is lost unnoticed.
//
// Only tests import this package. All functions may be called from parallel tests.
package testenv

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// The environment variables that tests listen to.
const (
	requireTools = "GOMCJIT_REQUIRE_TOOLS" // "1": a missing tool fails the test
	soakRounds   = "GOMCJIT_SOAK"          // a number: rounds of a soak test
)

// NeedsTool returns the path of tool, found as a shell would find it. When it is missing the test is skipped, or failed
// where tools are required, with the Debian package pkg that has it.
func NeedsTool(t testing.TB, tool, pkg string) string {
	t.Helper()
	if underWine() {
		return NeedsFile(t, "/usr/bin/"+tool, pkg)
	}
	path, err := exec.LookPath(tool)
	if err != nil {
		missing(t, tool, pkg)
	}
	return path
}

// NeedsFile returns path when there is such a file. When it is missing the test is skipped, or failed where tools are
// required, with the Debian package pkg that has it.
func NeedsFile(t testing.TB, path, pkg string) string {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		missing(t, path, pkg)
	}
	return path
}

// SoakRounds returns how often a soak test repeats: the value of GOMCJIT_SOAK, or short when it is not set.
func SoakRounds(t testing.TB, short int) int {
	t.Helper()
	text, ok := os.LookupEnv(soakRounds)
	if !ok || text == "" {
		return short
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q: want a positive number of rounds", soakRounds, text)
	}
	return n
}

// TempDir is t.TempDir, but that under wine 8, which knows no system call by which Go removes directories, the test outside removes it.
func TempDir(t testing.TB) string {
	t.Helper()
	root := tempRoot()
	if root == "" {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(root, "")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func missing(t testing.TB, what, pkg string) {
	t.Helper()
	if os.Getenv(requireTools) == "1" {
		t.Fatalf("needs %s: apt-get install %s", what, pkg)
	}
	t.Skipf("needs %s: apt-get install %s", what, pkg)
}
