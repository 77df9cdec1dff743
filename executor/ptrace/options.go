package ptrace

import "time"

// An Option configures a Process.
type Option func(*options)

type options struct {
	timeout time.Duration
	stack   uint64
	thread  int

	guardian []string // a program and its arguments; none if empty
	step     func()   // of tests: runs before everything that is done with the process, or told its guardian
}

func newOptions(opts []Option) options {
	o := options{timeout: 10 * time.Second, stack: 8 << 20}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// WithTimeout sets how long the process may take for what takes no time: to stop, and to make a system call. 10 seconds if not given. Functions that are called may take longer: their
// deadline is the context's.
func WithTimeout(d time.Duration) Option { return func(o *options) { o.timeout = d } }

// WithStack sets how large the stack of functions that are called is, in bytes; 8 MiB if not given, of which the process gets what is used.
func WithStack(bytes uint64) Option { return func(o *options) { o.stack = max(bytes, leastStack) } }

// leastStack is what a small function and a signal's frame need.
const leastStack = 64 << 10

// WithThread chooses the thread that runs what is called, by the system's number of it. Without it, and with 0, that is the first one, or the next one if the first has ended.
func WithThread(tid int) Option { return func(o *options) { o.thread = tid } }

// WithGuardian has the process's memory given back when this process ends without Close, by kill -9 for instance. A program is started for that, with arguments, which has to call Guard with its standard input and output: most often this
// program itself (os.Executable) with an argument that says so. It stays as long as the Process does.
//
// Memory is given back once nothing in the process refers to it: no register, and no word (at a multiple of 8) of memory that the process may read which could be an address in it. If that does not come to pass within a minute, or the process has so much memory that to look for such words
// takes more than a second, it stays.
//
// If the guardian itself is ended, memory cannot be reserved any more: ErrNoGuardian.
func WithGuardian(program string, args ...string) Option {
	return func(o *options) { o.guardian = append([]string{program}, args...) }
}
