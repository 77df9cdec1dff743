package checker

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/arch/x86/x86asm"
)

// Instructions with VEX, EVEX and XOP prefixes, and those without a prefix that x86asm does not know, are tables of forms: what an opcode is
// followed by, and the operands that it has in LLVM. A form is a line of
//
//	rrmu          the operands: r a register, m memory, u an unsigned immediate of 8 bits, n one of 4 bits, d one of 32 bits, e a signed one of
//	              32 bits, x an immediate that is no operand of its own (the number of a register), y one that is the opcode of 3DNow!;
//	              - for none, . for none where there is no ModRM either
//	k z t g       masks with EVEX: one more register behind the first operand when merging, also when zeroing, two when merging and one when
//	              zeroing (the destination is also read), or a mask that the form always has
//	s c           EVEX.b between registers: suppresses exceptions, or chooses a rounding mode, which is then the last operand
//	16 16* 8,32,64  by what an 8-bit displacement with EVEX is multiplied, as it is, times the vectors' length in 128 bits, or for each length
//	/4            the same with EVEX.b, which broadcasts an element of memory
//
// and, below it, indented, its opcodes behind map.prefix.W: with the prefixes none, 66, F3 and F2, and * for any W. 71/2 is the opcode 71 with
// 2 in ModRM.reg, 01=c1 that with the ModRM C1. A form with memory holds for ModRM.mod below 3, one without for 3.
//
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2 and the opcode maps; AMD64 Architecture Programmer's
// Manual, volume 6 (XOP).

// x86DNow has the opcodes of 3DNow! behind 0F 0F, and whether they read what they write.
var x86DNow = map[byte]bool{
	0x0c: false, 0x0d: false, 0x1c: false, 0x1d: false, 0x8a: true, 0x8e: true, 0x90: true, 0x94: true, 0x96: false, 0x97: false, 0x9a: true,
	0x9e: true, 0xa0: true, 0xa4: true, 0xa6: true, 0xa7: true, 0xaa: true, 0xae: true, 0xb0: true, 0xb4: true, 0xb6: true, 0xb7: true,
	0xbb: false, 0xbf: true,
}

// An x86Form is one line of those tables.
type x86Form struct {
	operands  string
	bare      bool // there is no ModRM
	mask      byte // k, z, t, g or 0
	control   byte // s, c or 0
	scale     [3]byte
	broadcast byte // 0: there is none
}

// x86Key tells forms apart.
type x86Key struct {
	opcodes, prefix, w, opcode byte
	modrm                      int16 // the whole ModRM, or only its reg, which is less than 8; -1: any
	memory                     bool
}

// parseX86Forms reads a table. What is wrong in one is found by the tests, and ends the program.
func parseX86Forms(text string) map[x86Key]*x86Form {
	forms := map[x86Key]*x86Form{}
	var form *x86Form
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case line[0] != '\t':
			form = parseX86Form(words)
		default:
			addX86Opcodes(forms, form, words)
		}
	}
	return forms
}

func parseX86Form(words []string) *x86Form {
	form := &x86Form{operands: strings.Trim(words[0], "-."), bare: words[0] == "."}
	for _, word := range words[1:] {
		switch text, scaled := strings.CutSuffix(word, "*"); {
		case strings.Contains("kztg", word):
			form.mask = word[0]
		case strings.Contains("sc", word):
			form.control = word[0]
		case word[0] == '/':
			form.broadcast = byte(decimal(word[1:]))
		default:
			each := strings.Split(text, ",")
			for i := range form.scale {
				form.scale[i] = byte(decimal(each[min(i, len(each)-1)])) << (i * count(scaled))
			}
		}
	}
	return form
}

func addX86Opcodes(forms map[x86Key]*x86Form, form *x86Form, words []string) {
	var key x86Key
	w := byte('*')
	for _, word := range words {
		if at, isGroup := strings.CutSuffix(word, ":"); isGroup {
			opcodes, _ := strconv.ParseUint(at[:1], 16, 8)
			key, w = x86Key{opcodes: byte(opcodes), prefix: at[2] - '0', memory: strings.Contains(form.operands, "m")}, at[4]
			continue
		}
		key.opcode, key.modrm = byte(hexadecimal(word[:2])), -1
		if len(word) > 2 {
			key.modrm = int16(hexadecimal(word[3:]))
		}
		for _, key.w = range []byte{0, 1} {
			if w == '*' || w-'0' == key.w {
				forms[key] = form
			}
		}
	}
}

var (
	x86LegacyForms = sync.OnceValue(func() map[x86Key]*x86Form { return parseX86Forms(x86LegacyText) })
	x86VEXForms    = sync.OnceValue(func() map[x86Key]*x86Form { return parseX86Forms(x86VEXText) })
	x86EVEXForms   = sync.OnceValue(func() map[x86Key]*x86Form { return parseX86Forms(x86EVEXText) })
	x86EVEX32Forms = sync.OnceValue(func() map[x86Key]*x86Form { return parseX86Forms(x86EVEX32Text) })
)

