package objimage

import "encoding/binary"

// Libraries for Windows have two indexes, of which the first is as GNU's ("PE Format", "Archive (Library) File Format"). It has names as they are in files, which on i386 are not C's.

// isDecorated reports whether the archive's objects are COFF's of i386, by the first few members.
func (a *Archive) isDecorated() bool {
	if a.thin {
		return false
	}
	left := 8
	for m, err := range a.Members() {
		if left--; err != nil || left < 0 {
			return false
		}
		h, err := a.header(uint64(m.ID))
		if err != nil || h.end-h.start < coffHeaderSize {
			continue
		}
		data := a.buf.data[h.start:h.end]
		if binary.LittleEndian.Uint32(data) == coffAnonymous {
			data = data[6:]
		}
		if arch := coffArch(binary.LittleEndian.Uint16(data)); arch != ArchUnknown {
			return arch == ArchI386
		}
	}
	return false
}

// plainIndex returns an index with C's names.
func plainIndex(index map[string]MemberID) map[string]MemberID {
	plain := make(map[string]MemberID, len(index))
	for name, id := range index {
		plain[plainName(ArchI386, name)] = id
	}
	return plain
}
