package llvm

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
)

// Variable is the environment variable that names the libLLVM to use: a file, or the name of a library that the dynamic linker finds.
const Variable = "GOMCJIT_LIBLLVM"

// The versions that are looked for by name. What Variable names may be newer.
const (
	oldest = 11
	newest = 22
)

// ErrNoLibrary says that there is no libLLVM on this system. It is what a *LoadError is, for errors.Is.
var ErrNoLibrary = errors.New("no libLLVM is installed")

// A LoadError says why no libLLVM could be opened.
type LoadError struct {
	Tried   []string // names and files, in order
	Missing []string // functions that the last one does not have; nil if it could not be opened at all
	Err     error    // why the last one could not be opened; nil if functions are missing
}

// Error returns one line with what was tried, and what to do.
func (e *LoadError) Error() string {
	if len(e.Missing) > 0 {
		return fmt.Sprintf("%s is no libLLVM of versions %d to %d: it has no %s", e.Tried[len(e.Tried)-1], oldest, newest, first(e.Missing))
	}
	if len(e.Tried) == 1 {
		return fmt.Sprintf("cannot open libLLVM: %v", e.Err)
	}
	return fmt.Sprintf("cannot open libLLVM (tried %s): install one of versions %d to %d (libllvm14 or a newer one in Debian), or name its file in %s", first(e.Tried), oldest, newest, Variable)
}

