package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Report is everything that a run of the bench says.
type Report struct {
	Machine []string `json:"machine"`
	Method  string   `json:"method"`
	Sets    []string `json:"sets"`
	Tables  []Table  `json:"tables"`
	Notes   []string `json:"notes"` // what was left out and why, and what engines returned
	Failed  bool     `json:"failed"`
	Results Results  `json:"results"`
}

func (r *Report) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(r)
}

// writeText writes the report as Markdown that is readable as it is.
func (r *Report) writeText(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# gomcjit bench\n\n")
	for _, fact := range r.Machine {
		fmt.Fprintf(&b, "- %s\n", fact)
	}
	fmt.Fprintf(&b, "\n%s\n\n## Sets\n\n", r.Method)
	writeCells(&b, setCells(r.Sets, r.Results))
	for _, t := range r.Tables {
		fmt.Fprintf(&b, "\n## %s\n\n", t.Title)
		t.write(&b)
	}
	if len(r.Notes) > 0 {
		b.WriteString("\n## Notes\n\n")
		for _, note := range r.Notes {
			fmt.Fprintf(&b, "- %s\n", note)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", r.summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// summary counts what was reached.
func (r *Report) summary() string {
	reached, all := 0, 0
	for _, t := range r.Tables {
		for _, row := range t.Rows {
			if row.Met != nil {
				all++
				if *row.Met {
					reached++
				}
			}
		}
	}
	return fmt.Sprintf("Reached: %d of %d.", reached, all)
}

// write writes a line for each set and engine of ours, with a column for each peer.
func (t Table) write(w io.Writer) {
	var peers []string
	for _, row := range t.Rows {
		if row.Peer != "" && !slices.Contains(peers, row.Peer) {
			peers = append(peers, row.Peer)
		}
	}
	head := []string{"set", "gomcjit", t.unit()}
	for _, peer := range peers {
		head = append(head, label(peer), "gomcjit has")
	}
	lines := []*line{{cells: head, bars: []string{"to reach"}, met: []string{"reached"}}}
	judged := false
	for i, row := range t.Rows {
		if i == 0 || t.Rows[i-1].Set != row.Set || t.Rows[i-1].Engine != row.Engine {
			cells := append([]string{row.Set, label(row.Engine), number(row.Value)}, make([]string, 2*len(peers))...)
			lines = append(lines, &line{cells: cells})
		}
		last := lines[len(lines)-1]
		if at := slices.Index(peers, row.Peer); at >= 0 {
			last.cells[3+2*at], last.cells[4+2*at] = number(row.PeerValue), ratioText(row.Ratio)
		}
		if row.Bar != nil {
			judged = true
			last.bars = append(last.bars, row.barText())
			last.met = append(last.met, map[bool]string{true: "yes", false: "NO"}[*row.Met])
		}
	}
	cells := make([][]string, len(lines))
	for i, l := range lines {
		cells[i] = l.cells
		if judged {
			cells[i] = append(l.cells, strings.Join(l.bars, "; "), strings.Join(l.met, "; "))
		}
	}
	writeCells(w, cells)
}

// A line of a table being written: its cells, and the bars of all its rows.
type line struct {
	cells, bars, met []string
}

func (t Table) unit() string {
	if len(t.Rows) == 0 {
		return ""
	}
	return t.Rows[0].Unit
}

// writeCells writes a Markdown table whose columns line up; the first row is the head.
func writeCells(w io.Writer, cells [][]string) {
	widths := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for n, row := range cells {
		for i, cell := range row {
			fmt.Fprintf(w, "| %-*s ", widths[i], cell)
		}
		fmt.Fprint(w, "|\n")
		if n > 0 {
			continue
		}
		for i := range row {
			fmt.Fprintf(w, "|%s", strings.Repeat("-", widths[i]+2))
		}
		fmt.Fprint(w, "|\n")
	}
}

// number writes three significant digits, and whole numbers beyond.
func number(v float64) string {
	if math.Abs(v) >= 1000 {
		return grouped(int64(math.Round(v)))
	}
	text := strconv.FormatFloat(v, 'f', digitsAfter(v), 64)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}

func digitsAfter(v float64) int {
	switch v = math.Abs(v); {
	case v == 0 || v >= 100:
		return 0
	case v >= 10:
		return 1
	case v >= 1:
		return 2
	default:
		return 3
	}
}

// grouped writes thousands apart.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// ratioText says what a ratio of a peer's figure to ours means.
func ratioText(ratio float64) string {
	switch {
	case ratio <= 0: // there is none; or no memory was kept
		return ""
	case ratio >= 1:
		return number(ratio) + "x less"
	default:
		return number(1/ratio) + "x more"
	}
}

// barText says what is to be reached.
func (row Row) barText() string {
	switch row.Bar.Kind {
	case barFaster:
		return number(row.Bar.Limit) + "x less than " + label(row.Peer)
	case barWithin:
		return "at most " + number(row.Bar.Limit) + "x " + label(row.Peer)
	default:
		return row.Bar.Kind + " " + number(row.Bar.Limit)
	}
}

// setCells describes the sets themselves.
func setCells(sets []string, results Results) [][]string {
	cells := [][]string{{"set", "objects", "file MB", "loaded MB", "sections", "relocations", "symbols", "externals"}}
	for _, set := range sets {
		for _, rounds := range results[set] { // every engine says the same of a set
			r := rounds[0]
			cells = append(cells, []string{
				set, grouped(int64(r.Objects)), number(float64(r.FileBytes) / 1e6), number(float64(r.LoadedBytes) / 1e6),
				grouped(int64(r.Sections)), grouped(int64(r.Relocations)), grouped(int64(r.Symbols)), grouped(int64(r.Externals)),
			})
			break
		}
	}
	return cells
}
