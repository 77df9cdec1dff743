package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/testdata/crt"
)

const runtimeHelp = `Runtime lists the functions that are built in: what compilers call without being asked (copies, 128-bit division, quad floating point, the stack
protector), what glibc keeps in its static part, and exit handlers. They are an archive, whose members are loaded when an object needs them:

  last    if nothing else defines the name: objects, archives and libraries that are given, and the C library of this process go before
  first   before the C library of this process, because it keeps what belongs to the modules that are loaded here

With names, it lists the members that define them.

Exit status: 0; 1 if a name is not built in, 2 if the command line is wrong.`

func (c *cli) runtimeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "runtime [NAME...]",
		Short: "List the functions that are built in",
		Long:  runtimeHelp,
		Example: `  mcjit runtime
  mcjit runtime __udivti3 memcpy`,
		RunE: func(_ *cobra.Command, args []string) error {
			out := bufio.NewWriter(c.stdout)
			err := writeRuntime(out, args)
			return errors.Join(err, out.Flush())
		},
	}
}

// writeRuntime lists the members that define one of the names; all, if there are none.
func writeRuntime(w io.Writer, names []string) error {
	a, err := objimage.ParseArchive(objimage.NewBuffer("runtime", crt.Archive()))
	if err != nil {
		return err
	}
	defer a.Close()
	wanted, err := membersOf(a, names)
	if err != nil {
		return err
	}
	defined := map[objimage.MemberID][]string{}
	for name, id := range a.Symbols() {
		defined[id] = append(defined[id], name)
	}
	t := table{right: []bool{false, false, true, false}}
	t.add("member", "used", "bytes", "defines")
	for m, err := range a.Members() {
		if err != nil {
			return err
		}
		if len(names) > 0 && !wanted[m.ID] {
			continue
		}
		used := "last"
		if slices.Contains(crt.First(), m.Name) {
			used = "first"
		}
		slices.Sort(defined[m.ID])
		cells := []string{m.Name, used, fmt.Sprint(m.Size)}
		for _, line := range fill(defined[m.ID], 100) {
			t.add(append(cells, line)...)
			cells = []string{"", "", ""}
		}
	}
	t.write(w, "")
	return nil
}

// builtIn says whether the runtime defines a name.
func builtIn(name string) bool {
	a, err := objimage.ParseArchive(objimage.NewBuffer("runtime", crt.Archive()))
	if err != nil {
		return false
	}
	defer a.Close()
	_, ok := a.Lookup(name)
	return ok
}

// membersOf returns the members that define names.
func membersOf(a *objimage.Archive, names []string) (map[objimage.MemberID]bool, error) {
	members := map[objimage.MemberID]bool{}
	var errs []error
	for _, name := range names {
		id, ok := a.Lookup(name)
		if !ok {
			errs = append(errs, fmt.Errorf("%s is not built in; mcjit runtime lists what is", name))
		}
		members[id] = true
	}
	return members, errors.Join(errs...)
}

// fill puts words into lines of at most so many characters.
func fill(words []string, width int) (lines []string) {
	for _, word := range words {
		if last := len(lines) - 1; last >= 0 && len(lines[last])+1+len(word) <= width {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}
