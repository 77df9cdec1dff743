package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// effort is how much a process measures: at least reps links and least time, but no further link once budget is used up.
type effort struct {
	reps   int
	least  time.Duration
	budget time.Duration
}

func (e effort) args() []string {
	return []string{
		"--reps=" + strconv.Itoa(e.reps),
		"--least-ms=" + strconv.FormatInt(e.least.Milliseconds(), 10),
		"--budget-ms=" + strconv.FormatInt(e.budget.Milliseconds(), 10),
	}
}

// once is one link, for figures that are taken after it.
var once = effort{reps: 1}

// A runner runs engines, each in a fresh process.
type runner struct {
	self  string // this program, which holds our engines
	peers string // the program that holds the others
}

// run measures an engine on the set of a list.
func (r *runner) run(ctx context.Context, engine, list string, e effort, more ...string) (*Result, error) {
	args := append([]string{"--engine=" + engine, "--list=" + list}, e.args()...)
	args = append(args, more...)
	program := r.peers
	if isOurs(engine) {
		program, args = r.self, append([]string{childCommand}, args...)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", engine, err, lastLines(stderr.String(), 4))
	}
	res := new(Result)
	if err := json.Unmarshal(stdout.Bytes(), res); err != nil {
		return nil, fmt.Errorf("%s: unexpected output: %w", engine, err)
	}
	res.addCycle()
	return res, nil
}

// addCycle adds the cycle of an engine that has no collector: what it does outside links and teardowns is nothing.
func (r *Result) addCycle() {
	link, teardown := r.Samples[figLink], r.Samples[figTeardown]
	if len(link) > 0 && len(teardown) > 0 && len(r.Samples[figCycle]) == 0 {
		r.Samples[figCycle] = []float64{warm(link) + warm(teardown)}
	}
}

func isOurs(engine string) bool {
	_, ok := ourEngines[engine]
	return ok
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}
