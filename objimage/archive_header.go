package objimage

import (
	"bytes"
	"strconv"
	"strings"
)

// Fields of a member's header, which is text padded with blanks: name, date, owner, group, mode, size, and an end mark.
const (
	arHeaderSize = 60
	arNameEnd    = 16
	arSizeStart  = 48
	arSizeEnd    = 58
	arEndMark    = "`\n"
)

// Names of the members that ar and ranlib make for themselves. GNU's cannot be names of files, as the slash ends a name.
const (
	arIndex     = "/"       // symbol index, 32-bit offsets
	arIndex64   = "/SYM64/" // symbol index, 64-bit offsets
	arLongNames = "//"
	bsdIndex    = "__.SYMDEF" // also with " SORTED" after it
	bsdIndex64  = "__.SYMDEF_64"
	bsdLongName = "#1/" // then the length of a name that precedes the contents
)

// maxLongName bounds names in the table of long names, which are those of files with their directories. A table of one line would be read again for each member.
const maxLongName = 1 << 12

// An arHeader is a member's header, its name resolved.
type arHeader struct {
	name       string
	off        uint64 // of the header
	start, end uint64 // of the contents; for files outside a thin archive the difference is their size
	next       uint64 // where the next header is; at least off+arHeaderSize
	special    bool   // index or table of names, not a file
	nested     bool   // in a thin archive: a member of the archive that name tells
}

// header reads the header at off.
func (a *Archive) header(off uint64) (h arHeader, err error) {
	data := a.buf.data
	if off > uint64(len(data)) || uint64(len(data))-off < arHeaderSize {
		return h, a.errorf(off, "header of a member is outside the archive of %#x bytes", len(data))
	}
	raw := data[off : off+arHeaderSize]
	if string(raw[arSizeEnd:]) != arEndMark {
		return h, a.errorf(off, "there is no header of a member here: its end mark is missing")
	}
	size, err := strconv.ParseUint(strings.TrimRight(string(raw[arSizeStart:arSizeEnd]), " "), 10, 64)
	if err != nil {
		return h, a.errorf(off, "size %q of a member is not a number", raw[arSizeStart:arSizeEnd])
	}
	h.off, h.start, h.end = off, off+arHeaderSize, off+arHeaderSize+size
	h.name = strings.TrimRight(string(raw[:arNameEnd]), " ")
	h.special = isSpecial(h.name)
	h.next = h.start
	if !a.thin || h.special {
		if h.end > uint64(len(data)) {
			return h, a.errorf(off, "member of %d bytes reaches beyond the archive of %d bytes", size, len(data))
		}
		h.next = h.end + h.end&1
	}
	if !h.special {
		err = a.resolveName(&h)
	}
	return h, err
}

// isSpecial reports whether a name, as the header has it, is not that of a file. Microsoft adds indices such as "/<ECSYMBOLS>/".
func isSpecial(name string) bool {
	if rest, ok := strings.CutPrefix(name, "/"); ok {
		return rest == "" || rest[0] < '0' || rest[0] > '9'
	}
	return isBSDIndex(name)
}

func isBSDIndex(name string) bool {
	name = strings.TrimSuffix(name, " SORTED")
	return name == bsdIndex || name == bsdIndex64
}

// resolveName replaces the name in the header by the one that it stands for.
func (a *Archive) resolveName(h *arHeader) error {
	if at, ok := strings.CutPrefix(h.name, "/"); ok {
		return a.longName(h, at)
	}
	if length, ok := strings.CutPrefix(h.name, bsdLongName); ok && !a.thin {
		n, err := strconv.ParseUint(length, 10, 64)
		if err != nil || n > h.end-h.start {
			return a.errorf(h.off, "name of %q bytes does not fit in a member of %d", length, h.end-h.start)
		}
		name, _, _ := bytes.Cut(a.buf.data[h.start:h.start+n], []byte{0})
		h.name = string(name)
		h.start += n
		h.special = isBSDIndex(h.name)
		return nil
	}
	h.name = strings.TrimSuffix(h.name, "/")
	return nil
}

// longName resolves a name that is an offset in the table of long names, where it ends in a slash and a line feed. In a thin archive a second number
// says that the file is an archive, and where in it the member is.
func (a *Archive) longName(h *arHeader, at string) error {
	at, _, h.nested = strings.Cut(at, ":")
	off, err := strconv.ParseUint(at, 10, 64)
	if err != nil || off >= uint64(len(a.longNames)) {
		return a.errorf(h.off, "name at %q is outside the table of long names of %d bytes", at, len(a.longNames))
	}
	name := a.longNames[off:]
	end := bytes.IndexAny(name[:min(len(name), maxLongName)], "\n\x00")
	if end < 0 && len(name) > maxLongName {
		return a.errorf(h.off, "name at %q is longer than %d bytes", at, maxLongName)
	} else if end >= 0 {
		name = name[:end]
	}
	h.name = string(bytes.TrimSuffix(name, []byte("/")))
	return nil
}
