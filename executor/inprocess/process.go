package inprocess

import (
	"sync"

	"github.com/gomcjit/gomcjit/executor"
)

// A Process is the process that this program is, as an executor.Process. The zero value is ready for use, on every host; where there is no call bridge its
// Call returns ErrUnsupportedHost.
type Process struct{}

var _ executor.Process = Process{}

// fewArguments is how many arguments a call may have for which the signature is made once.
const fewArguments = 6

// integerSignatures are those of functions of up to fewArguments integers.
var integerSignatures = sync.OnceValues(func() (list [fewArguments + 1]*Signature, err error) {
	for n := range list {
		if list[n], err = integerSignature(n); err != nil {
			return list, err
		}
	}
	return list, nil
})

func integerSignature(n int) (*Signature, error) {
	params := make([]*Type, n)
	for i := range params {
		params[i] = uintWord
	}
	return NewSignature(uintWord, params...)
}

// Call calls the C function at fn with integers, in blocking mode: see executor.Process. It may be called from callbacks as well. On 32-bit processors the
// integers have 32 bits: the low ones of each argument, and the result's.
//
// Errors are ErrZeroAddress, *SignatureError for more arguments than fit the stack, *MemoryError and ErrUnsupportedHost; the function has not run then.
func (Process) Call(fn executor.Addr, args ...uint64) (uint64, error) {
	if fn == 0 {
		return 0, ErrZeroAddress
	}
	signatures, err := integerSignatures()
	if err != nil {
		return 0, err
	}
	var sig *Signature
	if len(args) < len(signatures) {
		sig = signatures[len(args)]
	} else if sig, err = integerSignature(len(args)); err != nil {
		return 0, err
	}
	values := make([]byte, sig.values)
	for i, a := range args {
		UintValue(uintWord, a).store(values[sig.offsets[i]:])
	}
	if err := callPlan(fn, sig.plan, values); err != nil {
		return 0, err
	}
	return load(uintWord, values[sig.offsets[len(args)]:]).Uint(), nil
}
