package checker

import (
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// FuzzCheck evaluates any rule over any instruction bytes: it ends without a panic, with one of the documented errors, and says the same when it is
// asked again.
func FuzzCheck(f *testing.F) {
	for _, rule := range trueRules {
		f.Add(rule)
	}
	for _, c := range failing {
		f.Add(c.rule)
	}
	f.Fuzz(func(t *testing.T, rule string) {
		facts := sample(t)
		err := Check(facts, rule)
		if again := Check(facts, rule); (err == nil) != (again == nil) || err != nil && err.Error() != again.Error() {
			t.Errorf("%q: %v, then %v", rule, err, again)
		}
		var wrong *FalseError
		var invalid *ExprError
		switch {
		case err == nil:
		case errors.As(err, &wrong):
			if wrong.Left == wrong.Right {
				t.Errorf("%q: %v", rule, err)
			}
		case errors.As(err, &invalid):
			if invalid.Offset < 0 || invalid.Offset > len(invalid.Expr) {
				t.Errorf("%q: offset %d", rule, invalid.Offset)
			}
		default:
			t.Errorf("%q: %T", rule, err)
		}
		for _, r := range must(Rules("f", Prefix+rule, Prefix)) {
			if err := r.Check(facts); (err == nil) != (Check(facts, r.Text) == nil) {
				t.Errorf("%q: %v", r.Text, err)
			}
		}
	})
}

func must(rules []Rule, _ error) []Rule { return rules }

// FuzzDecode decodes any bytes for every architecture: the instruction is no longer than the bytes, and they alone decide what it is.
func FuzzDecode(f *testing.F) {
	for _, l := range readOperands(f) {
		f.Add(l.code)
	}
	f.Add([]byte("\x66\xe9\x30\x30")) // a branch of two bytes at the end, which x86asm takes for one of four
	f.Fuzz(func(t *testing.T, code []byte) {
		for arch := objimage.ArchUnknown; arch <= objimage.ArchM68k; arch++ {
			for mode := ModeTarget; mode <= ModeMIPS16; mode++ {
				decodeAny(t, Target{Arch: arch}, mode, code)
				decodeAny(t, Target{Arch: arch, Thumb: true, CPU: mipsR6}, mode, code)
			}
			for _, cpu := range []string{heliumCPU, "cortex-m4", ppcSPE} {
				decodeAny(t, Target{Arch: arch, Thumb: true, CPU: cpu}, ModeTarget, code)
			}
		}
	})
}

func decodeAny(t *testing.T, target Target, mode Mode, code []byte) {
	inst, err := Decode(target, mode, code)
	if err != nil {
		return
	}
	if inst.Size < 1 || inst.Size > len(code) {
		t.Fatalf("%v, mode %d: % x: %v has %d bytes", target.Arch, mode, code, inst, inst.Size)
	}
	if again, err := Decode(target, mode, code[:inst.Size]); err != nil || !sameOperands(inst, again) {
		t.Errorf("%v, mode %d: % x: %v, of its own bytes %v (error %v)", target.Arch, mode, code, inst, again, err)
	}
}
