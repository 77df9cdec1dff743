package objimage

import (
	"encoding/binary"
	"errors"
	"strings"
)

// readSpecial reads the members before the first file: index and long names. Without an index it makes one.
func (a *Archive) readSpecial() error {
	for off := uint64(len(archiveMagic)); off < uint64(len(a.buf.data)); {
		h, err := a.header(off)
		if err != nil {
			return err
		}
		if !h.special {
			a.forgetVersions(&h)
			a.demangle(&h)
			break
		}
		data := a.buf.data[h.start:h.end]
		switch {
		case h.name == arLongNames:
			a.longNames = data
		case a.index != nil:
			// Microsoft's archives have a second index, with the same symbols in another form.
		case h.name == arIndex:
			err = a.readIndex(&h, data, 4)
		case h.name == arIndex64:
			err = a.readIndex(&h, data, 8)
		case strings.HasPrefix(h.name, bsdIndex64):
			err = a.readBSDIndex(&h, data, 8)
		case strings.HasPrefix(h.name, bsdIndex):
			err = a.readBSDIndex(&h, data, 4)
		}
		if err != nil {
			return err
		}
		off = h.next
	}
	if a.index == nil {
		return a.makeIndex()
	}
	a.addDefaults()
	return nil
}

// addDefaults adds the names of which members define default versions, as Object.GlobalName has them. Names without a version go before.
func (a *Archive) addDefaults() {
	for _, name := range a.versioned {
		id := a.index[name]
		if at := strings.Index(name, "@@"); at > 0 {
			a.define(name[:at], id)
		}
	}
	a.versioned = nil
}

// forgetVersions makes names with @@ nothing else, if the first file is of a format that has no versions: vectorcall's f@@16 and C++'s ?f@@YAXXZ are of COFF.
func (a *Archive) forgetVersions(h *arHeader) {
	if a.thin {
		return
	}
	switch identify(a.buf.data[h.start:h.end]) {
	case MachO, COFF:
		a.versioned = nil
	}
}

// demangle gives the symbols of an index the names that they have for engines, if the first file is of a format that has others: see Object.LinkName.
func (a *Archive) demangle(h *arHeader) {
	if a.thin || a.index == nil || !hasUnderscores(a.buf.data[h.start:h.end]) {
		return
	}
	names := make(map[string]MemberID, len(a.index))
	for name, id := range a.index {
		names[plainName(name)] = id
	}
	a.index = names
}

// number reads a number of 4 or 8 bytes.
func number(order binary.ByteOrder, b []byte, size int) uint64 {
	if size == 8 {
		return order.Uint64(b)
	}
	return uint64(order.Uint32(b))
}

// readIndex reads GNU's index: the number of symbols, for each the offset of its member, then the names, each with a NUL. Numbers are big-endian.
func (a *Archive) readIndex(h *arHeader, data []byte, size int) error {
	if len(data) < size {
		return a.errorf(h.off, "symbol index of %d bytes is cut off", len(data))
	}
	num := number(binary.BigEndian, data, size)
	data = data[size:]
	if num > uint64(len(data)/(size+1)) { // a name is one byte at least
		return a.errorf(h.off, "symbol index of %d bytes is too short for its %d symbols", len(data), num)
	}
	names := string(data[int(num)*size:]) // one copy, shared by all keys
	a.index = make(map[string]MemberID, num)
	for i := range int(num) {
		name, rest, ok := strings.Cut(names, "\x00")
		if !ok {
			return a.errorf(h.off, "symbol index ends before the name of symbol %d of %d", i, num)
		}
		names = rest
		a.define(name, MemberID(number(binary.BigEndian, data[i*size:], size)))
	}
	return nil
}

// readBSDIndex reads ranlib's index: the size in bytes of a table of pairs, name offset and member offset; the table; the size of the names;
// the names. Numbers are in the byte order of the machine that the archive is for, which nothing tells but that the other one makes no sense.
func (a *Archive) readBSDIndex(h *arHeader, data []byte, size int) error {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		table, names, ok := bsdTables(order, data, size)
		if !ok {
			continue
		}
		return a.readRanlib(h, order, table, names, size)
	}
	return a.errorf(h.off, "symbol index of %d bytes has tables that do not fit", len(data))
}

func bsdTables(order binary.ByteOrder, data []byte, size int) (table, names []byte, ok bool) {
	if table, data, ok = sized(order, data, size); !ok || len(table)%(2*size) != 0 {
		return nil, nil, false
	}
	names, _, ok = sized(order, data, size)
	return table, names, ok
}

// sized cuts off bytes that are preceded by their number.
func sized(order binary.ByteOrder, data []byte, size int) (head, rest []byte, ok bool) {
	if len(data) < size {
		return nil, nil, false
	}
	n := number(order, data, size)
	data = data[size:]
	if n > uint64(len(data)) {
		return nil, nil, false
	}
	return data[:n], data[n:], true
}

func (a *Archive) readRanlib(h *arHeader, order binary.ByteOrder, table, names []byte, size int) error {
	num := len(table) / (2 * size)
	all := string(names) // one copy, shared by all keys
	a.index = make(map[string]MemberID, num)
	total := 0
	for i := range num {
		entry := table[i*2*size:]
		at := number(order, entry, size)
		if at >= uint64(len(all)) {
			return a.errorf(h.off, "name of symbol %d of the index is at %#x, outside its %d bytes of names", i, at, len(all))
		}
		name, _, ok := strings.Cut(all[at:], "\x00")
		if !ok {
			return a.errorf(h.off, "name of symbol %d of the index has no end", i)
		}
		// Names may overlap, but the members that define them have each in full.
		if total += len(name); total > len(a.buf.data) {
			return a.errorf(h.off, "names of the symbol index are longer than the archive")
		}
		a.define(name, MemberID(number(order, entry[size:], size)))
	}
	return nil
}

// define enters a symbol, if no earlier member has it.
func (a *Archive) define(name string, id MemberID) {
	if _, ok := a.index[name]; !ok {
		a.index[name] = id
		if strings.Contains(name, "@@") {
			a.versioned = append(a.versioned, name)
		}
	}
}

// makeIndex reads the symbols of all members that are objects.
func (a *Archive) makeIndex() error {
	a.index = map[string]MemberID{}
	for m, err := range a.Members() {
		if err != nil {
			return err
		}
		if err := a.indexMember(m.ID); err != nil && !errors.Is(err, ErrUnsupportedFormat) {
			return err
		}
	}
	return nil
}

func (a *Archive) indexMember(id MemberID) error {
	b, err := a.Member(id)
	if err != nil {
		return err
	}
	defer b.Close()
	o, err := Parse(b)
	if err != nil {
		return err
	}
	var batch [64]Symbol
	for from := o.FirstGlobal(); from < o.NumSymbols(); {
		n, err := o.Symbols(from, batch[:])
		if err != nil {
			return err
		}
		from += n
		for k := range batch[:n] {
			if s := &batch[k]; s.Place != PlaceUndefined {
				a.define(string(o.GlobalName(s)), id)
			}
		}
	}
	return nil
}
