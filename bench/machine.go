package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// machineFacts returns what the figures depend on, one fact a line of the table's head.
func machineFacts(ctx context.Context) []string {
	facts := []string{
		fmt.Sprintf("processor: %s, %d logical", field("/proc/cpuinfo", "model name"), runtime.NumCPU()),
		fmt.Sprintf("memory: %s", field("/proc/meminfo", "MemTotal")),
		"kernel: " + firstLine(os.ReadFile("/proc/sys/kernel/osrelease")),
		fmt.Sprintf("Go: %s, GOMAXPROCS %d, GOGC %s", runtime.Version(), runtime.GOMAXPROCS(0), gogc()),
	}
	for _, tool := range []struct{ name, command, arg string }{
		{"gcc", "gcc", "-dumpfullversion"}, {"as", "as", "--version"}, {"LLVM", "llvm-config-14", "--version"},
	} {
		facts = append(facts, tool.name+": "+firstLine(exec.CommandContext(ctx, tool.command, tool.arg).Output()))
	}
	return facts
}

func gogc() string {
	if v := os.Getenv("GOGC"); v != "" {
		return v
	}
	return "100"
}

// firstLine returns the first line of a text that was to be got, or that it is absent.
func firstLine(text []byte, err error) string {
	if err != nil {
		return "absent"
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// field returns the value of the first line "key : value" of a file.
func field(file, key string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}
