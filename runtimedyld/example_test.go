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
