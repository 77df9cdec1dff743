package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A program whose main calls pthread_exit goes on until its last thread ends, and then exits with 0 (POSIX, pthread_exit). The C library does not see that moment here, since there are Go's
// threads; and the first thread of the process cannot end like that at all, because the C library has not started it. So main of such a program runs on another thread, and somebody watches.

// endsThreads says whether a function ends the thread that calls it.
func endsThreads(name string) bool { return name == "pthread_exit" || name == "thrd_exit" }

// onMainThread runs f, which runs the program and returns its status, on the thread of main, and ends the process there if that is not this thread. If the thread ends before, the process does
// so with the program's last one.
func (c *cli) onMainThread(s *session, f func() (status int, err error)) (status int, err error) {
	if s.masks && s.remote == nil {
		program := f
		f = func() (int, error) {
			if err := takeSignals(); err != nil {
				return 0, err
			}
			return program()
		}
	}
	if !s.endsThreads {
		return f()
	}
	start, done := make(chan struct{}), make(chan struct{})
	thread := make(chan string, 1)
	go func() {
		runtime.LockOSThread()
		path, _ := os.Readlink("/proc/thread-self")
		thread <- filepath.Base(path)
		<-start
		if status, err = f(); err == nil {
			c.exit(status)
		}
		close(done)
		select {} // or the thread ends
	}()
	id := <-thread
	if err := markOwnThreads(id); err != nil {
		return 0, err
	}
	close(start)
	if awaitThread(id, done) {
		return status, err
	}
	for others := otherThreads(); len(others) > 0; others = otherThreads() {
		awaitThread(others[0], nil)
	}
	_, _, err = callC("exit", 0)
	return 0, err
}

// awaitThread returns when a thread has ended, or true when done is closed. What it takes of memory is not given back (behaveLikeProgram); so it looks seldom if it takes long.
func awaitThread(id string, done <-chan struct{}) bool {
	const longest = 50 * time.Millisecond
	for interval := time.Millisecond; ; interval = min(2*interval, longest) {
		select {
		case <-done:
			return true
		case <-time.After(interval):
		}
		if _, err := os.Stat(threadFile(id)); err != nil {
			return false
		}
	}
}

const (
	threadsFolder = "/proc/self/task"
	// ownThreads is the name of threads that are none of the program's. Threads have the name of the one that has started them; Go does not let those of the program start its own.
	ownThreads = "gomcjit"
)

// markOwnThreads names all threads, but for the program's and the first one, which gives the process its name. Those that are not named yet may start others meanwhile.
func markOwnThreads(program string) error {
	for {
		var errs []error
		others := otherThreads()
		others = slices.DeleteFunc(others, func(id string) bool { return id == program })
		if len(others) == 0 {
			return nil
		}
		for _, id := range others {
			if err := os.WriteFile(threadFile(id, "comm"), []byte(ownThreads), 0); !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
}

// otherThreads returns those that have not the name of ownThreads, but for the first thread.
func otherThreads() (ids []string) {
	first := strconv.Itoa(os.Getpid())
	threads, _ := os.ReadDir(threadsFolder)
	for _, t := range threads {
		name, err := os.ReadFile(threadFile(t.Name(), "comm"))
		if err == nil && t.Name() != first && strings.TrimSpace(string(name)) != ownThreads {
			ids = append(ids, t.Name())
		}
	}
	return ids
}

func threadFile(id string, names ...string) string {
	return filepath.Join(append([]string{threadsFolder, id}, names...)...)
}
