package rtdyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/objimage"
)

const unrecognized = "The file was not recognized as a valid object file"

// noObject returns the error about an input that is no object, as LLVM words it, if err is about that, and what err says behind it.
func noObject(err error, data []byte) error {
	if errors.Is(err, objimage.ErrFormat) {
		return fmt.Errorf("unable to create object file: '%s\n'\n  %w", complaint(err, data), err)
	}
	return err
}

// complaint is what LLVM says of a file that is no object, which is more if it looks like the beginning of one (identify_magic and the constructors of llvm::object::ObjectFile's kinds).
func complaint(err error, data []byte) string {
	var text string
	switch {
	case bytes.HasPrefix(data, []byte(elf.ELFMAG)):
		text = complaintELF(data)
	case len(data) >= 32 && (binary.LittleEndian.Uint32(data) == 0xfeedfacf || binary.BigEndian.Uint32(data) == 0xfeedfacf):
		text = complaintMachO(err, data, 32)
	case len(data) >= 28 && (binary.LittleEndian.Uint32(data) == 0xfeedface || binary.BigEndian.Uint32(data) == 0xfeedface):
		text = complaintMachO(err, data, 28)
	case len(data) >= 4 && coffMachines[binary.LittleEndian.Uint16(data)]:
		text = "The end of the file was unexpectedly encountered"
	}
	if text == "" {
		return unrecognized
	}
	return text
}

// coffMachines are the machines by which LLVM knows COFF (debug/pe.IMAGE_FILE_MACHINE_*).
var coffMachines = map[uint16]bool{0x14c: true, 0x8664: true, 0x1c4: true, 0xaa64: true}

func complaintELF(data []byte) string {
	if len(data) < 18 { // up to e_type
		return ""
	}
	var order binary.ByteOrder = binary.LittleEndian
	if data[elf.EI_DATA] == byte(elf.ELFDATA2MSB) {
		order = binary.BigEndian
	}
	size, entry := uint64(binary.Size(elf.Header64{})), uint64(binary.Size(elf.Section64{}))
	is32 := data[elf.EI_CLASS] == byte(elf.ELFCLASS32)
	if is32 {
		size, entry = uint64(binary.Size(elf.Header32{})), uint64(binary.Size(elf.Section32{}))
	}
	if uint64(len(data)) < size {
		return fmt.Sprintf("invalid buffer: the size (%d) is smaller than an ELF header (%d)", len(data), size)
	}
	var table, number uint64 // e_shoff, e_shnum
	if is32 {
		table, number = uint64(order.Uint32(data[32:])), uint64(order.Uint16(data[48:]))
	} else {
		table, number = order.Uint64(data[40:]), uint64(order.Uint16(data[60:]))
	}
	end := uint64(len(data))
	switch {
	case table > end || entry > end-table:
		return fmt.Sprintf("section header table goes past the end of the file: e_shoff = %#x", table)
	case number*entry > end-table:
		return "section table goes past the end of file"
	}
	return ""
}

func complaintMachO(err error, data []byte, header uint64) string {
	order := binary.ByteOrder(binary.LittleEndian)
	if data[0] == 0xfe {
		order = binary.BigEndian
	}
	text := "load commands extend past the end of the file"
	var format *objimage.FormatError
	if header+uint64(order.Uint32(data[20:])) <= uint64(len(data)) && errors.As(err, &format) { // sizeofcmds
		text = format.Msg
	}
	return fmt.Sprintf("truncated or malformed object (%s)", text)
}
