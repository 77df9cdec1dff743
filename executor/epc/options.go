package epc

import "time"

// An Option configures an end of a connection.
type Option func(*options)

type options struct {
	limit     uint64
	timeout   time.Duration
	heartbeat time.Duration
	call      time.Duration
	token     []byte
	tokenless bool
	patience  time.Duration
}

func newOptions(opts []Option) options {
	o := options{limit: 1 << 30, timeout: 10 * time.Second, heartbeat: 5 * time.Second, patience: 250 * time.Millisecond}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// leastLimit has room for the header, and for what is before the bytes in the result of a read.
const leastLimit = headerSize + 32

// WithMessageLimit sets the largest message that is accepted, in bytes; 1 GiB if not given, and never less than 64. Memory is taken as bytes arrive.
func WithMessageLimit(bytes uint64) Option {
	return func(o *options) { o.limit = max(bytes, leastLimit) }
}

// WithTimeout sets how long the other end may take for what takes no time: to take a message, to go on with one that it has begun, and for services (memory, look-ups). 10 seconds if not given; it has to be more than 0. What exceeds it
// closes the connection. Functions that run on the other end may take longer; see WithHeartbeat and WithCallTimeout.
func WithTimeout(d time.Duration) Option { return func(o *options) { o.timeout = d } }

// WithHeartbeat sets how often a Process asks for a sign of life while a function runs on the other end, which has the time of WithTimeout to answer; every 5 seconds if
// not given, never if it is 0.
func WithHeartbeat(d time.Duration) Option { return func(o *options) { o.heartbeat = d } }

// WithCallTimeout sets how long a function may run that a Process calls, besides what contexts say; for ever if not given, or 0. What exceeds it closes the connection (ErrCallTimeout), with which the executor
// ends, or is made to if Start started it: nobody else could end the function.
func WithCallTimeout(d time.Duration) Option { return func(o *options) { o.call = d } }

// WithToken has a Server wait for a token before it says anything, and a Process give it. 16 bytes or more that nobody can guess; LLVM's executors and controllers
// know no token. nil is none. It says who connects, and nothing more: nothing is encrypted, so that who can listen on the network in between can say it again.
func WithToken(token []byte) Option { return func(o *options) { o.token = token } }

// WithoutToken has a Server listen by TCP without a token, for LLVM's controllers, which know none: on this machine only. On Linux only this user's processes are served, and root's; elsewhere any process of this machine is.
func WithoutToken() Option { return func(o *options) { o.tokenless = true } }

// WithPatience sets how long a Server waits, when its controller has gone, for functions that the controller has called; 250 milliseconds if not given.
func WithPatience(d time.Duration) Option { return func(o *options) { o.patience = d } }
