package main

import (
	"fmt"
	"io"
	"strings"
)

// barWidth is the length of a bar for the whole.
const barWidth = 24

// writeTextMap draws the layout as text: the proportions first, then each region with its sections.
func writeTextMap(w io.Writer, sections []placed) {
	total := totalSize(sections)
	if total == 0 {
		fmt.Fprintln(w, "nothing is loaded")
		return
	}
	writeTotals(w, sections, total)
	for _, r := range regions(sections) {
		fmt.Fprintf(w, "\n%s  %s  %#x - %#x\n", kinds[r.kind].permission, kinds[r.kind].name, r.from(), r.to())
		writeRegion(w, &r)
	}
}

func writeTotals(w io.Writer, sections []placed, total uint64) {
	objects := map[int]bool{}
	for _, p := range sections {
		objects[p.number] = true
	}
	fmt.Fprintf(w, "%s from %s in memory\n", byteCount(total), count(len(objects), "object"))
	t := table{right: []bool{false, false, true, true, false}}
	sizes, numbers := sizeByKind(sections)
	for k, size := range sizes {
		if size > 0 {
			t.add(kinds[k].permission, kinds[k].name, fmt.Sprint(size), percent(size, total), bar(size, total), count(numbers[k], "section"))
		}
	}
	t.right = append(t.right, false)
	t.write(w, "  ")
}

// writeRegion lists the sections of a region, and what is unused between them.
func writeRegion(w io.Writer, r *region) {
	t := table{right: []bool{false, true, true, false, false, false}}
	used := r.used()
	for i := range r.sections {
		p := &r.sections[i]
		if i > 0 {
			if gap := p.from() - r.sections[i-1].to(); gap > 0 {
				t.add("", fmt.Sprint(gap), "", "", "", "(unused)")
			}
		}
		t.add(p.sec.Addr.String(), fmt.Sprint(p.sec.Size), percent(p.sec.Size, used), bar(p.sec.Size, used), p.object, p.label())
	}
	t.write(w, "  ")
}

func percent(n, of uint64) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of)) }

// bar draws a proportion in eighths of a character; what is there at all is seen.
func bar(n, of uint64) string {
	eighths := max(1, int(float64(n)/float64(of)*barWidth*8+0.5))
	full, part := eighths/8, eighths%8
	s := strings.Repeat("█", full)
	if part > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[part-1])
	}
	return s
}
