package inprocess

import (
	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/unix"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unsafe"
)

func compileFlat(t testing.TB, src string) executor.Addr {
	dir := t.TempDir()
	c := filepath.Join(dir, "a.c")
	o := filepath.Join(dir, "a.o")
	b := filepath.Join(dir, "a.bin")
	os.WriteFile(c, []byte(src), 0o644)
	if out, err := exec.Command("gcc", "-O2", "-ffreestanding", "-fno-pic", "-mno-red-zone", "-fno-asynchronous-unwind-tables", "-c", c, "-o", o).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	if out, err := exec.Command("objcopy", "-O", "binary", "-j", ".text", o, b).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	code, _ := os.ReadFile(b)
	m, _ := unix.Mmap(-1, 0, len(code)+1, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	copy(m, code)
	unix.Mprotect(m, unix.PROT_READ|unix.PROT_EXEC)
	return executor.Addr(uintptr(unsafe.Pointer(&m[0])))
}

func TestSmoke(t *testing.T) {
	a := compileFlat(t, "int add(int a,int b){return a+b;}")
	f, err := Bind[func(int32, int32) int32](a)
	if err != nil {
		t.Fatal(err)
	}
	if f(1, 2) != 3 {
		t.Fatal()
	}
	l, _ := Bind[func(int32, int32) int32](a, Leaf())
	if l(1, 2) != 3 || l(3, -4) != -1 {
		t.Fatal()
	}
	s, _ := NewSignature(Int32, Int32, Int32)
	v, err := Call(a, s, IntValue(Int32, 5), IntValue(Int32, -7))
	t.Log(v, err)
	c := compileFlat(t, "int ap(int (*f)(int,int),int n){int s=0;for(int i=0;i<n;i++)s+=f(i,1);return s;}")
	cb, err := NewCallback(func(a, b int32) int32 { return a * b })
	if err != nil {
		t.Fatal(err)
	}
	ap, _ := Bind[func(executor.Addr, int32) int32](c)
	if got := ap(cb.Addr(), 10); got != 45 {
		t.Fatal(got)
	}
}
func BenchmarkLeaf(b *testing.B) {
	a := compileFlat(b, "int add(int a,int b){return a+b;}")
	f, _ := Bind[func(int32, int32) int32](a, Leaf())
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		f(1, 2)
	}
}
func BenchmarkBlocking(b *testing.B) {
	a := compileFlat(b, "int add(int a,int b){return a+b;}")
	f, _ := Bind[func(int32, int32) int32](a)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		f(1, 2)
	}
}
func BenchmarkCallback(b *testing.B) {
	c := compileFlat(b, "int ap(int (*f)(int,int),int n){int s=0;for(int i=0;i<n;i++)s+=f(i,1);return s;}")
	cb, _ := NewCallback(func(a, b int32) int32 { return a * b })
	ap, _ := Bind[func(executor.Addr, int32) int32](c)
	b.ReportAllocs()
	b.ResetTimer()
	ap(cb.Addr(), int32(b.N))
}
