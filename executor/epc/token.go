package epc

import (
	"crypto/sha256"
	"crypto/subtle"
	"io"
)

// leastToken is the fewest bytes of a server's token: 128 bits.
const leastToken = 16

// tokenMagic begins what a controller sends before anything else if there is a token.
const tokenMagic = "gomcjit\x01"

// tokenMessage is what a controller sends: always of the same size, so that nothing is learned from how much a server reads.
func tokenMessage(token []byte) []byte {
	sum := sha256.Sum256(append([]byte(tokenMagic), token...))
	return append([]byte(tokenMagic), sum[:]...)
}

// checkToken reads the token of a controller, and compares it in a time that says nothing about it.
func checkToken(r io.Reader, token []byte) error {
	want := tokenMessage(token)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil {
		return ErrToken
	}
	if subtle.ConstantTimeCompare(got, want) != 1 {
		return ErrToken
	}
	return nil
}
