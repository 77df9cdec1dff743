package runtimedyld

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// coffMachines are the machines of the architectures that have COFF.
var coffMachines = map[objimage.Arch]uint16{objimage.ArchX86_64: 0x8664, objimage.ArchI386: 0x14c, objimage.ArchARM: 0x1c4, objimage.ArchAArch64: 0xaa64}

// A coffWriter is a COFF object to be written.
type coffWriter struct {
	arch     objimage.Arch
	sections []coffWritten
	symbols  []coffWrittenSymbol
}

type coffWritten struct {
	name   string // of up to 8 bytes
	flags  uint32
	data   []byte
	relocs []coffWrittenReloc
}

type coffWrittenReloc struct {
	Offset, Symbol uint32
	Type           uint16
}

type coffWrittenSymbol struct {
	name    string
	value   uint32
	section int16
	typ     uint16
	class   uint8
	aux     []byte // an auxiliary record behind it, if it is not nil
}

const (
	coffData = 0xc0300040 // initialized, read, write, aligned to 4
	coffText = 0x60300020 // code, read, execute, aligned to 4
)

func (w *coffWriter) bytes() []byte {
	le := binary.LittleEndian
	var head, body, names bytes.Buffer
	start := 20 + 40*len(w.sections)
	for i := range w.sections {
		s := &w.sections[i]
		var h [40]byte
		copy(h[:8], s.name)
		le.PutUint32(h[16:], uint32(len(s.data)))
		le.PutUint32(h[20:], uint32(start+body.Len()))
		body.Write(s.data)
		le.PutUint32(h[24:], uint32(start+body.Len()))
		binary.Write(&body, le, s.relocs)
		le.PutUint16(h[32:], uint16(len(s.relocs)))
		le.PutUint32(h[36:], s.flags)
		head.Write(h[:])
	}
	symtab, records := start+body.Len(), 0
	for _, y := range w.symbols {
		var b [18]byte
		if copy(b[:8], y.name) < len(y.name) {
			clear(b[:8])
			le.PutUint32(b[4:], uint32(4+names.Len()))
			names.WriteString(y.name + "\x00")
		}
		le.PutUint32(b[8:], y.value)
		le.PutUint16(b[12:], uint16(y.section))
		le.PutUint16(b[14:], y.typ)
		b[16] = y.class
		if y.aux != nil {
			b[17] = 1
			records++
		}
		records++
		body.Write(b[:])
		body.Write(y.aux)
	}
	body.Write(le.AppendUint32(nil, uint32(4+names.Len())))
	body.Write(names.Bytes())
	file := make([]byte, 20, 20+head.Len()+body.Len())
	le.PutUint16(file, coffMachines[w.arch])
	le.PutUint16(file[2:], uint16(len(w.sections)))
	le.PutUint32(file[8:], uint32(symtab))
	le.PutUint32(file[12:], uint32(records))
	return append(append(file, head.Bytes()...), body.Bytes()...)
}

func (w *coffWriter) parse(t testing.TB) *objimage.Object {
	return parseObject(t, "limits.o", w.bytes())
}
