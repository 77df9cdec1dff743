package testenv_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// sleeper prints the number of a process that it starts, and sleeps like that.
const sleeper = "sleep 1000 & echo $!; wait"

func TestBounded(t *testing.T) {
	if out, err := testenv.Bounded(exec.Command("echo", "said"), time.Minute); string(out) != "said\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	start := time.Now()
	out, err := testenv.Bounded(exec.Command("sh", "-c", sleeper), 300*time.Millisecond)
	if err == nil || time.Since(start) > 30*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	wantEnded(t, string(out))
	out, err = testenv.Bounded(exec.Command("sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"), time.Minute)
	if err != nil {
		t.Errorf("the one that ends by itself: %v", err)
	}
	wantEnded(t, string(out))
}

// TestBoundedParent kills the process in the middle of it.
func TestBoundedParent(t *testing.T) {
	const child = "GOMCJIT_BOUNDED"
	if name := os.Getenv(child); name != "" {
		testenv.Bounded(exec.Command("sh", "-c", "echo $$ >"+name+"; exec sleep 1000"), time.Minute)
		return
	}
	name := t.TempDir() + "/pid"
	cmd := exec.Command(os.Args[0], "-test.run=^TestBoundedParent$")
	cmd.Env = append(os.Environ(), child+"="+name)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid []byte
	for range 1000 {
		if pid, _ = os.ReadFile(name); bytes.HasSuffix(pid, []byte("\n")) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	cmd.Process.Kill()
	cmd.Wait()
	wantEnded(t, string(pid))
}

// wantEnded fails if a process goes on. One that has ended may still be listed, as a zombie (Z, in proc(5)).
func wantEnded(t *testing.T, pid string) {
	t.Helper()
	pid = strings.TrimSpace(pid)
	if pid == "" {
		t.Fatal("no process was started")
	}
	for range 500 {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %s goes on", pid)
}
