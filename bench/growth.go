package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	growthFrom  = 100 // objects; below, what a link costs in any case counts
	growthLimit = 1.3 // the largest cost of an object is at most this many times the smallest
	spreadSet   = "largest / smallest"
)

// growth answers whether the cost of an object is the same however many there are, in the sets many-N.
func (r Results) growth(title, figure string) Table {
	t := Table{Title: "Growth: " + title + ", warm, of one object"}
	for _, engine := range ours {
		var rows []Row
		for set := range r {
			n, ok := manyObjects(set)
			m := r.measurement(set, engine, figure, warm).scaled(1 / float64(n))
			if !ok || n < growthFrom || len(m) == 0 {
				continue
			}
			row := Row{Set: set, Engine: engine, Value: m.Value() / microseconds.of, Unit: microseconds.name}
			if p := r.measurement(set, llvmDyld, figure, warm).scaled(1 / float64(n)); len(p) > 0 {
				row.Peer, row.PeerValue, row.Ratio = llvmDyld, p.Value()/microseconds.of, m.Ratio(p)
			}
			rows = append(rows, row)
		}
		slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(mustObjects(a.Set), mustObjects(b.Set)) })
		t.Rows = append(t.Rows, rows...)
		if len(rows) > 1 {
			t.Rows = append(t.Rows, spread(engine, rows))
		}
	}
	return t
}

// spread compares the dearest object with the cheapest.
func spread(engine string, rows []Row) Row {
	value := func(a, b Row) int { return cmp.Compare(a.Value, b.Value) }
	row := Row{Set: spreadSet, Engine: engine, Unit: "times", Value: slices.MaxFunc(rows, value).Value / slices.MinFunc(rows, value).Value}
	if !slices.ContainsFunc(rows, func(r Row) bool { return r.Peer == "" }) {
		peer := func(a, b Row) int { return cmp.Compare(a.PeerValue, b.PeerValue) }
		row.Peer = rows[0].Peer
		row.PeerValue = slices.MaxFunc(rows, peer).PeerValue / slices.MinFunc(rows, peer).PeerValue
	}
	return row.judged(map[string]Bar{spreadSet: {barAtMost, growthLimit}})
}

// manyObjects returns N of the set many-N.
func manyObjects(set string) (n int, ok bool) {
	number, ok := strings.CutPrefix(set, "many-")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(number)
	return n, err == nil
}

func mustObjects(set string) int {
	n, ok := manyObjects(set)
	if !ok {
		panic(fmt.Sprintf("%q is not one of many-N", set))
	}
	return n
}
