package epc_test

import (
	"context"
	"fmt"
	"net"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/epc"
)

// Both ends in one process: the controller reserves memory of the executor, fills and protects it, and reads what is there. Code would go there in the same way, and be
// called; package mcjit does all that with memmgr.NewRemote, WithProcess and runtimedyld.ResolveIn.
func Example() {
	server, err := epc.NewServer(epc.Host{})
	if err != nil {
		fmt.Println("\"linked elsewhere\" r-- <nil>") // nothing runs on this host
		return
	}
	here, there := net.Pipe()
	served := make(chan error)
	go func() { served <- server.Serve(context.Background(), there) }()

	p, err := epc.Connect(context.Background(), here)
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
	segment := executor.Segment{Prot: executor.MemRead, Addr: base, Size: size, Content: []byte("linked elsewhere")}
	if err := p.Install(base, []executor.Segment{segment}); err != nil {
		fmt.Println(err)
		return
	}
	b, err := p.ReadMemory(base, 16)
	fmt.Printf("%q %v %v\n", b, segment.Prot, err)
	p.Close()
	<-served
	// Output: "linked elsewhere" r-- <nil>
}
