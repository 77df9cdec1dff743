package gdbremote

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A description is what a stub says of the target's registers: "Target Descriptions", appendix G of GDB's manual.
type description struct {
	arch      string // in BFD's notation, such as i386:x86-64
	features  map[string]bool
	registers []register
}

// A register is one of a thread's.
type register struct {
	name   string
	num    int
	size   int // bytes
	offset int // in the g packet, if that goes so far
	system bool
}

// Bounds of what is believed.
const (
	maxRegisters     = 4096
	maxRegisterBytes = 1 << 12
	maxIncludes      = 64
)

// A descriptionReader reads documents that include others.
type descriptionReader struct {
	fetch    func(annex string) ([]byte, error)
	includes int
	bytes    int
	desc     description
	next     int    // the number of the next register that has none
	feature  string // in which it is
}

// readDescription reads target.xml and what it includes. Errors are fetch's and those of documents that make no sense.
func readDescription(fetch func(annex string) ([]byte, error)) (*description, error) {
	r := &descriptionReader{fetch: fetch, desc: description{features: map[string]bool{}}}
	if err := r.document("target.xml"); err != nil {
		return nil, err
	}
	layOut(r.desc.registers)
	return &r.desc, nil
}

func (r *descriptionReader) document(annex string) error {
	if r.includes++; r.includes > maxIncludes {
		return errors.New("the target's description includes itself")
	}
	text, err := r.fetch(annex)
	if err != nil {
		return err
	}
	if r.bytes += len(text); r.bytes > maxTransfer {
		return errors.New("the target's description is too long")
	}
	d := xml.NewDecoder(strings.NewReader(string(text)))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the target's description, %s: %w", annex, err)
		}
		if start, ok := token.(xml.StartElement); ok {
			if err := r.element(d, start); err != nil {
				return err
			}
		}
	}
}

func (r *descriptionReader) element(d *xml.Decoder, e xml.StartElement) error {
	attr := func(name string) string {
		for _, a := range e.Attr {
			if a.Name.Local == name {
				return a.Value
			}
		}
		return ""
	}
	switch e.Name.Local {
	case "architecture":
		return d.DecodeElement(&r.desc.arch, &e)
	case "include":
		return r.document(attr("href"))
	case "feature":
		r.feature = attr("name")
		r.desc.features[r.feature] = true
	case "reg":
		return r.register(attr("name"), attr("bitsize"), attr("regnum"))
	}
	return nil
}

func (r *descriptionReader) register(name, bits, num string) error {
	n, err := strconv.ParseUint(bits, 10, 32)
	if err != nil || n == 0 || n > 8*maxRegisterBytes {
		return fmt.Errorf("the target's description: register %s has %q bits", name, bits)
	}
	at := r.next
	if num != "" {
		given, err := strconv.ParseUint(num, 10, 16)
		if err != nil {
			return fmt.Errorf("the target's description: register %s has the number %q", name, num)
		}
		at = int(given)
	}
	if r.next = at + 1; len(r.desc.registers) >= maxRegisters {
		return errors.New("the target's description: there are too many registers")
	}
	r.desc.registers = append(r.desc.registers, register{name: name, num: at, size: int(n+7) / 8, system: systemFeature(r.feature)})
	return nil
}

// systemFeature says whether the registers of a feature are not a thread's, or none that C knows, of which emulators list hundreds.
func systemFeature(name string) bool {
	return strings.HasPrefix(name, "org.qemu.") || name == "org.gnu.gdb.riscv.csr" || name == "org.gnu.gdb.riscv.virtual"
}
