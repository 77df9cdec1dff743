//go:build linux && (amd64 || arm64)

package ptrace

import (
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

func TestAvoidMultiple(t *testing.T) {
	const multiple, page = 0x7f4f_0000_0000, 0x1000
	for _, c := range []struct{ at, size, want executor.Addr }{
		{multiple - 4*page, 4 * page, multiple - 4*page},
		{multiple - 3*page, 4 * page, multiple - 4*page},
		{multiple, page, multiple - page},
		{multiple + page, page, multiple + page},
		{multiple + page, 8 << 30, multiple + page},
	} {
		if got := avoidMultiple(c.at, c.size); got != c.want {
			t.Errorf("%v bytes at %v go to %v, want %v", c.size, c.at, got, c.want)
		}
	}
}