// first returns the first names of a list.
func first(names []string) string {
	const enough = 4
	if len(names) <= enough {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d others", strings.Join(names[:enough], ", "), len(names)-enough)
}

// Unwrap returns the dynamic linker's error.
func (e *LoadError) Unwrap() error { return e.Err }

// Is reports whether target is ErrNoLibrary.
func (e *LoadError) Is(target error) bool { return target == ErrNoLibrary }

// A Library is a libLLVM that is open: it stays so for the life of the process. Its methods may be called from every goroutine.
type Library struct {
	api
	c    libc
	name string

	major, minor, patch uint32

	registerOthers func() error // registers the back ends that are not for this host

	handler
	machines machines
}

// Open opens the libLLVM that is named: a file if there is a slash in name, a version ("14"), or what the dynamic linker finds by this name. Errors are
// *LoadError, and those of packages hostlib and inprocess on systems where shared libraries cannot be opened, or not be called.
func Open(name string) (*Library, error) {
	return openFirst(namesFor(name))
}

// namesFor returns what Open tries for a name.
func namesFor(name string) []string {
	if major, err := strconv.Atoi(name); err == nil {
		return namesOf(major)
	}
	return []string{name}
}

// Default returns the libLLVM that Variable names or, if it is not set, the newest that is installed. It is opened when first asked for. Errors are those of Open.
func Default() (*Library, error) {
	if name := os.Getenv(Variable); name != "" {
		return Open(name)
	}
	return openDefault()
}

var openDefault = sync.OnceValues(func() (*Library, error) { return openFirst(namesDownFrom(newest)) })

// older returns the libraries of the versions below one, as far as they are installed, the newest first.
func older(than int) iter.Seq[*Library] {
	return func(yield func(*Library) bool) {
		for major := than - 1; major >= oldest; major-- {
			if l, err := openFirst(namesOf(major)); err == nil && !yield(l) {
				return
			}
		}
	}
}

func namesDownFrom(major int) (names []string) {
	for ; major >= oldest; major-- {
		names = append(names, namesOf(major)...)
	}
	return names
}

// namesOf returns where distributions put a version, and under which names.
func namesOf(major int) []string {
	names := []string{fmt.Sprintf("libLLVM-%d.so", major), fmt.Sprintf("libLLVM-%d.so.1", major)}
	if major >= 18 { // the name has the whole version from then on
		names = slices.Insert(names, 0, fmt.Sprintf("libLLVM.so.%d.1", major))
	}
	for _, pattern := range []string{"/usr/lib/llvm-%d/lib/libLLVM.so.1", "/opt/homebrew/opt/llvm@%d/lib/libLLVM.dylib", "/usr/local/opt/llvm@%d/lib/libLLVM.dylib"} {
		names = append(names, fmt.Sprintf(pattern, major))
	}
	return names
}

// opened is the libraries that are open, by the names with which they were opened.
var opened = struct {
	sync.Mutex
	byName map[string]*Library
}{byName: map[string]*Library{}}

// openFirst opens the first of the names that can be opened.
func openFirst(names []string) (*Library, error) {
	opened.Lock()
	defer opened.Unlock()
	for _, name := range names {
		if l := opened.byName[name]; l != nil {
			return l, nil
		}
	}
	var last error
	for _, name := range names {
		shared, err := hostlib.Open(name)
		if errors.Is(err, hostlib.ErrUnsupportedHost) {
			return nil, err
		}
		if err != nil {
			last = err
			continue
		}
		l, err := bindLibrary(name, shared)
		if err == nil {
			opened.byName[name] = l
		}
		return l, err
	}
	return nil, &LoadError{Tried: names, Err: last}
}

// bindLibrary finds all functions, and makes the library ready for compiling for all its targets.
func bindLibrary(name string, shared *hostlib.Library) (*Library, error) {
	l := &Library{name: name}
	b := &binder{library: shared}
	l.bindCore(b)
	l.bindTarget(b)
	l.bindVersions(b)
	c := &binder{library: hostlib.Process()}
	need(c, &l.c.strlen, "strlen", inprocess.Leaf())
	need(c, &l.c.memcpy, "memcpy", inprocess.Leaf())
	if missing := append(b.missing, c.missing...); len(missing) > 0 {
		return nil, &LoadError{Tried: []string{name}, Missing: missing}
	}
	if err := errors.Join(b.err, c.err); err != nil {
		return nil, err
	}
	l.major, l.minor, l.patch = l.versionOf(shared)
	if err := l.installHandlers(); err != nil {
		return nil, err
	}
	l.registerOthers = sync.OnceValue(func() error { return registerTargets(shared, targets) })
	return l, registerTargets(shared, hostTargets[inprocess.Arch])
}

// hostTargets are the back ends for where libLLVM can be opened. The others are registered when one of them is asked for: that is a hundred functions, in as many pages.
var hostTargets = map[string][]string{
	"i386": {"X86"}, "x86_64": {"X86"}, "arm": {"ARM"}, "aarch64": {"AArch64"}, "loongarch64": {"LoongArch"}, "ppc64le": {"PowerPC"}, "riscv64": {"RISCV"},
}

// targets are all back ends that some version has, by the names of their functions.
var targets = []string{
	"X86", "AArch64", "ARM", "RISCV", "PowerPC", "SystemZ", "Mips", "LoongArch", "Sparc", "M68k", "BPF", "WebAssembly", "Hexagon", "AMDGPU", "NVPTX", "AVR", "Lanai", "MSP430", "VE", "XCore",
}

// registerTargets registers back ends, as far as the library has been built with them (llvm-c/Target.h has these calls as inline functions). Registering one again does nothing.
func registerTargets(shared *hostlib.Library, names []string) error {
	for _, target := range names {
		for _, part := range []string{"TargetInfo", "Target", "TargetMC", "AsmPrinter", "AsmParser"} {
			f, ok := shared.Lookup("LLVMInitialize" + target + part)
			if !ok {
				continue // the target is not in this library, or has no such part
			}
			if _, err := (inprocess.Process{}).Call(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// Name returns the name with which the library was opened.
func (l *Library) Name() string { return l.name }

// Version returns the major version, such as 14.
func (l *Library) Version() int { return int(l.major) }

// HostTriple returns the target of this process.
func (l *Library) HostTriple() string { return l.take(l.defaultTriple()) }

// Normalize returns a triple in LLVM's full form: "x86_64-linux" becomes "x86_64-unknown-linux".
func (l *Library) Normalize(triple string) string { return l.take(l.normalizeTriple(zero(triple))) }

// BackEnd returns the name of the code generator for a triple, such as "x86-64", or for the architecture arch whatever the triple, if arch is not empty. The error is a *TargetError.
func (l *Library) BackEnd(triple, arch string) (string, error) {
	found, err := l.backEnd(&target{triple: triple, arch: arch})
	if err != nil {
		return "", err
	}
	return l.c.text(l.targetName(found)), nil
}

// given is what ParseOptions was given: it may change the code of any module.
var given givenOptions

type givenOptions struct {
	mu   sync.Mutex
	list []string
}

func (g *givenOptions) note(options []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = append(g.list, options...)
}

func (g *givenOptions) text() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return fmt.Sprintf("%q", g.list)
}

// ParseOptions gives LLVM options of its own, such as "-stats" (cl::ParseCommandLineOptions). They count for the whole process. What it does not know it ignores without a word, and the options
// that follow, too; those that print something (-help-hidden) end the process. Call it once, before anything is compiled. The error is a *FatalError.
func (l *Library) ParseOptions(program string, options ...string) error {
	given.note(options)
	arguments := append([]string{program}, options...)
	vector := make([]uintptr, len(arguments))
	for i, text := range arguments { // LLVM keeps some of them for ever
		m, err := inprocess.CString(text)
		if err != nil {
			return err
		}
		vector[i] = uintptr(m.Addr())
	}
	_, err := guard(func() error {
		l.parseOptions(int32(len(arguments)), &vector[0], nil)
		return nil
	})
	return err
}

// take copies a text of LLVM's and gives it back.
func (l *Library) take(s cString) string {
	if s == 0 {
		return ""
	}
	defer l.disposeMessage(s)
	return l.c.text(s)
}
