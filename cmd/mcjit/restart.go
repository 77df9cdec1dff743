package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
)

// A process of C's has as much memory for thread-local variables that are addressed relative to the thread pointer as glibc was told when the process began, with no larger alignments than the libraries had that it began
// with. LLVM's lli emulates such variables, and so has any number of bytes of them; LLVM's C interface cannot be asked for that. So lli begins anew, with as much as is needed, if it is told that this is too little:
// glibc reserves more (GLIBC_TUNABLES), out of larger stacks (RLIMIT_STACK), and begins with a library that has a variable of that alignment (LD_PRELOAD).

// A beginning is what the process is told that begins anew.
type beginning struct {
	StaticTLS, Align uint64
	Environment      map[string]string // what the program has to see in place of what glibc saw, "" for nothing
	Stack            uint64            // what the limit was, if it was raised
	Input            int               // a file with what has been read from standard input, 0 if nothing has
	Library          int               // the file of the library, 0 if there is none
}

const (
	beginningVariable = "GOMCJIT_BEGINNING"
	tunables          = "GLIBC_TUNABLES"
	preload           = "LD_PRELOAD"
	staticTLS         = "glibc.rtld.optional_static_tls="

	maxStaticTLS = 256 << 20
	maxTLSAlign  = 1 << 20
)

// restart executes this program again if err is about static thread-local storage, and returns err if that is of no use.
func (p *lliProcess) restart(err error) error {
	var storage *hostlib.ThreadStorageError
	if !errors.As(err, &storage) || storage.Static == 0 {
		return err
	}
	next := beginning{Environment: p.begun.Environment, Stack: p.begun.Stack, Align: max(p.begun.Align, storage.Align)}
	next.StaticTLS = max(storage.Static, 4*p.begun.StaticTLS) // there may be others
	if next.StaticTLS > maxStaticTLS || next.Align > maxTLSAlign {
		return err
	}
	if next.Environment == nil {
		next.Environment = map[string]string{tunables: os.Getenv(tunables), preload: os.Getenv(preload)}
	}
	if e := next.prepare(p.input.Bytes()); e != nil {
		return errors.Join(err, e)
	}
	env, e := next.environ()
	if e == nil {
		execAgain(env)
	}
	return errors.Join(err, e)
}

// prepare makes what the next process inherits. Threads have their static storage at the ends of their stacks, which are as large as the limit.
func (b *beginning) prepare(input []byte) (err error) {
	const ordinary = 8 << 20
	if b.StaticTLS > ordinary/2 {
		before := raiseStackLimit(b.StaticTLS + ordinary)
		if b.Stack == 0 {
			b.Stack = before
		}
	}
	if len(input) > 0 {
		b.Input, err = inheritedFile(input)
	}
	if image := hostlib.ThreadAlignment(b.Align); err == nil && image != nil {
		b.Library, err = inheritedFile(image)
	}
	return err
}

// environ returns the environment of the next process.
func (b *beginning) environ() ([]string, error) {
	text, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	set := map[string]string{
		beginningVariable: string(text),
		tunables:          strings.TrimPrefix(b.Environment[tunables]+":", ":") + staticTLS + strconv.FormatUint(b.StaticTLS, 10),
	}
	if b.Library != 0 {
		set[preload] = fmt.Sprintf("/proc/self/fd/%d %s", b.Library, b.Environment[preload])
	}
	env := slices.DeleteFunc(os.Environ(), func(s string) bool {
		name, _, _ := strings.Cut(s, "=")
		_, changed := set[name]
		return changed
	})
	for name, value := range set {
		env = append(env, name+"="+value)
	}
	return env, nil
}

// restarted makes the environment what it was before restart, if that has started this process, and returns standard input as it was.
func (p *lliProcess) restarted() io.Reader {
	input := io.Reader(os.Stdin)
	text, ok := os.LookupEnv(beginningVariable)
	if ok && json.Unmarshal([]byte(text), &p.begun) == nil {
		os.Unsetenv(beginningVariable)
		for name, value := range p.begun.Environment {
			if os.Unsetenv(name); value != "" {
				os.Setenv(name, value)
			}
		}
		if p.begun.Stack != 0 {
			setStackLimit(p.begun.Stack)
		}
		if p.begun.Input != 0 {
			input = os.NewFile(uintptr(p.begun.Input), "input")
			callC("fcntl", uint64(p.begun.Input), setDescriptorFlags, closeOnExec)
		}
		if p.begun.Library != 0 {
			callC("close", uint64(p.begun.Library))
		}
	}
	return io.TeeReader(input, &p.input)
}

// Linux's <fcntl.h>.
const (
	duplicate          = 0 // F_DUPFD
	setDescriptorFlags = 2 // F_SETFD
	closeOnExec        = 1 // FD_CLOEXEC
)

// inheritedFile returns the descriptor of a file in memory that stays open in what this process executes, under a number that programs are unlikely to expect to be free.
func inheritedFile(contents []byte) (int, error) {
	const high = 1000
	name, err := inprocess.CString("gomcjit")
	if err != nil {
		return 0, err
	}
	defer name.Release()
	fd, _, err := callC("memfd_create", uint64(name.Addr()), 0)
	if err != nil || int32(fd.Uint()) < 0 {
		return 0, errors.Join(err, errors.New("there is no memfd_create"))
	}
	f := os.NewFile(uintptr(fd.Uint()), "input")
	defer f.Close()
	if _, err := io.Copy(f, bytes.NewReader(contents)); err != nil {
		return 0, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	again, _, err := callC("fcntl", uint64(f.Fd()), duplicate, high)
	if err == nil && int32(again.Uint()) < 0 { // the limit of descriptors
		again, _, err = callC("fcntl", uint64(f.Fd()), duplicate, 0)
	}
	return int(int32(again.Uint())), err
}