// x86Prefixes is what is before an opcode.
type x86Prefixes struct {
	size    int
	kind    byte // 0xc4, 0x62, 0x8f; 0 for none of them
	key     x86Key
	address int // bits of an address
	length  byte
	mask    byte // EVEX.aaa
	zero    bool
	b       bool
}

// decodeX86Form decodes an instruction of the tables.
func decodeX86Form(code []byte, mode int) (Inst, bool) {
	p, ok := readX86Prefixes(code, mode)
	if !ok || p.size+1 > len(code) {
		return Inst{}, false
	}
	p.key.opcode = code[p.size]
	if form := p.form(mode); form != nil && form.bare {
		return Inst{Name: p.name(code), Size: p.size + 1}, true
	}
	if p.size+2 > len(code) {
		return Inst{}, false
	}
	p.key.modrm, p.key.memory = int16(code[p.size+1]), code[p.size+1]>>6 != 3
	form := p.form(mode)
	if form == nil {
		return Inst{}, false
	}
	shape, ok := p.shape(form)
	if !ok {
		return Inst{}, false
	}
	return p.decode(form, shape, code)
}

// readX86Prefixes reads all that is before the opcode.
func readX86Prefixes(code []byte, mode int) (x86Prefixes, bool) {
	p := x86Prefixes{address: mode, key: x86Key{modrm: -1}}
	for ; p.size < len(code) && p.size < 5; p.size++ {
		switch b := code[p.size]; {
		case isSegmentPrefix(b):
		case b == 0x67:
			p.address = mode / 2
		case b == 0x66 && p.key.prefix == 0:
			p.key.prefix = 1
		case b&^1 == 0xf2 && p.key.prefix == 0:
			p.key.prefix = 3 - b&1
		default:
			return p, p.readOpcodeMap(code[p.size:], mode)
		}
	}
	return p, false
}

// readOpcodeMap reads REX and the bytes 0F, 0F 38 or 0F 3A, or what stands for them.
func (p *x86Prefixes) readOpcodeMap(code []byte, mode int) bool {
	if mode == 64 && code[0]&0xf0 == 0x40 && len(code) > 1 {
		p.key.w = code[0] >> 3 & 1
		p.size++
		code = code[1:]
		if code[0] != 0x0f {
			return false
		}
	}
	if code[0] == 0x0f && len(code) > 1 {
		switch code[1] {
		case 0x38:
			p.key.opcodes, p.size = 2, p.size+2
		case 0x3a:
			p.key.opcodes, p.size = 3, p.size+2
		default:
			p.key.opcodes, p.size = 1, p.size+1
		}
		return true
	}
	if p.key.prefix != 0 || len(code) < 3 || mode != 64 && code[0] != 0x8f && code[1]>>6 != 3 { // lds, les and bound
		return false
	}
	switch code[0] {
	case 0xc5:
		p.readVector(0xc4, 1, code[1]&0x7f, 2)
		return p.address != 32 || mode != 64 || code[1]&7 != 1 // LLVM 14 takes these for instructions without VEX
	case 0xc4:
		p.readVector(0xc4, code[1]&31, code[2], 3)
		return p.key.opcodes < 8
	case 0x8f:
		p.readVector(0x8f, code[1]&31, code[2], 3)
		if mode == 32 && p.key.opcodes == 10 { // W means 64-bit operands there
			p.key.w = 0
		}
		return p.key.opcodes >= 8
	case 0x62:
		if len(code) < 4 {
			return false
		}
		p.readVector(0x62, code[1]&7, code[2], 4)
		p.length, p.mask, p.zero, p.b = code[3]>>5&3, code[3]&7, code[3]&0x80 != 0, code[3]&0x10 != 0
		return code[1]&8 == 0 && code[2]&4 != 0
	}
	return false
}

// readVector takes over the byte W.vvvv.L.pp.
func (p *x86Prefixes) readVector(kind, opcodes, b byte, size int) {
	p.kind, p.key.opcodes, p.key.w, p.key.prefix = kind, opcodes, b>>7, b&3
	p.length = b >> 2 & 1
	p.size += size
}

// form returns the form of an opcode, or nil.
func (p *x86Prefixes) form(mode int) *x86Form {
	switch p.kind {
	case 0xc4, 0x8f:
		return p.key.find(x86VEXForms())
	case 0x62:
		if mode == 32 {
			if form := p.key.find(x86EVEX32Forms()); form != nil {
				return form
			}
		}
		return p.key.find(x86EVEXForms())
	}
	return p.key.find(x86LegacyForms())
}

