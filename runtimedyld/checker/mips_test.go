package checker

import (
	"errors"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// TestCompressedMIPS: instructions of microMIPS and MIPS16 are not taken for standard ones.
func TestCompressedMIPS(t *testing.T) {
	target := Target{Arch: objimage.ArchMips}
	code := []byte{0x0c, 0, 0, 0}
	if _, err := Decode(target, ModeTarget, code); err != nil {
		t.Error(err)
	}
	_, err := Decode(target, ModeCompressed, code)
	e := new(DecodeError)
	if !errors.As(err, &e) || e.Mode != ModeCompressed || !strings.Contains(err.Error(), "microMIPS") {
		t.Errorf("%v", err)
	}
	f := &fake{target: target, symbols: map[string]Place{"function": {Addr: 0x1000, Content: code, Mode: ModeCompressed}}}
	if err := Check(f, "decode_operand(function, 0) = 1"); err == nil || !strings.Contains(err.Error(), "microMIPS") {
		t.Errorf("%v", err)
	}
}
