package main

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gomcjit/gomcjit/hostlib"
)

// A process of C's has as much memory for thread-local variables that are addressed relative to the thread pointer as glibc was told when the process began. LLVM's lli emulates such variables, and so has any number
// of bytes of them; LLVM's C interface cannot be asked for that. So lli begins anew, with as much as is needed, if it is told that this is too little.
const (
	tunables  = "GLIBC_TUNABLES"
	staticTLS = "glibc.rtld.optional_static_tls="
	// tunablesBefore is what GLIBC_TUNABLES was, which is the program's to see.
	tunablesBefore = "GOMCJIT_GLIBC_TUNABLES"
	maxStaticTLS   = 256 << 20
)

// restart executes this program again if err is about static thread-local storage, and returns err if that is of no use.
func (p *lliProcess) restart(err error) error {
	var storage *hostlib.ThreadStorageError
	if !errors.As(err, &storage) || storage.Static == 0 {
		return err
	}
	bytes := max(storage.Static, 2*p.staticTLS) // there may be others
	if bytes > maxStaticTLS || storage.Static > maxStaticTLS {
		return err
	}
	before := os.Getenv(tunables)
	env := slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, tunables+"=") })
	env = append(env, tunablesBefore+"="+before, tunables+"="+strings.TrimPrefix(before+":", ":")+staticTLS+strconv.FormatUint(bytes, 10))
	execAgain(env)
	return err
}

// restarted makes the environment what it was before restart, if that has started this process.
func (p *lliProcess) restarted() {
	before, ok := os.LookupEnv(tunablesBefore)
	if !ok {
		return
	}
	now := os.Getenv(tunables)
	if i := strings.LastIndex(now, staticTLS); i >= 0 {
		p.staticTLS, _ = strconv.ParseUint(now[i+len(staticTLS):], 10, 64)
	}
	os.Unsetenv(tunablesBefore)
	if os.Unsetenv(tunables); before != "" {
		os.Setenv(tunables, before)
	}
}
