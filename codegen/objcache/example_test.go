package objcache_test

import (
	"context"
	"fmt"
	"os"

	"github.com/gomcjit/gomcjit/codegen/objcache"
	"github.com/gomcjit/gomcjit/objimage"
)

func Example() {
	dir, err := os.MkdirTemp("", "objects")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	cache, err := objcache.Open(dir, objcache.WithSize(100<<20))
	if err != nil {
		fmt.Println(err)
		return
	}
	// An engine does this by itself: engine.SetObjectCache(cache).
	m := &module{name: "m.ll", key: "source, target, options, version"}
	if err := cache.NotifyObjectCompiled(context.Background(), m, objimage.NewBuffer("m.o", []byte("object"))); err != nil {
		fmt.Println(err)
		return
	}
	object, err := cache.Object(context.Background(), m)
	fmt.Println(string(object.Bytes()), err)
	// Output: object <nil>
}
