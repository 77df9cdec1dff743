package ptrace

import (
	"slices"
	"testing"
)

// TestLedger tells a guardian what is done, and looks at what it knows then: the last step may be under way, and done or not.
func TestLedger(t *testing.T) {
	const slab, size = 0x7f0000000000, 0x200000
	told := []string{
		booting.line(0x1000), agentPlanned.line(0x5000, 0x3000), agentMade.line(),
		mapBegins.line(size), mapEnds.line(slab), mapBegins.line(size), mapEnds.line(noResult),
		unmapBegins.line(slab+0x1000, 0x2000), unmapEnds.line(0), unmapBegins.line(slab, 0x1000), unmapEnds.line(noResult),
		frames.line(slab + 0x10), frames.line(slab + 0x20), framesGone.line(slab + 0x10),
	}
	failed := ^uint64(11) // -ENOMEM
	for name, c := range map[string]struct {
		last   string
		result uint64
		want   []addrRange
	}{
		"nothing":          {"", noResult, []addrRange{{slab, slab + 0x1000}, {slab + 0x3000, slab + size}}},
		"mapped":           {mapBegins.line(0x1000), 0x10000, []addrRange{{slab, slab + 0x1000}, {slab + 0x3000, slab + size}, {0x10000, 0x11000}}},
		"not mapped":       {mapBegins.line(0x1000), failed, []addrRange{{slab, slab + 0x1000}, {slab + 0x3000, slab + size}}},
		"not yet unmapped": {unmapBegins.line(slab, 0x1000), noResult, []addrRange{{slab, slab + 0x1000}, {slab + 0x3000, slab + size}}},
		"unmapped":         {unmapBegins.line(slab, 0x1000), 0, []addrRange{{slab + 0x3000, slab + size}}},
	} {
		l := new(ledger)
		for _, line := range append(slices.Clone(told), c.last) {
			if err := l.note(line); err != nil && line != "" {
				t.Fatal(err)
			}
		}
		l.settle(c.result)
		if !slices.Equal(l.ranges, c.want) || l.boot != 0x1000 || l.agent != (addrRange{0x5000, 0x8000}) || !l.made || len(l.tables) != 1 || l.forgotten[slab+0x10] == 0 || l.saidLeave {
			t.Errorf("%s: %+v, want %+v", name, *l, c.want)
		}
	}
}

// FuzzLedger tells a guardian anything: what is no message is an error.
func FuzzLedger(f *testing.F) {
	f.Add(mapBegins.line(1), mapEnds.line(0x1000), unmapBegins.line(0x1000, 1))
	f.Add("", "goodbye now\n", "map-ends xyz\n")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		l := new(ledger)
		for _, line := range []string{a, b, c, unmapEnds.line(0)} {
			_ = l.note(line) // it is enough that it returns
		}
		for _, r := range l.ranges {
			if r.start >= r.end {
				t.Errorf("%q, %q, %q: memory from %x to %x", a, b, c, uint64(r.start), uint64(r.end))
			}
		}
	})
}
