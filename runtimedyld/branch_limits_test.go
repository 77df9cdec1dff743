package runtimedyld

import (
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// A limitBranch is a branch of a format that the linker leads through a veneer if its target is out of reach.
type limitBranch struct {
	name        string // of the relocation
	field       *field
	instruction string
	step, ahead int64  // of distances, and how far the program counter is ahead
	source      string // of sections __place, in which BRANCH stands for the instruction, and __target
	triple      string
}

// branchLimits tries the limits of branches, which have to be all of a table: within them a branch leads to its target, and beyond to a veneer.
func branchLimits(t *testing.T, want map[string]bool, list []limitBranch) {
	for _, c := range list {
		if !want[c.name] {
			t.Errorf("%s is no branch of the table", c.name)
		}
		delete(want, c.name)
		t.Run(c.name, c.run)
	}
	for name := range want {
		t.Errorf("the limits of %s are not tried", name)
	}
}

func (c *limitBranch) run(t *testing.T) {
	object := testenv.CompileBytes(t, "clang-19", testenv.Assembler, strings.ReplaceAll(c.source, "BRANCH", c.instruction), "--target="+c.triple)
	const place = 0x4000_0000
	lo, hi := c.field.limits()
	hi &^= c.step - 1
	for _, x := range []int64{lo - c.step, lo, lo + c.step, -c.step, 0, c.step, hi - c.step, hi, hi + c.step} {
		b := newBench(t, map[string]uint64{"__place": place, "__target": uint64(place + c.ahead + x), ".stubs": place + 0x1000})
		o := b.loadImage(parseObject(t, "limits.o", object))
		b.finalize()
		leads := place + c.ahead + c.field.addend(b.mm.section("limits.o", "__place").Mem)&^1
		stubs := b.mm.section("limits.o", ".stubs")
		veneer := stubs != nil && uint64(leads) >= uint64(stubs.Addr) && uint64(leads) < uint64(stubs.Addr)+stubs.Size
		if inside := x >= lo && x <= hi; inside && leads != place+c.ahead+x || !inside && !veneer {
			t.Errorf("%d bytes away: the branch leads to %#x", x, leads)
		}
		b.remove(o)
	}
}
