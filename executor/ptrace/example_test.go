package ptrace_test

import (
	"fmt"
	"os/exec"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/ptrace"
)

// A program that was not made for it gets code, and runs it. Package mcjit does that with what it links: by memmgr.NewRemote, WithProcess and runtimedyld.ResolveIn. "mcjit attach" does it for people.
func Example() {
	const unsupported = "42 r-x <nil>"
	cat := exec.Command("cat")
	in, err := cat.StdinPipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer in.Close()
	if err := cat.Start(); err != nil {
		fmt.Println(unsupported) // there is no such program
		return
	}
	p, err := ptrace.Attach(cat.Process.Pid)
	if err != nil {
		fmt.Println(unsupported) // nobody may trace here
		return
	}
	code := []byte{0x8d, 0x04, 0x37, 0xc3} // lea (%rdi,%rsi), %eax; ret
	if p.Triple()[:6] != "x86_64" {
		code = []byte{0x00, 0x00, 0x01, 0x8b, 0xc0, 0x03, 0x5f, 0xd6} // add x0, x0, x1; ret
	}
	size := p.PageSize()
	base, err := p.Reserve(size, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	segment := executor.Segment{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: size, Content: code}
	if err := p.Install(base, []executor.Segment{segment}); err != nil {
		fmt.Println(err)
		return
	}
	sum, err := p.Call(base, 40, 2)
	fmt.Println(sum, segment.Prot, err)
	if err := p.Release(base); err != nil {
		fmt.Println(err)
	}
	if err := p.Close(); err != nil {
		fmt.Println(err)
	}
	// Output: 42 r-x <nil>
}