// find returns the form for a ModRM, else that for its reg, else that for any.
func (k x86Key) find(forms map[x86Key]*x86Form) *x86Form {
	for _, modrm := range []int16{k.modrm, k.modrm >> 3 & 7, -1} {
		k.modrm = modrm
		if form := forms[k]; form != nil {
			return form
		}
	}
	return nil
}

// shape returns the operands of a form with its masks and its rounding mode, and whether EVEX asks for what the form has.
func (p *x86Prefixes) shape(form *x86Form) (string, bool) {
	if p.kind != 0x62 {
		return form.operands, true
	}
	extra := 0
	switch {
	case p.mask == 0 && !p.zero:
		if form.mask == 'g' {
			return "", false
		}
	case form.mask == 0, p.zero && (form.mask == 'k' || form.mask == 'g'):
		return "", false
	case form.mask == 't' && !p.zero:
		extra = 2
	case form.mask != 'g':
		extra = 1
	}
	shape := form.operands[:1] + strings.Repeat("r", extra) + form.operands[1:]
	rounds := p.b && !p.key.memory
	switch {
	case rounds && form.control == 'c':
		shape += "c"
	case rounds && form.control == 0, p.b && p.key.memory && form.broadcast == 0, !rounds && p.length == 3:
		return "", false
	}
	return shape, true
}

// decode returns the operands of a shape.
func (p *x86Prefixes) decode(form *x86Form, shape string, code []byte) (Inst, bool) {
	inst := Inst{Name: p.name(code), Size: p.size + 2}
	var memory []Operand
	if p.key.memory {
		scale := int64(1)
		if p.kind == 0x62 && p.b {
			scale = int64(form.broadcast)
		} else if p.kind == 0x62 {
			scale = int64(form.scale[p.length])
		}
		var size int
		if memory, size = x86Memory(code[p.size+1:], p.address, scale); size == 0 {
			return Inst{}, false
		}
		inst.Size += size - 1
	}
	for _, kind := range shape {
		switch kind {
		case 'r':
			inst.Operands = append(inst.Operands, register())
			continue
		case 'm':
			inst.Operands = append(inst.Operands, memory...)
			continue
		case 'c':
			inst.Operands = append(inst.Operands, immediate(int64(p.length)))
			continue
		}
		size := 1
		if kind == 'd' || kind == 'e' {
			size = 4
		}
		if inst.Size+size > len(code) {
			return Inst{}, false
		}
		switch imm := code[inst.Size:]; kind {
		case 'u':
			inst.Operands = append(inst.Operands, immediate(int64(imm[0])))
		case 'n':
			inst.Operands = append(inst.Operands, immediate(int64(imm[0]&15)))
		case 'd':
			inst.Operands = append(inst.Operands, immediate(int64(binary.LittleEndian.Uint32(imm))))
		case 'e':
			inst.Operands = append(inst.Operands, immediate(int64(int32(binary.LittleEndian.Uint32(imm)))))
		case 'y':
			reads, known := x86DNow[imm[0]]
			if !known {
				return Inst{}, false
			}
			if !reads {
				inst.Operands = inst.Operands[1:]
			}
		}
		inst.Size += size
	}
	return inst, inst.Size <= min(len(code), 15)
}

// name returns the mnemonic if x86asm knows it, else the opcode as Intel's manual writes it.
func (p *x86Prefixes) name(code []byte) string {
	if in, err := x86asm.Decode(code[:min(len(code), 15)], 64); err == nil && in.Op != 0 && p.kind != 0 {
		return strings.ToLower(in.Op.String())
	}
	return fmt.Sprintf("opcode %d.%s%02x", p.key.opcodes, []string{"", "66.", "f3.", "f2."}[p.key.prefix], p.key.opcode)
}

// x86Memory returns the operands of memory that a ModRM and what follows it address, and the size of all that: 0 if it is cut off. An 8-bit
// displacement is multiplied by scale.
func x86Memory(code []byte, address int, scale int64) ([]Operand, int) {
	mod, rm := code[0]>>6, code[0]&7
	size, factor, width := 1, int64(1), 0
	switch {
	case address == 16:
		width = []int{0, 1, 2}[mod]
		if mod == 0 && rm == 6 {
			width = 2
		}
	default:
		width = []int{0, 1, 4}[mod]
		if rm == 4 {
			if len(code) < 2 {
				return nil, 0
			}
			factor, rm = 1<<(code[1]>>6), code[1]&7
			size++
		}
		if mod == 0 && rm == 5 {
			width = 4
		}
	}
	if len(code) < size+width {
		return nil, 0
	}
	displacement := int64(0)
	switch width {
	case 1:
		displacement = int64(int8(code[size])) * scale
	case 2:
		displacement = int64(int16(binary.LittleEndian.Uint16(code[size:])))
	case 4:
		displacement = int64(int32(binary.LittleEndian.Uint32(code[size:])))
	}
	return []Operand{register(), immediate(factor), register(), immediate(displacement), register()}, size + width
}
