package runtimedyld

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// TestNamesOfAllSizes: names are found whatever chunks they are in: those that fill one, those that are larger than any, and those that come behind them;
// also once the table has been compacted.
func TestNamesOfAllSizes(t *testing.T) {
	b := newBench(t, nil)
	var names []string
	for i, size := range []int{1, 100, firstNames, maxNames - 1, 3, maxNames, 5, maxNames + 1, 7, 3 * maxNames, 9, 11} {
		names = append(names, fmt.Sprintf("%d%s", i, strings.Repeat("n", size)))
	}
	for i := range 20_000 {
		names = append(names, fmt.Sprintf("some_name_of_usual_length_%d", i))
	}
	check := func(from int) {
		t.Helper()
		for i, name := range names {
			a, ok := b.FinalizedAddress(name)
			if want := i >= from; ok != want || want && a != executor.Addr(i+1) {
				t.Fatalf("name %d of %d bytes is at %v, %v", i, len(name), a, ok)
			}
		}
	}
	for i, name := range names {
		if err := b.DefineAbsolute(name, executor.Addr(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	check(0)
	removed := len(names) * 3 / 4
	for _, name := range names[:removed] {
		if err := b.DefineAbsolute(name, 0); err != nil {
			t.Fatal(err)
		}
	}
	check(removed)
	if last := int(b.table.last); last > len(names)/2 {
		t.Errorf("%d numbers are in use for %d names: the table was not compacted", last, len(names)-removed)
	}
}

// TestEmptyName: it fits anywhere, but not where no number can tell: behind a name that fills more than the numbers count.
func TestEmptyName(t *testing.T) {
	b := newBench(t, nil)
	for i, name := range []string{strings.Repeat("n", maxNames+5000), "", "next"} {
		if err := b.DefineAbsolute(name, executor.Addr(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if a, ok := b.FinalizedAddress(""); !ok || a != 2 {
		t.Errorf("the empty name is at %v, %v", a, ok)
	}
}

// TestTooManyNames: a table that is full says so, and names nothing wrongly.
func TestTooManyNames(t *testing.T) {
	b := newBench(t, nil)
	tab := *b.table.cur.Load()
	tab.names = make([][]byte, maxNameChunks-smallChunks-1)
	b.table.cur.Store(&tab)
	if err := b.DefineAbsolute("name", 1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a mapping: %v", err)
	}
	if _, err := b.LoadObject(defining("a.o", "name", 1).parse(t)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("an object: %v", err)
	}
	if b.NumSymbols() != 0 || b.mm.count() != 0 {
		t.Errorf("%d names and %d allocations are left", b.NumSymbols(), b.mm.count())
	}
}
