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
	growthLimit = 1.3
	growthSet   = "growth"
)

// growth answers whether the cost of an object stays the same however many there are, in the sets many-N. The last row of an engine is how
// many times an object costs what it does in some smaller set, at the worst.
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
			t.Rows = append(t.Rows, growthRow(engine, rows))
		}
	}
	return t
}

// growthRow returns the row of the growth; rows are in the order of their sets' sizes.
func growthRow(engine string, rows []Row) Row {
	row := Row{Set: growthSet, Engine: engine, Unit: "times", Value: growthOf(rows, func(r Row) float64 { return r.Value })}
	if !slices.ContainsFunc(rows, func(r Row) bool { return r.Peer == "" }) {
		row.Peer, row.PeerValue = rows[0].Peer, growthOf(rows, func(r Row) float64 { return r.PeerValue })
	}
	return row.judged(map[string]Bar{growthSet: {barAtMost, growthLimit}})
}

// growthOf returns the largest ratio of a value to one before it.
func growthOf(rows []Row, value func(Row) float64) float64 {
	least, most := value(rows[0]), 0.0
	for _, row := range rows[1:] {
		most = max(most, value(row)/least)
		least = min(least, value(row))
	}
	return most
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
