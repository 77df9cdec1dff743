package command

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
)

// A dialect is how a program takes its options.
type dialect uint8

const (
	clang dialect = iota
	gcc
	gas
	llc
)

// A candidate is a program that may be installed.
type candidate struct {
	name    string
	dialect dialect
}

var (
	forC        = []candidate{{"clang", clang}, {"gcc", gcc}, {"cc", gcc}}
	forCXX      = []candidate{{"clang++", clang}, {"g++", gcc}, {"c++", gcc}}
	forAssembly = []candidate{{"clang", clang}, {"gcc", gcc}, {"cc", gcc}, {"as", gas}}
	forIR       = []candidate{{"llc", llc}, {"clang", clang}}
)

// languages says for each kind of source who compiles it, and what compilers call it (-x).
var languages = map[codegen.Kind]struct {
	candidates []candidate
	name       string
}{
	codegen.C:            {forC, "c"},
	codegen.CXX:          {forCXX, "c++"},
	codegen.Preprocessed: {forC, "cpp-output"},
	codegen.Assembly:     {forAssembly, "assembler"},
	codegen.AssemblyCPP:  {forC, "assembler-with-cpp"},
	codegen.IR:           {forIR, "ir"},
	codegen.Bitcode:      {forIR, "ir"},
}

// Programs returns the names of the programs that compile a kind of source for this machine, in the order in which they are looked for; none for a kind that is not compiled here.
func Programs(kind codegen.Kind) (names []string) {
	for _, c := range languages[kind].candidates {
		names = append(names, c.name)
	}
	return names
}

// A NotFoundError says that no program for a kind of source is on the path.
type NotFoundError struct {
	Kind   codegen.Kind
	Looked []string // names, in order
}

// Error returns one line with the names.
func (e *NotFoundError) Error() string {
	return fmt.Sprintf("nothing compiles %v here: looked for %s on the path; install one of them", e.Kind, strings.Join(e.Looked, ", "))
}

// Is reports whether target is exec.ErrNotFound.
func (e *NotFoundError) Is(target error) bool { return target == exec.ErrNotFound }

// A program is one that is installed.
type program struct {
	path string
	dialect
}

// find returns the program that compiles a kind of source for a target. gcc compiles for one target, which its name begins with if that is not this machine's.
func find(kind codegen.Kind, triple string) (program, error) {
	var looked []string
	for _, c := range languages[kind].candidates {
		name := c.name
		switch {
		case triple == "" || c.dialect == clang || c.dialect == llc:
		case name == "cc" || name == "c++":
			continue
		default:
			name = triple + "-" + name
		}
		path, err := exec.LookPath(name)
		if err == nil {
			return program{path, c.dialect}, nil
		}
		looked = append(looked, name)
	}
	return program{}, &NotFoundError{Kind: kind, Looked: looked}
}

// answers are what programs say of themselves; they are asked once.
var answers sync.Map

// ask runs the program with one option and returns what it prints.
func (p program) ask(ctx context.Context, option string) (string, error) {
	key := p.path + " " + option
	if known, ok := answers.Load(key); ok {
		return known.(string), nil
	}
	out, err := exec.CommandContext(ctx, p.path, option).Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	answers.Store(key, string(out))
	return string(out), nil
}
