package toygen

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// The bindings of symbols (gABI, "Symbol Table").
const (
	bindLocal  = 0
	bindGlobal = 1
	bindWeak   = 2
)

// The sections of an object.
const (
	secText = 1 + iota
	secData
	secInit // the first of .init_array and the like
)

// A unit is a text that has been read: code and data, with their relocations.
type unit struct {
	numbers    map[string]int // of symbols, as indexes into symbols while parsing: 0 is none
	symbols    []symbol
	text, data []byte
	relocs     []reloc // of text
	routines   []routine
}

type symbol struct {
	name     string
	binding  byte
	function bool
	alias    bool
	section  int // 0 if it is not defined
	value    uint64
	size     uint64
	params   []*inprocess.Type
}

type reloc struct {
	offset int
	typ    uint32
	symbol string
	addend int64
}

// A routine is an entry of .init_array or .fini_array.
type routine struct{ section, function string }

// The relocations that code has (x86-64 psABI, 4.4.1).
const (
	relocAbs64   = 1  // R_X86_64_64
	relocPLT     = 4  // R_X86_64_PLT32
	relocGOTLoad = 42 // R_X86_64_REX_GOTPCRELX
)

// add enters a symbol, or defines one that has been declared.
func (u *unit) add(s symbol) *symbol {
	if i, ok := u.numbers[s.name]; ok {
		if s.section != 0 {
			u.symbols[i] = s
		}
		return &u.symbols[i]
	}
	u.numbers[s.name] = len(u.symbols)
	u.symbols = append(u.symbols, s)
	return &u.symbols[len(u.symbols)-1]
}

// need declares a symbol that code refers to.
func (u *unit) need(name string, function bool) {
	u.add(symbol{name: name, binding: bindGlobal, function: function})
}

func (u *unit) statement(words []string) error {
	binding := byte(bindGlobal)
	switch words[0] {
	case "weak":
		binding, words = bindWeak, words[1:]
	case "internal":
		binding, words = bindLocal, words[1:]
	}
	switch {
	case len(words) == 2 && words[0] == "extern":
		u.need(words[1], true)
		return nil
	case len(words) == 2 && words[0] == "ctor":
		u.routines = append(u.routines, routine{".init_array", words[1]})
		return nil
	case len(words) == 2 && words[0] == "dtor":
		u.routines = append(u.routines, routine{".fini_array", words[1]})
		return nil
	case len(words) == 3 && words[0] == "ctor":
		priority, err := number(words[1])
		u.routines = append(u.routines, routine{fmt.Sprintf(".init_array.%05d", priority), words[2]})
		return err
	case len(words) < 4 || words[2] != "=":
		return fmt.Errorf("not a statement: %q", words)
	}
	name, rest := words[1], words[3:]
	switch words[0] {
	case "var":
		return u.variable(name, binding, rest)
	case "alias":
		return u.aliasOf(name, rest[0])
	case "func":
		return u.function(name, binding, rest)
	}
	return fmt.Errorf("unknown word %q", words[0])
}

func number(word string) (int32, error) {
	n, err := strconv.ParseInt(word, 0, 32)
	if err != nil {
		return 0, fmt.Errorf("not a number: %q", word)
	}
	return int32(n), nil
}

func (u *unit) variable(name string, binding byte, rest []string) error {
	n, err := number(rest[0])
	u.add(symbol{name: name, binding: binding, section: secData, value: uint64(len(u.data)), size: 4})
	u.data = binary.LittleEndian.AppendUint32(u.data, uint32(n))
	return err
}

func (u *unit) aliasOf(name, target string) error {
	i, ok := u.numbers[target]
	if !ok || u.symbols[i].section == 0 {
		return fmt.Errorf("alias of %q, which is not defined before", target)
	}
	s := u.symbols[i]
	s.name, s.alias, s.binding = name, true, bindGlobal
	u.add(s)
	return nil
}

