//go:build amd64 || arm64

package epc

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
)

// A thread that crashes waits in crashEntry (assembly) until the watcher, an ordinary goroutine, has told the controllers. Then the signal does what it does by default. The handler uses nothing
// but system calls: the thread may have crashed anywhere.

// crashSignals end a process unless it handles them.
var crashSignals = []unix.Signal{unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGSEGV, unix.SIGSYS}

// What crashEntry uses. It leaves its arguments (sigaction(2)) in crashArgs, which stay valid while it waits.
var (
	crashArgs [3]uintptr
	//lint:ignore U1000 for assembly: children of fork have the handler as well
	crashPID uint64
	//lint:ignore U1000 for assembly: the descriptor that it writes a byte to
	crashTell uint64
	//lint:ignore U1000 for assembly: the descriptor whose end it waits for
	crashWait uint64
	//lint:ignore U1000 for assembly: a thread has crashed; the others only wait
	crashTaken uint64
	//lint:ignore U1000 for assembly: the action of SIG_DFL
	crashNoAction [4]uintptr

	// Set in assembly: crashEntry, and what it returns to.
	crashEntryPC, crashReturnPC uintptr
)

// crashSessions are those whose controllers are told of crashes; nil if there is no handler yet. They are under crashWatching.
var (
	crashWatching sync.Mutex
	crashSessions map[*session]struct{}
)

// crashTellWithin is how long telling may take. crashEntry waits for twice as long.
const crashTellWithin = time.Second

// watchCrashes has the controller of a session told when code crashes.
func (n *session) watchCrashes() (stop func(), err error) {
	crashWatching.Lock()
	defer crashWatching.Unlock()
	if crashSessions == nil {
		if err := handleCrashes(); err != nil {
			return nil, err
		}
		crashSessions = map[*session]struct{}{}
	}
	crashSessions[n] = struct{}{}
	return func() {
		crashWatching.Lock()
		defer crashWatching.Unlock()
		delete(crashSessions, n)
	}, nil
}

// handleCrashes makes crashEntry the handler of all signals of crashes, for good.
func handleCrashes() error {
	var tell, wait [2]int
	if err := unix.Pipe2(tell[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return os.NewSyscallError("pipe2", err)
	}
	if err := unix.Pipe2(wait[:], unix.O_CLOEXEC); err != nil {
		return errors.Join(os.NewSyscallError("pipe2", err), unix.Close(tell[0]), unix.Close(tell[1]))
	}
	crashPID, crashTell, crashWait = uint64(os.Getpid()), uint64(tell[1]), uint64(wait[0])
	const flags = 0x4 | 0x08000000 | 0x04000000 // SA_SIGINFO, SA_ONSTACK, and SA_RESTORER, which x86-64 needs
	for _, s := range crashSignals {
		// struct sigaction of both processors: handler, flags, restorer, and the mask, which is all signals.
		act := [4]uintptr{crashEntryPC, flags, crashReturnPC, ^uintptr(0)}
		if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(&act)), 0, 8, 0, 0); errno != 0 {
			return os.NewSyscallError("rt_sigaction", errno)
		}
	}
	go watchCrash(os.NewFile(uintptr(tell[0]), "crashes"), wait[1])
	return nil
}

// watchCrash waits for a crash, tells the controllers, and lets it happen.
func watchCrash(told *os.File, release int) {
	if _, err := told.Read(make([]byte, 1)); err != nil {
		return
	}
	report := crashReport().pack()
	ctx, cancel := context.WithTimeout(context.Background(), crashTellWithin)
	defer cancel()
	crashWatching.Lock()
	defer crashWatching.Unlock()
	var all sync.WaitGroup
	for n := range crashSessions {
		if n.ours.Load() {
			all.Go(func() { _, _ = n.link.call(ctx, n.crash, report) }) // a controller that does not hear it sees the end
		}
	}
	all.Wait()
	_ = unix.Close(release)
}

// crashReport reads what the handler has got.
func crashReport() *CrashError {
	signal, info, context := unix.Signal(crashArgs[0]), executor.Addr(crashArgs[1]), executor.Addr(crashArgs[2])
	word := func(at executor.Addr) uint64 { return binary.NativeEndian.Uint64(hostMemory(at, 8)) }
	e := &CrashError{Signal: unix.SignalName(signal) + ": " + signal.String(), PC: executor.Addr(word(context + contextPC))}
	// siginfo_t: si_code, which is positive if the kernel has found something, and SI_KERNEL if it does not know the address; si_addr
	const kernel = 0x80
	if code := int32(word(info + 8)); 0 < code && code < kernel && (signal == unix.SIGSEGV || signal == unix.SIGBUS) {
		e.HasFault, e.Fault = true, executor.Addr(word(info+16))
	}
	stack := executor.Addr(word(context+contextSP)) &^ 7
	for len(e.Stack) < maxCrashStack {
		var b [8]byte
		if readHost(stack, b[:]) != nil {
			break
		}
		e.Stack = append(e.Stack, executor.Addr(binary.NativeEndian.Uint64(b[:])))
		stack += 8
	}
	return e
}
