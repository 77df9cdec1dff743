package runtimedyld

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// A crossTarget is an architecture, or a variant of one, whose ELF objects are compared with what another linker makes of them: see TestSameAsLLD.
//
// To add an architecture, put a target into crossTargets in the init function of its test file. Compilers, bases and the GOT's name are enough where the fields of relocations are
// what formulas of howto say; where linkers have a choice, adapt tells apart what has to be equal and what only has to lead to the same place. Then run
//
//	go test ./runtimedyld -update
//
// so that testdata/shown.txt has the relocations that are shown to be right in this way.
type crossTarget struct {
	// The corpus: every compiler with every one of crossFlags and flags, for each of sources. Flags that begin with "clang " or "gcc " are for such compilers alone.
	compilers, flags []string      // compilers are commands with arguments
	onlyFlags        bool          // without crossFlags
	sources          []crossSource // crossSources if nil
	assembler        []string      // sources for every compiler; those that begin with "# clang" or "# gcc" are for such alone
	asFlags          string        // for gcc to assemble them
	outline          bool          // gcc with -Os wants functions that linkers of executables make
	high             func(flags string) bool
	more             func(t *testing.T) []compiled                          // objects of other kinds
	prepare          func(t *testing.T, data []byte, order elfOrder) []byte // changes objects

	// The linker and its layout.
	ld      string            // a cross ld to be used instead of ld.lld-19, which does not know the architecture well
	link    []string          // for the linker
	mode    []string          // for the linker above 4 GiB, instead of -static
	starts  map[string]uint64 // of sections, from the base
	bases   []uint64
	got     string // the section that the GOT is, if there is no _GLOBAL_OFFSET_TABLE_
	all     bool   // what may be missing is not: calls of it go nowhere in some way of each linker's own
	outside string // the section of data that objects do not define; ".externals" if ""
	linked  bool   // what is undefined are functions and data of an object that is linked here, too; else it is known by its address alone
	thumb   bool   // such functions are in Thumb code, in every second object
	micro   bool   // they are in microMIPS code

	// The comparison.
	skip  func(section string) bool
	adapt func(c *crossSection, row *howto, i int) bool // deals with the i-th relocation, unless it is to be compared as others are
	least crossSum                                      // has to be compared
}

// A crossSource is in all ways of compiling but those with except.
type crossSource struct{ lang, text, flags, except string }

// A compiled is one object of the corpus.
type compiled struct {
	name   string
	data   []byte
	high   bool // it can be linked above 4 GiB, too
	byHand bool
	thumb  bool
}

// crossTargets are compared, by LLVM's name of the architecture, behind which there may be that of a variant.
var crossTargets = map[string]crossTarget{}

// crossLeast is what has to be compared at least, if a target does not say what.
var crossLeast = crossSum{objects: 40, relocs: 2000, slots: 100}

// crossFlags are ways to compile for any architecture.
var crossFlags = []string{"-O0 -fPIC", "-O2 -fPIC", "-O0 -fno-pic", "-O2 -fno-pic", "-O2 -fPIE", "-Os -fPIC -ffunction-sections -fdata-sections",
	"-O1 -fPIC -fvisibility=hidden", "-O3 -fno-pic -fcommon", "-O1 -fno-pic -fno-asynchronous-unwind-tables"}

var crossSources = []crossSource{{lang: testenv.C, text: corpusC}, {lang: testenv.CXX, text: corpusCXX}}

// isPositionIndependent says whether flags make code that can be anywhere.
func isPositionIndependent(flags string) bool { return strings.Contains(flags, "-fPI") }

// corpus compiles what is compared.
func (c *crossTarget) corpus(t *testing.T, order elfOrder) (list []compiled) {
	sources := c.sources
	if sources == nil {
		sources = crossSources
	}
	flags := c.flags
	if !c.onlyFlags {
		flags = slices.Concat(crossFlags, flags)
	}
	for _, f := range flags {
		for _, compiler := range c.compilers {
			f, ok := flagsFor(compiler, f)
			for _, s := range sources {
				if ok && c.knows(compiler, &s, f) {
					list = append(list, c.compile(t, compiler, s, f))
				}
			}
		}
	}
	for i := range list {
		list[i].thumb = c.thumb && i%2 == 0
	}
	list = append(list, c.assembled(t)...)
	if c.more != nil {
		list = append(list, c.more(t)...)
	}
	for i := range list {
		o := &list[i]
		if o.data = neutral(o.data); c.ld != "" {
			keepApart(o.data)
		}
		if c.prepare != nil {
			o.data = c.prepare(t, o.data, order)
		}
	}
	return list
}

func isClang(compiler string) bool { return strings.HasPrefix(compiler, "clang") }

// flagsFor returns flags without what says which compilers they are for, and whether they are for this one.
func flagsFor(compiler, flags string) (string, bool) {
	kind, rest, ok := strings.Cut(flags, " ")
	if !ok || kind != "gcc" && kind != "clang" {
		return flags, true
	}
	return rest, (kind == "clang") == isClang(compiler)
}

// knows says whether a compiler can compile the source with flags. Debian's cross C++ compilers are packages of their own.
func (c *crossTarget) knows(compiler string, s *crossSource, flags string) bool {
	if s.except != "" && strings.Contains(flags, s.except) {
		return false
	}
	cross := strings.Contains(compiler, "-gcc")
	return !cross || s.lang != testenv.CXX && !(c.outline && strings.Contains(flags, "-Os"))
}

func (c *crossTarget) compile(t *testing.T, compiler string, s crossSource, flags string) compiled {
	command, all := strings.Fields(compiler), strings.TrimSpace(flags+" "+s.flags)
	data := testenv.CompileBytes(t, command[0], s.lang, s.text, slices.Concat(command[1:], strings.Fields(all), []string{"-w"})...)
	return compiled{name: fmt.Sprintf("%s %s %s.o", compiler, s.lang, all), data: data, high: c.high == nil || c.high(flags)}
}

// assembled assembles what is written by hand. What depends on functions being in Thumb code is there in both ways.
func (c *crossTarget) assembled(t *testing.T) (list []compiled) {
	for i, source := range c.assembler {
		for _, compiler := range c.compilers {
			flags := c.asFlags
			if isClang(compiler) {
				flags = ""
			}
			if strings.HasPrefix(source, "# gcc") && isClang(compiler) || strings.HasPrefix(source, "# clang") && !isClang(compiler) {
				continue
			}
			o := c.compile(t, compiler, crossSource{lang: testenv.Assembler, text: source}, flags)
			o.name, o.byHand = fmt.Sprintf("%s %d.o", o.name, i), true
			list = append(list, o)
			if c.thumb {
				o.name, o.data, o.thumb = "thumb "+o.name, slices.Clone(o.data), true
				list = append(list, o)
			}
		}
	}
	return list
}