// function compiles a function.
func (u *unit) function(name string, binding byte, words []string) error {
	for len(u.text)%16 != 0 {
		u.text = append(u.text, 0x90)
	}
	start := len(u.text)
	params, err := u.body(words)
	u.add(symbol{name: name, binding: binding, function: true, section: secText, value: uint64(start), size: uint64(len(u.text) - start), params: params})
	return err
}

// body compiles what a function does, and returns its parameters.
func (u *unit) body(words []string) ([]*inprocess.Type, error) {
	integer := inprocess.Int32
	switch {
	case len(words) == 1 && words[0] == "arguments":
		u.code(0x8d, 0x04, 0x37, 0xc3) // lea (%rdi,%rsi),%eax; ret
		return []*inprocess.Type{integer, integer}, nil
	case len(words) == 1:
		n, err := number(words[0])
		u.code(0xb8) // mov $n,%eax; ret
		u.word(n)
		u.code(0xc3)
		return nil, err
	case len(words) == 2 && words[0] == "forward":
		u.code(0xe9) // jmp
		u.refer(words[1], relocPLT, true)
		return []*inprocess.Type{integer, integer}, nil
	case len(words) == 2 && words[0] == "sum":
		u.code(0x85, 0xff, 0x74, 0x0f, 0x53, 0x89, 0xfb, 0x8d, 0x7f, 0xff, 0xe8) // test %edi,%edi; je zero; push %rbx; mov %edi,%ebx; lea -1(%rdi),%edi; call
		u.refer(words[1], relocPLT, true)
		u.code(0x01, 0xd8, 0x5b, 0xc3, 0x31, 0xc0, 0xc3) // add %ebx,%eax; pop %rbx; ret; zero: xor %eax,%eax; ret
		return []*inprocess.Type{integer}, nil
	case len(words) == 2 && words[0] == "load":
		u.address(words[1])
		u.code(0x8b, 0x00, 0xc3) // mov (%rax),%eax; ret
		return nil, nil
	case len(words) == 2 && words[0] == "increment":
		u.address(words[1])
		u.code(0xff, 0x00, 0x8b, 0x00, 0xc3) // incl (%rax); mov (%rax),%eax; ret
		return nil, nil
	case len(words) == 3 && words[0] == "append":
		n, err := number(words[2])
		u.address(words[1])
		u.code(0x6b, 0x08, 0x0a, 0x81, 0xc1) // imul $10,(%rax),%ecx; add $n,%ecx
		u.word(n)
		u.code(0x89, 0x08, 0x89, 0xc8, 0xc3) // mov %ecx,(%rax); mov %ecx,%eax; ret
		return nil, err
	case len(words) == 3 && words[1] == "+":
		n, err := number(words[2])
		u.code(0x50, 0xe8) // push %rax; call
		u.refer(words[0], relocPLT, true)
		u.code(0x59, 0x05) // pop %rcx; add $n,%eax; ret
		u.word(n)
		u.code(0xc3)
		return nil, err
	}
	return nil, fmt.Errorf("not a function's body: %q", words)
}

func (u *unit) code(bytes ...byte) { u.text = append(u.text, bytes...) }

func (u *unit) word(n int32) { u.text = binary.LittleEndian.AppendUint32(u.text, uint32(n)) }

// refer appends a field that is relative to its end.
func (u *unit) refer(name string, typ uint32, function bool) {
	u.need(name, function)
	u.relocs = append(u.relocs, reloc{len(u.text), typ, name, -4})
	u.word(0)
}

// address loads the address of a variable into %rax.
func (u *unit) address(name string) {
	u.code(0x48, 0x8b, 0x05)
	u.refer(name, relocGOTLoad, false)
}

// byBinding returns the symbols as a file has them: local ones first.
func (u *unit) byBinding() []symbol {
	list := slices.Clone(u.symbols)
	slices.SortStableFunc(list, func(a, b symbol) int { return min(int(a.binding), 1) - min(int(b.binding), 1) })
	return list
}
