package testenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// An emulated program sees the files of the machine, but had better not start its programs: under wine it cannot wait for them, and qemu-user 7.2 now and then never
// ends a fork of a process with threads. So it puts what it wants to run into a directory, from where the test outside that has started it takes it, and which it puts
// the output into.

// RelayVariable is the environment variable with the name of the directory, as the machine calls it.
const RelayVariable = "GOMCJIT_RELAY"

// A request is a file N.run, and its answer N.ran.
type request struct {
	Dir     string
	Command []string
}

type answer struct {
	Output []byte
	Err    string
}

const relayPause = 2 * time.Millisecond

var requests atomic.Int64

// askRelay has a command run outside.
func askRelay(relay, dir string, command []string) ([]byte, error) {
	for i := range command {
		command[i] = outside(command[i])
	}
	name := filepath.Join(relay, fmt.Sprintf("%d-%d", os.Getpid(), requests.Add(1)))
	if err := writeWhole(name+".run", request{outside(dir), command}); err != nil {
		return nil, err
	}
	defer os.Remove(name + ".ran")
	for {
		var a answer
		switch err := readWhole(name+".ran", &a); {
		case err == nil && a.Err != "":
			return a.Output, errors.New(a.Err)
		case err == nil:
			return a.Output, nil
		case !errors.Is(err, os.ErrNotExist):
			return nil, err
		}
		time.Sleep(relayPause)
	}
}

// tempRoot is where temporary directories are made; empty means the system's place.
func tempRoot() string {
	if underWine() {
		return filepath.Clean("Z:" + os.Getenv(RelayVariable))
	}
	return ""
}

// underWine says whether this is a program for Windows that wine runs, which calls the machine's files otherwise.
func underWine() bool { return runtime.GOOS == "windows" && os.Getenv(RelayVariable) != "" }

// outside is how the machine calls the files that wine has in its drive Z.
func outside(text string) string {
	if !strings.Contains(text, `Z:\`) {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, `Z:\`, "/"), `\`, "/")
}

// Relay runs what emulated programs want to be run, until the context is done: at once, since what they run may want something to be run.
func Relay(ctx context.Context, relay string) {
	for ctx.Err() == nil {
		wanted, _ := filepath.Glob(filepath.Join(relay, "*.run")) // the pattern is a good one
		for _, name := range wanted {
			var r request
			err := readWhole(name, &r)
			_ = os.Remove(name)
			go func() { _ = writeWhole(strings.TrimSuffix(name, ".run")+".ran", r.answer(err)) }() // who asked waits for ever, and is ended
		}
		time.Sleep(relayPause)
	}
}

func (r request) answer(err error) answer {
	var a answer
	if err == nil {
		a.Output, err = runHere(r.Dir, r.Command)
	}
	if err != nil {
		a.Err = err.Error()
	}
	return a
}

// writeWhole writes a file that is there only when all is in it.
func writeWhole(name string, content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".new", text, 0o600); err != nil {
		return err
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err = os.Rename(name+".new", name)
		if err == nil || time.Now().After(deadline) { // wine refuses it now and then, of want of memory, as it says
			return err
		}
	}
}

func readWhole(name string, content any) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, content)
}
