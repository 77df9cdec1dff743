package checker_test

import (
	"fmt"

	"github.com/gomcjit/gomcjit/runtimedyld/checker"
)

// layout is a link of one call, at 0x1000, to what is at 0x5000.
type layout struct{ text []byte }

func (l layout) Target() checker.Target {
	target, _ := checker.ParseTarget("x86_64-linux-gnu", "")
	return target
}

func (l layout) Symbol(name string) (checker.Place, error) {
	switch name {
	case "call":
		return checker.Place{Addr: 0x1000, Content: l.text}, nil
	case "puts":
		return checker.Place{Addr: 0x5000}, nil
	}
	return checker.Place{}, &checker.NotFoundError{Kind: checker.NoSymbol, Name: name}
}

func (l layout) Section(file, section string) (checker.Place, error) {
	return checker.Place{}, &checker.NotFoundError{Kind: checker.NoFile, Name: file}
}

func (l layout) Stub(container, symbol, kind string) (checker.Place, error) {
	return checker.Place{}, &checker.NotFoundError{Kind: checker.NoContainer, Name: container}
}

func (l layout) GOT(container, symbol, kind string) (checker.Place, error) {
	return checker.Place{}, &checker.NotFoundError{Kind: checker.NoContainer, Name: container}
}

func Example() {
	facts := layout{text: []byte{0xe8, 0xfb, 0x3f, 0x00, 0x00}}
	source := `
# rtdyld-check: decode_operand(call, 0) = puts - next_pc(call)
# rtdyld-check: *{4}(call + 1) = 0x3ffc
# rtdyld-check: *{8}(call + 1) = 0
call:	callq puts
`
	fmt.Println(checker.CheckAll(facts, "call.s", source, checker.Prefix))
	// Output:
	// call.s:3:17: Expression '*{4}(call + 1) = 0x3ffc' is false: 0x3ffb != 0x3ffc
	// call.s:4:17: Error evaluating expression '*{8}(call + 1) = 0': Load of 8 bytes at 0x1001, outside of the section at 0x1000 to 0x1005
}
