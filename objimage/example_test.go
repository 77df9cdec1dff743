package objimage_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"log"

	"github.com/gomcjit/gomcjit/objimage"
)

// A code generator writes an object; Parse reads it in place.
func Example() {
	stream := objimage.NewBufferStream("answer.o")
	generate(stream)
	buf, err := stream.Seal()
	if err != nil {
		log.Fatal(err)
	}
	defer buf.Close()
	obj, err := objimage.Parse(buf)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(obj.Name(), obj.Format(), obj.Arch(), obj.Bits())
	for i := 1; i < obj.NumSections(); i++ {
		s := obj.Section(i)
		fmt.Printf("%s: % x, executable %v\n", obj.SectionName(i), obj.SectionData(i)[:s.Size], s.Flags&objimage.SectionExec != 0)
	}
	// Output:
	// answer.o ELF x86_64 64
	// .text: b8 2a 00 00 00 c3, executable true
	// .shstrtab: 00 2e 74 65 78 74 00 2e 73 68 73 74 72 74 61 62 00, executable false
}

// generate writes "mov eax, 42; ret" as a relocatable object.
func generate(w *objimage.BufferStream) {
	code, names := []byte("\xb8\x2a\x00\x00\x00\xc3"), []byte("\x00.text\x00.shstrtab\x00")
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_REL), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Ehsize: 64, Shentsize: 64, Shnum: 3, Shstrndx: 2, Shoff: uint64(64 + len(code) + len(names)),
	}
	sections := []elf.Section64{
		{},
		{Name: 1, Type: uint32(elf.SHT_PROGBITS), Flags: uint64(elf.SHF_ALLOC | elf.SHF_EXECINSTR), Off: 64, Size: uint64(len(code)), Addralign: 16},
		{Name: 7, Type: uint32(elf.SHT_STRTAB), Off: 64 + uint64(len(code)), Size: uint64(len(names)), Addralign: 1},
	}
	var out bytes.Buffer
	for _, part := range []any{header, code, names, sections} {
		if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			log.Fatal(err)
		}
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		log.Fatal(err)
	}
}
