package objimage

import (
	"strconv"
	"strings"
)

// Directives are what compilers tell linkers, as options of a command line, in sections .drectve. Read is what is about symbols of the object itself ("Linker options", learn.microsoft.com,
// /INCLUDE and /ALTERNATENAME; GNU ld's -aligncomm):
//
//	-aligncomm:"name",log2    the alignment of a common
//	/include:name             the name has to be defined
//	/alternatename:a=b        a is b, if nobody defines a
//
// Libraries that objects name are the client's business.

const (
	alignOption     = "aligncomm:"
	includeOption   = "include:"
	alternateOption = "alternatename:"
)

// readDirectives reads them. Names in them are those of the file.
func (r *coffReader) readDirectives() error {
	left := len(r.data)
	for i := 1; i <= int(r.sections); i++ {
		s := &r.d.sections[i]
		if s.RawFlags&coffInfo == 0 || string(cstring(r.names[s.Name:])) != ".drectve" {
			continue
		}
		text := r.d.sectionData(r.o, i)
		if left -= len(text); left < 0 {
			return r.sectionError(i, "the directives are longer than the file: sections overlap")
		}
		for _, option := range strings.Fields(strings.ReplaceAll(string(text), "\x00", " ")) {
			if err := r.readDirective(i, option); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *coffReader) readDirective(section int, option string) error {
	if option[0] != '-' && option[0] != '/' {
		return nil
	}
	if text, ok := cutOption(option, alignOption); ok {
		return r.readAlignment(section, option, text)
	}
	if text, ok := cutOption(option, includeOption); ok && text != "" {
		r.includes = append(r.includes, importName(r.o.arch, text))
	}
	if text, ok := cutOption(option, alternateOption); ok {
		from, to, ok := strings.Cut(text, "=")
		if !ok || from == "" || to == "" {
			return r.sectionError(section, "%q does not say what is what: /alternatename:a=b", option)
		}
		r.alternates = append(r.alternates, [2]string{importName(r.o.arch, from), importName(r.o.arch, to)})
	}
	return nil
}

// cutOption returns what is behind an option's name, without quotes.
func cutOption(option, name string) (text string, ok bool) {
	if len(option) <= len(name) || !strings.EqualFold(option[1:1+len(name)], name) {
		return "", false
	}
	return strings.ReplaceAll(option[1+len(name):], `"`, ""), true
}

func (r *coffReader) readAlignment(section int, option, text string) error {
	name, log, _ := strings.Cut(text, ",")
	n, err := strconv.ParseUint(log, 10, 8)
	if err != nil || n > 13 { // IMAGE_SCN_ALIGN_8192BYTES is the largest
		return r.sectionError(section, "alignment %q of a common", option)
	}
	if r.align == nil {
		r.align = map[string]uint64{}
	}
	if r.o.arch == ArchI386 {
		name = strings.TrimPrefix(name, "_")
	}
	r.align[name] = 1 << n
	return nil
}

// addDirected does what directives want: names that have to be defined become references, and those that are others if nobody defines them say so, as weak externals do.
func (r *coffReader) addDirected(firstGlobal uint32) {
	if len(r.includes)+len(r.alternates) == 0 {
		return
	}
	known := r.globals(firstGlobal)
	for _, name := range r.includes {
		r.global(known, name, Symbol{Binding: BindGlobal})
	}
	for _, pair := range r.alternates {
		from := r.global(known, pair[0], Symbol{Binding: BindWeak})
		to := r.global(known, pair[1], Symbol{Binding: BindWeak})
		if y := &r.d.symbols[from]; y.Place == PlaceUndefined && y.Value == 0 && from != to {
			y.Value, y.Other = uint64(to), OtherAlternate
		}
	}
	r.d.entries = append(r.d.entries, make([]uint32, len(r.d.symbols)-len(r.d.entries))...)
}
