package mcjit_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestLargeData has more data of the medium code model than there is below 2 GiB: position-independent code has it anywhere, and the error for other code says so.
func TestLargeData(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" || testenv.RaceDetector {
		t.Skip("the code is for linux/amd64, and the race detector takes several bytes for each")
	}
	const source = "static char large[3u << 30]; int small = 5; int get(long i) { return large[i]++ + small; }"
	for _, c := range []struct {
		flag   string
		option memmgr.Option
		works  bool
	}{{"-fPIC", memmgr.WithGrowth(), true}, {"-fno-pic", memmgr.WithLowAddresses(), false}} {
		e, err := mcjit.New(mcjit.WithMemoryOptions(c.option))
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.AddObject(objimage.NewBuffer("large.o", testenv.CompileBytes(t, "gcc", testenv.C, source, "-O2", "-mcmodel=medium", c.flag)))
		switch {
		case !c.works:
			if !errors.Is(err, memmgr.ErrExhausted) || !strings.Contains(err.Error(), "-fPIC -mcmodel=medium") {
				t.Errorf("%s: %v", c.flag, err)
			}
		case err != nil:
			t.Error(err)
		default:
			get, err := mcjit.Func[func(int64) int32](e, "get")
			if err != nil {
				t.Error(err)
			} else if a, b := get(3<<30-1), get(3<<30-1); a != 5 || b != 6 {
				t.Errorf("%d, %d", a, b)
			}
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
