package epc

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// peers are LLVM's executors, by the Debian packages that have them.
var peers = []struct {
	tool, pkg string
	style     Style
}{
	{"llvm-jitlink-executor-14", "llvm-14", Filedescs},
	{"lli-child-target-14", "llvm-14-runtime", Numbers},
	{"llvm-jitlink-executor-15", "llvm-15", Filedescs},
	{"lli-child-target-15", "llvm-15-runtime", Numbers},
	{"llvm-jitlink-executor-16", "llvm-16", Filedescs},
	{"lli-child-target-16", "llvm-16-runtime", Numbers},
	{"llvm-jitlink-executor-19", "llvm-19", Filedescs},
	{"lli-child-target-19", "llvm-19-runtime", Numbers},
}

// tool finds a program that Debian's packages put in front of everybody, or keep for themselves.
func tool(t testing.TB, name, pkg string) string {
	version := name[len(name)-2:]
	inner := "/usr/lib/llvm-" + version + "/bin/" + name[:len(name)-3]
	if _, err := os.Stat(inner); err == nil {
		return inner
	}
	return testenv.NeedsTool(t, name, pkg)
}

// withPeers runs a test with each of LLVM's executors.
func withPeers(t *testing.T, test func(t *testing.T, p *Process)) {
	for _, peer := range peers {
		t.Run(peer.tool, func(t *testing.T) {
			cmd := exec.Command(tool(t, peer.tool, peer.pkg))
			cmd.Stderr = os.Stderr
			p, err := Start(context.Background(), cmd, peer.style, WithTimeout(20*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			test(t, p)
			if err := p.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

func TestLLVM(t *testing.T) {
	withPeers(t, testExecutor)
}

// testExecutor does everything with an executor on x86-64.
func testExecutor(t *testing.T, p *Process) {
	found, err := p.Lookup("strlen", "no_such_name", "ldexp", "abs")
	if err != nil {
		t.Fatal(err)
	}
	if found[0] == 0 || found[1] != 0 || found[2] == 0 {
		t.Fatalf("Lookup: %v", found)
	}
	page := p.PageSize()
	base, err := p.Reserve(2*page, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := append([]byte("forty-two bytes, more or less, of a string"), 0)
	code := []byte{0x8d, 0x04, 0x37, 0xc3} // lea eax, [rdi+rsi]; ret
	err = p.Install(base, []executor.Segment{
		{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: page, Content: code},
		{Prot: executor.MemRead | executor.MemWrite, Addr: base + executor.Addr(page), Size: page, Content: text},
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := p.Call(base, 40, 2); sum != 42 || err != nil {
		t.Errorf("sum: %d, %v", sum, err)
	}
	data := base + executor.Addr(page)
	if n, err := p.Call(found[0], uint64(data)); n != 42 || err != nil {
		t.Errorf("strlen: %d, %v", n, err)
	}
	if v, err := p.CallValues(context.Background(), found[2], executor.Double, executor.DoubleValue(1.5), executor.IntValue(3)); v.Float() != 12 || err != nil {
		t.Errorf("ldexp: %v, %v", v.Float(), err)
	}
	if err := p.WriteMemory(data+2, []byte{0}); err != nil {
		t.Error(err)
	}
	for _, n := range []uint64{0, 1, 4, 9, page} {
		if b, err := p.ReadMemory(data, n); uint64(len(b)) != n || err != nil || n > 2 && (b[1] != 'o' || b[2] != 0) {
			t.Errorf("ReadMemory of %d bytes: %q, %v", n, b[:min(4, len(b))], err)
		}
	}
	if b, err := p.ReadMemory(data+executor.Addr(page)-1, 1); len(b) != 1 || err != nil {
		t.Errorf("ReadMemory at the end: %q, %v", b, err)
	}
	if status, err := p.RunMain(context.Background(), base, "one", "two", "three"); err != nil || uint32(status) == 0 {
		t.Errorf("RunMain: %d, %v", status, err)
	}
	if err := p.Release(base); err != nil {
		t.Error(err)
	}
	if err := p.Release(base); err == nil {
		t.Error("released twice")
	} else {
		t.Log(err)
	}
	if _, err := p.OpenLibrary("/no/such/library.so"); err == nil {
		t.Error("a library that does not exist was opened")
	} else {
		t.Log(err)
	}
}
