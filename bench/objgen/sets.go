package objgen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// A Generator makes sets in a folder, and keeps them there: a set whose list is there is not made again. Its methods are for one goroutine.
type Generator struct {
	Dir  string    // where the sets are, one NAME.list and the objects in sub-folders
	Jobs int       // how many compilers run at a time; at least 1
	Log  io.Writer // told what is being made; not nil
}

// A Set is a named list of objects, in the order in which they are loaded.
type Set struct {
	Name  string   // as it was asked for
	List  string   // the file that lists the objects, one path a line, relative to its own folder
	Files []string // the objects
}

// A MissingError says that a set cannot be made for want of a tool or a library.
type MissingError struct {
	Set     string // the name of the set
	What    string // the file or command that is missing
	Package string // the Debian package that has it
}

// Error says what to install.
func (e *MissingError) Error() string {
	return fmt.Sprintf("set %s needs %s: install the Debian package %s", e.Set, e.What, e.Package)
}

// An UnknownSetError says that no set has this name. The package documentation lists the names.
type UnknownSetError struct {
	Name string // what was asked for
}

// Error says which names there are.
func (e *UnknownSetError) Error() string {
	return fmt.Sprintf("there is no set %q; a set is many-N, many-g-N, many-nopic-N, big, big-N, sec-N, tiny-N, libc, or one of %s",
		e.Name, strings.Join(realNames(), " "))
}

// A maker makes a set of n objects (or functions) and returns their paths, relative to g.Dir.
type maker func(ctx context.Context, g *Generator, set string, n int) ([]string, error)

// makers are the kinds of set by name, without the number at its end. Those with a number need one, but for big.
var makers = map[string]struct {
	make    maker
	number  bool
	without int // the number meant by the name alone; 0: there has to be one
}{
	"many":         {make: makeMany("-fPIC"), number: true},
	"many-g":       {make: makeMany("-fPIC", "-g"), number: true},
	"many-nopic":   {make: makeMany(), number: true},
	"big":          {make: makeBig(bigText), number: true, without: 80000},
	"sec":          {make: makeBig(bigSections), number: true},
	"tiny":         {make: makeTiny, number: true},
	"libc":         {make: makeLibc},
	"real-sqlite":  {make: makeReal},
	"real-sqlite1": {make: makeSqliteOne},
	"real-crypto":  {make: makeReal},
	"real-support": {make: makeReal},
	"real-x86":     {make: makeReal},
	"real-llvm":    {make: makeReal},
}

// Set returns the set of that name, made now if it is not there. The error is a *MissingError if something is not installed, and an
// *UnknownSetError if the name means nothing.
func (g *Generator) Set(ctx context.Context, name string) (*Set, error) {
	family, n, err := parseName(name)
	if err != nil {
		return nil, err
	}
	s := &Set{Name: name, List: filepath.Join(g.Dir, name+".list")}
	text, err := os.ReadFile(s.List)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = g.make(ctx, s, makers[family].make, n)
	}
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		s.Files = append(s.Files, filepath.Join(g.Dir, strings.TrimSuffix(line, "\n")))
	}
	return s, nil
}

// make makes a set and writes its list last, so that a set with a list is whole.
func (g *Generator) make(ctx context.Context, s *Set, make maker, n int) ([]byte, error) {
	fmt.Fprintf(g.Log, "making the object set %s\n", s.Name)
	if err := os.MkdirAll(g.Dir, 0o777); err != nil {
		return nil, err
	}
	paths, err := make(ctx, g, s.Name, n)
	if err != nil {
		return nil, err
	}
	text := []byte(strings.Join(paths, "\n") + "\n")
	return text, writeFile(s.List, text)
}

// parseName splits a set's name into its family and its number, which is 0 if the family has none.
func parseName(name string) (family string, n int, err error) {
	if m, ok := makers[name]; ok && (!m.number || m.without > 0) {
		return name, m.without, nil
	}
	at := strings.LastIndexByte(name, '-')
	if at < 0 || !makers[name[:at]].number {
		return "", 0, &UnknownSetError{name}
	}
	n, err = strconv.Atoi(name[at+1:])
	if err != nil || n < 1 || strconv.Itoa(n) != name[at+1:] {
		return "", 0, &UnknownSetError{name}
	}
	return name[:at], n, nil
}

// run runs a tool with text as its input.
func (g *Generator) run(ctx context.Context, set, pkg, tool string, input io.Reader, args ...string) error {
	path, err := exec.LookPath(tool)
	if err != nil {
		return &MissingError{set, tool, pkg}
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = input
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("set %s: %s: %w\n%s", set, cmd, err, out)
	}
	return nil
}

// writeFile writes a file that is either whole or not there.
func writeFile(path string, data []byte) error {
	if err := os.WriteFile(path+".tmp", data, 0o666); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
