package objimage

import (
	"bytes"
	"debug/elf"
)

// MaxContents returns how many bytes all sections of the file together can reasonably have, compressed ones included: what is more is made up.
func (o *Object) MaxContents() uint64 { return maxExpansion * uint64(len(o.buf.data)) }

// SectionContents returns a copy of the contents of section i, decompressed if they are compressed (gABI, "Compression Header"); nil for a zero-fill section. Errors are *FormatError: more than limit bytes, and compressed contents
// that are not what their header says.
func (o *Object) SectionContents(i int, limit uint64) ([]byte, error) {
	s := o.Section(i)
	if s.Flags&SectionCompressed == 0 {
		b := o.SectionData(i)
		if uint64(len(b)) > limit {
			return nil, o.sectionError(i, "sections have more bytes than the file can hold")
		}
		return bytes.Clone(b), nil
	}
	f, err := elf.NewFile(bytes.NewReader(o.buf.data))
	if err != nil {
		return nil, o.errorf(0, "reading compressed sections: %v", err)
	}
	c := f.Sections[i]
	if c.Size > min(maxExpansion*c.FileSize, limit) {
		return nil, o.sectionError(i, "%d compressed bytes claim to be %d", c.FileSize, c.Size)
	}
	data, err := c.Data()
	if err != nil {
		return nil, o.sectionError(i, "decompressing: %v", err)
	}
	return data, nil
}
