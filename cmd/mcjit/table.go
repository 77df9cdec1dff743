package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A table is text in columns, two spaces apart.
type table struct {
	right []bool // columns that are aligned to the right
	rows  [][]string
}

func (t *table) add(cells ...string) {
	for i := range cells {
		cells[i] = printable(cells[i])
	}
	t.rows = append(t.rows, cells)
}

// printable returns text with \x and two digits for each byte of what is no character that terminals only show: names in files may be anything.
func printable(text string) string {
	isPrint := func(s string) bool {
		r, size := utf8.DecodeRuneInString(s)
		return r == '\t' || unicode.IsPrint(r) && (r != utf8.RuneError || size > 1)
	}
	var b strings.Builder
	for rest := text; rest != ""; {
		_, size := utf8.DecodeRuneInString(rest)
		if isPrint(rest) {
			b.WriteString(rest[:size])
		} else {
			for i := range size {
				fmt.Fprintf(&b, `\x%02x`, rest[i])
			}
		}
		rest = rest[size:]
	}
	return b.String()
}

// write prints the table, each line after an indent.
func (t *table) write(w io.Writer, indent string) {
	widths := make([]int, len(t.right))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range t.rows {
		var line strings.Builder
		line.WriteString(indent)
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if t.right[i] {
				line.WriteString(pad + cell + "  ")
			} else {
				line.WriteString(cell + pad + "  ")
			}
		}
		io.WriteString(w, strings.TrimRight(line.String(), " ")+"\n")
	}
}
