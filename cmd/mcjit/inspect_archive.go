package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
)

// inspectArchive shows an archive: its members and what they need together, or some members as objects. What is asked for by the flags is
// shown of every member.
func inspectArchive(w io.Writer, b *objimage.Buffer, o *inspectOptions) error {
	a, err := objimage.ParseArchive(b)
	if err != nil {
		return err
	}
	defer a.Close()
	var errs []error
	if len(o.members) == 0 && o.all() {
		errs = append(errs, writeArchive(w, a))
	} else {
		errs = append(errs, inspectMembers(w, a, o))
	}
	return errors.Join(errs...)
}

func inspectMembers(w io.Writer, a *objimage.Archive, o *inspectOptions) error {
	var errs []error
	found := map[string]bool{}
	err := eachMember(a, func(m objimage.Member, b *objimage.Buffer) error {
		if len(o.members) > 0 && !slices.Contains(o.members, m.Name) {
			return nil
		}
		found[m.Name] = true
		errs = append(errs, inspectObject(w, b, o))
		return nil
	})
	errs = append(errs, err)
	for _, name := range o.members {
		if !found[name] {
			errs = append(errs, fmt.Errorf("%s: there is no member %q", a.Name(), name))
		}
	}
	return errors.Join(errs...)
}

// eachMember calls f with each member of an archive, opened.
func eachMember(a *objimage.Archive, f func(objimage.Member, *objimage.Buffer) error) error {
	for m, err := range a.Members() {
		if err != nil {
			return err
		}
		b, err := a.Member(m.ID)
		if err != nil {
			return err
		}
		err = f(m, b)
		b.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// writeArchive lists the members with what they define, and what they need together.
func writeArchive(w io.Writer, a *objimage.Archive) error {
	t := table{right: []bool{false, true, true, false}}
	t.add("member", "bytes", "needs", "defines")
	n := newNeeds()
	members := 0
	err := eachMember(a, func(m objimage.Member, b *objimage.Buffer) error {
		members++
		img, err := objimage.Parse(b)
		if errors.Is(err, objimage.ErrUnsupportedFormat) {
			t.add(m.Name, fmt.Sprint(m.Size), "", "("+err.(*objimage.FormatError).Msg+")")
			return nil
		}
		if err != nil {
			return err
		}
		syms, err := readSymbols(img)
		if err != nil {
			return err
		}
		defined, undefined := n.addObject(img, syms)
		t.add(m.Name, fmt.Sprint(m.Size), fmt.Sprint(undefined), shorten(defined))
		return nil
	})
	kind := "archive"
	if a.Thin() {
		kind = "thin archive"
	}
	fmt.Fprintf(w, "%s: %s of %s\n\nmembers\n", a.Name(), kind, count(members, "member"))
	t.write(w, "  ")
	if err != nil {
		return err
	}
	n.write(w)
	fmt.Fprintln(w)
	return nil
}

// shorten lists some names, and how many more there are.
func shorten(names []string) string {
	const most = 6
	if len(names) <= most {
		return strings.Join(names, " ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], " "), len(names)-most)
}
