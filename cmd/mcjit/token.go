package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gomcjit/gomcjit/executor/epc"
)

// tokenOptions are the flags of executors about what controllers have to know.
type tokenOptions struct {
	file string
	none bool
}

// minToken is the fewest bytes of a token: 128 bits.
const minToken = 16

func readToken(file string) ([]byte, error) {
	token, err := os.ReadFile(file)
	if token = bytes.TrimSpace(token); err == nil && len(token) < minToken {
		err = fmt.Errorf("%s: a token has %d bytes at least, and this one %d", file, minToken, len(token))
	}
	return token, err
}

// tokenFor returns what an executor asks its controller for. One that listens by TCP has a token, of a file of its own if none is given, which is forgotten in the end.
func (c *cli) tokenFor(tcp bool, o *tokenOptions) (opts []epc.Option, forget func(), err error) {
	forget = func() {}
	switch {
	case o.none:
		return []epc.Option{epc.WithoutToken()}, forget, nil
	case o.file == "" && !tcp:
		return nil, forget, nil
	}
	name := o.file
	if _, statErr := os.Stat(name); name == "" || errors.Is(statErr, fs.ErrNotExist) {
		if name, err = makeToken(name); err != nil {
			return nil, nil, err
		}
		if o.file == "" {
			forget = func() { _ = os.Remove(name) } // who has the name may have done it
			fmt.Fprintf(c.stderr, "mcjit: controllers need --token-file=%s\n", name)
		}
	}
	token, err := readToken(name)
	if err != nil {
		forget()
		return nil, nil, err
	}
	return []epc.Option{epc.WithToken(token)}, forget, nil
}

// makeToken writes a random token to a new file that only this user can read: of a name, or of one that nobody has.
func makeToken(name string) (string, error) {
	var f *os.File
	var err error
	if name == "" {
		f, err = os.CreateTemp("", "mcjit-token-")
	} else {
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return "", err
	}
	var token [minToken]byte
	_, _ = rand.Read(token[:]) // it never fails
	_, err = fmt.Fprintln(f, hex.EncodeToString(token[:]))
	return f.Name(), errors.Join(err, f.Close())
}
