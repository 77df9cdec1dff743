package epc

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// TestCrashReport makes sure that reports arrive as they were made, and none that makes no sense.
func TestCrashReport(t *testing.T) {
	want := CrashError{Signal: "SIGSEGV: segmentation fault", HasFault: true, Fault: 8, PC: 0x1000, Stack: []executor.Addr{1, 2}}
	report := want.pack()
	if got := unpackCrash(report); got == nil || !reflect.DeepEqual(*got, want) || !errors.Is(got, ErrDisconnected) {
		t.Errorf("%+v", got)
	}
	bad := [][]byte{append(report, 0), (&CrashError{Signal: strings.Repeat("x", maxSignalText+1)}).pack(), (&CrashError{Signal: "\x1b[2J"}).pack(), (&CrashError{Stack: make([]executor.Addr, maxCrashStack+1)}).pack()}
	for cut := range report {
		bad = append(bad, report[:cut])
	}
	for _, b := range bad {
		if got := unpackCrash(b); got != nil {
			t.Errorf("%q is %+v", b, got)
		}
	}
}

// FuzzCrashReport makes sure that what is taken for a report is one.
func FuzzCrashReport(f *testing.F) {
	f.Add((&CrashError{Signal: "SIGILL: illegal instruction", PC: 1, Stack: []executor.Addr{1}}).pack())
	f.Fuzz(func(t *testing.T, b []byte) {
		if e := unpackCrash(b); e != nil && string(e.pack()) != string(b) {
			t.Errorf("%+v is not what was read", e)
		}
	})
}
