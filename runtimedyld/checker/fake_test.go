package checker

import (
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// A fake is a Facts of places made by hand: the keys are the names, or the arguments joined by commas.
type fake struct {
	target   Target
	symbols  map[string]Place
	sections map[string]Place
	stubs    map[string]Place
	got      map[string]Place
}

func (f *fake) Target() Target { return f.target }

func (f *fake) Symbol(name string) (Place, error) {
	return find(f.symbols, name, &NotFoundError{Kind: NoSymbol, Name: name})
}

func (f *fake) Section(file, section string) (Place, error) {
	return find(f.sections, file+","+section, &NotFoundError{Kind: NoSection, Name: section, In: file})
}

func (f *fake) Stub(container, symbol, kind string) (Place, error) {
	return find(f.stubs, container+","+symbol+","+kind, &NotFoundError{Kind: NoStub, Name: symbol, In: container})
}

func (f *fake) GOT(container, symbol, kind string) (Place, error) {
	return find(f.got, container+","+symbol+","+kind, &NotFoundError{Kind: NoStub, Name: symbol, In: container})
}

func find(places map[string]Place, key string, err error) (Place, error) {
	if p, ok := places[key]; ok {
		return p, nil
	}
	return Place{}, err
}

// sample is a link of one file: code at 0x1000, data at 0x2000, a stub and a GOT entry at 0x3000, and an external symbol.
func sample(testing.TB) *fake {
	text := []byte{
		0xe8, 0x0b, 0x20, 0x00, 0x00, // call: callq 0x3010
		0x83, 0xc0, 0x05, // add: addl $5, %eax
		0x8b, 0x0d, 0xf2, 0x0f, 0x00, 0x00, // load: movl 0x2000(%rip), %ecx
		0x06, // bad: no instruction of 64-bit mode
	}
	data := []byte{0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 8, 0x20, 0, 0, 0, 0, 0, 0}
	stubs := make([]byte, 32)
	at := func(base uint64, content []byte, offset uint64) Place {
		return Place{Addr: base + offset, Content: content, Offset: offset}
	}
	return &fake{
		target: Target{Arch: objimage.ArchX86_64},
		symbols: map[string]Place{
			"call": at(0x1000, text, 0), "add": at(0x1000, text, 5), "load": at(0x1000, text, 8), "bad": at(0x1000, text, 14),
			"data": at(0x2000, data, 0), "_self.$1:x": at(0x2000, data, 8), "ext": {Addr: 0x5000},
		},
		sections: map[string]Place{"a b.o,.text": at(0x1000, text, 0), "a b.o,.data": at(0x2000, data, 0)},
		stubs:    map[string]Place{"a b.o/.text,ext,": at(0x3000, stubs, 16), "a b.o/.text,ext,long": at(0x3000, stubs, 24)},
		got:      map[string]Place{"a b.o/.text,ext,": at(0x3000, stubs, 8)},
	}
}
