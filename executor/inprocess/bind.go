package inprocess

import (
	"errors"
	"math"
	"reflect"
	"runtime"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// errLeafCallback is the value of a panic: C did what the caller of Bind promised it would not.
var errLeafCallback = errors.New("inprocess: a function bound with Leaf called back into Go; bind it without Leaf")

// An Option changes how Bind calls the function.
type Option func(*options)

type options struct {
	leaf      bool
	variadic  bool
	fixed     int
	softFloat bool
}

func (o *options) kind() kind {
	k := kind{fixed: -1, softFloat: o.softFloat}
	if o.variadic {
		k.fixed = o.fixed
	}
	return k
}

// Leaf makes calls that tell the scheduler nothing. It is for functions that return within microseconds and do not call back: garbage
// collection, and whoever waits for it, waits for the function. A callback from it makes the call panic.
func Leaf() Option { return func(o *options) { o.leaf = true } }

// Variadic says that the C function has fixed named parameters and takes the others through its "...": they are promoted as C promotes
// them, float32 to double and small integers to int.
func Variadic(fixed int) Option { return func(o *options) { o.variadic, o.fixed = true, fixed } }

// SoftFloat says that the C function passes floats as it passes integers (gcc's and clang's -mfloat-abi=soft and softfp, or -msoft-float). It is for 32-bit Arm and
// for MIPS, where objects for either convention are usual, and changes nothing elsewhere. On MIPS it is the default where GOMIPS or GOMIPS64 is softfloat.
func SoftFloat() Option { return func(o *options) { o.softFloat = true } }

// Bind returns a Go function of type F that calls the C function at addr. F is a func type whose parameters, and result if there is one, C
// knows: see the package documentation. Nothing checks that F is what the C function was compiled as.
//
// The function may be called from every goroutine, costs no allocation on amd64 and arm64, and is valid as long as the code at addr is. Errors are ErrZeroAddress,
// *SignatureError, *MemoryError and ErrUnsupportedHost.
func Bind[F any](addr executor.Addr, opts ...Option) (F, error) {
	var none F
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	rt := reflect.TypeFor[F]()
	if addr == 0 {
		return none, ErrZeroAddress
	}
	p, err := bind(addr, rt, o)
	if err != nil {
		return none, err
	}
	return *(*F)(unsafe.Pointer(&p)), nil
}

// A StackConfig describes the stacks on which C runs.
type StackConfig struct {
	Size int // bytes of address space a stack, a 128th of which is its guard; rounded up to a power of two, from 256 KiB to 1 TiB; 0 means 8 MiB, on 32-bit processors and Windows 1 MiB
	Max  int // stacks for blocking calls, that is such calls in progress (those within callbacks count as well), beyond which calls wait; fewer if address space is short; 0 means 1024, on 32-bit processors 128
	Idle int // idle stacks, besides one for each processor, that keep their memory; 0 means 8
}

const (
	minStack = 256 << 10
	maxStack = min(1<<40, math.MaxInt)
)

func (c StackConfig) withDefaults() StackConfig {
	d := StackConfig{Size: 8 << 20, Max: 1024, Idle: 8}
	switch {
	case wordSize == 4:
		d.Size, d.Max = 1<<20, 128
	case runtime.GOOS == "windows":
		d.Size = 1 << 20 // of the threads that programs make there, too
	}
	if c.Size > 0 {
		d.Size = min(max(c.Size, minStack), maxStack)
	}
	if c.Max > 0 {
		d.Max = c.Max
	}
	if c.Idle > 0 {
		d.Idle = c.Idle
	}
	return d
}

// SetStacks configures the C stacks of the process. It has to come before the first Bind, Call or NewCallback, and fails with ErrStacksInUse
// afterwards. Only address space is taken in advance (Size times Max); memory is used as calls need it. On Windows
// a stack counts for the commit limit from its first use on.
func SetStacks(c StackConfig) error { return setStacks(c) }
