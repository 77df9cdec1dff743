package runtimedyld_test

import (
	"fmt"
	"log"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// An object is linked for another place than it is loaded to, as a debugger does that runs code in another process.
func Example() {
	mm, err := memmgr.New()
	if err != nil {
		log.Fatal(err)
	}
	defer mm.Close()
	buffer, err := objimage.OpenBuffer("../testdata/add.o")
	if err != nil {
		log.Fatal(err)
	}
	defer buffer.Close()
	img, err := objimage.Parse(buffer)
	if err != nil {
		log.Fatal(err)
	}

	d := runtimedyld.New(mm, nil)
	defer d.Close()
	o, err := d.LoadObject(img)
	if err != nil {
		log.Fatal(err)
	}
	there := executor.Addr(0x10000)
	for i := 1; i < img.NumSections(); i++ {
		if _, loaded := o.SectionLoadAddress(i); loaded {
			if err := d.MapSectionAddress(o, i, there); err != nil {
				log.Fatal(err)
			}
			there += executor.Addr(img.Section(i).Size+15) &^ 15
		}
	}
	if err := d.ResolveRelocations(); err != nil {
		log.Fatal(err)
	}
	addr, ok := d.SymbolLoadAddress("add")
	fmt.Println(addr, ok, o.State())
	// Output: 0x10000 true loaded
}

// A function of the host is replaced under an object that is finalized, and whose sections then move, too.
func ExampleRuntimeDyld_Reopen() {
	mm, err := memmgr.New()
	if err != nil {
		log.Fatal(err)
	}
	defer mm.Close()
	buffer, err := objimage.OpenBuffer("../testdata/hello.o")
	if err != nil {
		log.Fatal(err)
	}
	defer buffer.Close()
	img, err := objimage.Parse(buffer)
	if err != nil {
		log.Fatal(err)
	}
	d := runtimedyld.New(mm, runtimedyld.ResolverFunc(func(string) (executor.Addr, bool) { return 0x7000_0000_0000, true }))
	defer d.Close()
	o, err := d.LoadObject(img)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := d.Finalize(); err != nil {
		log.Fatal(err)
	}
	slot := func() uint64 { // where calls of printf go
		at, _ := o.SectionLoadAddress(runtimedyld.SectionGOT)
		return uint64(at) + o.GOTEntries()[0].Offset
	}
	before := slot()

	if err := d.MoveExternal("printf", 0x7000_0000_1000); err != nil {
		log.Fatal(err)
	}
	if err := d.Reopen(o); err != nil {
		log.Fatal(err)
	}
	got, _ := o.SectionLoadAddress(runtimedyld.SectionGOT)
	if err := d.MapSectionAddress(o, runtimedyld.SectionGOT, got+0x1000); err != nil {
		log.Fatal(err)
	}
	fmt.Println(o.State())
	if _, err := d.Finalize(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v, the GOT %#x bytes from where it was\n", o.State(), slot()-before)
	// Output:
	// loaded
	// finalized, the GOT 0x1000 bytes from where it was
}
