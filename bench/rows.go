package main

import "slices"

// A Bar is what is to be reached.
type Bar struct {
	Kind  string  `json:"kind"`
	Limit float64 `json:"limit"`
}

// The kinds of bar.
const (
	barFaster = "faster"  // the peer's figure is at least Limit times ours
	barWithin = "within"  // our figure is at most Limit times the peer's
	barAtMost = "at most" // our figure is at most Limit
	barBelow  = "below"   // our figure is below Limit
)

func (b *Bar) met(value, peer float64) bool {
	switch b.Kind {
	case barFaster:
		return peer >= b.Limit // peer is a ratio: how many times ours
	case barWithin:
		return peer*b.Limit >= 1
	case barAtMost:
		return value <= b.Limit
	default:
		return value < b.Limit
	}
}

// A Row is one line of the table.
type Row struct {
	Set       string  `json:"set"`
	Engine    string  `json:"engine"` // ours
	Value     float64 `json:"value"`
	Unit      string  `json:"unit"`
	Peer      string  `json:"peer,omitempty"`
	PeerValue float64 `json:"peer_value,omitempty"`
	Ratio     float64 `json:"ratio,omitempty"` // of the peer's figure to ours, the median of the rounds
	Bar       *Bar    `json:"bar,omitempty"`
	Met       *bool   `json:"met,omitempty"`
}

// A Table is the rows about one figure.
type Table struct {
	Title string `json:"title"`
	Rows  []Row  `json:"rows"`
}

// tables answers the questions with what was measured, leaving out what was not.
func (r Results) tables(sets []string) []Table {
	var tables []Table
	for _, q := range questions {
		tables = append(tables, r.answer(q, sets))
	}
	tables = append(tables, r.growth("link", figLink), r.growth("teardown", figTeardown))
	return slices.DeleteFunc(tables, func(t Table) bool { return len(t.Rows) == 0 })
}

func (r Results) answer(q question, sets []string) Table {
	t := Table{Title: q.title}
	for _, set := range sets {
		for _, engine := range q.engines {
			t.Rows = append(t.Rows, r.rows(q, set, engine)...)
		}
	}
	return t
}

// rows returns one row a peer that was measured, or one alone.
func (r Results) rows(q question, set, engine string) []Row {
	m := r.figure(q, set, engine)
	if len(m) == 0 {
		return nil
	}
	var rows []Row
	for _, peer := range q.peers {
		if p := r.figure(q, set, peer); len(p) > 0 {
			row := q.row(set, engine, m)
			row.Peer, row.PeerValue, row.Ratio = peer, p.Value()/q.unit.of, m.Ratio(p)
			rows = append(rows, row.judged(q.bars[peer]))
		}
	}
	if _, bar := q.bars[alone][set]; bar || len(rows) == 0 {
		rows = append([]Row{q.row(set, engine, m).judged(q.bars[alone])}, rows...)
	}
	return rows
}

func (r Results) figure(q question, set, engine string) Measurement {
	m := r.measurement(set, engine, q.figure, q.stat)
	if q.perByte && len(m) > 0 {
		m = r.perLoadedByte(m, set, engine)
	}
	return m
}

func (q question) row(set, engine string, m Measurement) Row {
	return Row{Set: set, Engine: engine, Value: m.Value() / q.unit.of, Unit: q.unit.name}
}

// judged returns the row with the bar of its set, if there is one.
func (row Row) judged(bars map[string]Bar) Row {
	if bar, ok := bars[row.Set]; ok {
		met := bar.met(row.Value, row.Ratio)
		row.Bar, row.Met = &bar, &met
	}
	return row
}
