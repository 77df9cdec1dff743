package gdbremote

import (
	"context"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// A stub, which this example has itself, controls a process. Memory of it is reserved, filled and protected, and a function of it is called; package mcjit links modules for a process with
// memmgr.NewRemote, WithProcess and runtimedyld.ResolveIn. Other stubs are connected to by Dial.
func Example() {
	stub := newFakeStub()
	add := stub.adder(0x401100)
	p, err := Connect(context.Background(), stub.connect(nil), WithArch("x86_64"))
	if err != nil {
		fmt.Println(err)
		return
	}
	size := p.PageSize()
	base, err := p.Reserve(size, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := p.Install(base, []executor.Segment{{Prot: executor.MemRead, Addr: base, Size: size, Content: []byte("linked elsewhere")}}); err != nil {
		fmt.Println(err)
		return
	}
	text, err := p.ReadMemory(base, 16)
	fmt.Printf("%s: %q %v\n", p.Triple(), text, err)
	fmt.Println(p.Call(add, 40, 2))
	fmt.Println(p.Close())
	// Output:
	// x86_64-unknown-linux: "linked elsewhere" <nil>
	// 42 <nil>
	// <nil>
}
