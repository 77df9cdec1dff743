package main

import (
	"io"
	"testing"
)

// TestMixes: the benchmark of relocations runs, and its figures get into the table, each with its bar.
func TestMixes(t *testing.T) {
	b := &bench{rounds: 1, log: io.Discard, results: make(Results)}
	if err := b.measureMixes(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	rows := map[string]Row{}
	for _, q := range questions {
		if q.figure == figRelocation {
			for _, row := range b.results.answer(q, []string{mixSet}).Rows {
				rows[row.Engine] = row
			}
		}
	}
	if b.failed || len(rows) != len(foreignMixes) {
		t.Fatalf("%d rows of %d; notes: %q", len(rows), len(foreignMixes), b.notes)
	}
	for _, arch := range foreignMixes {
		if row := rows[arch]; row.Value <= 0 || row.Peer != nativeMix || row.PeerValue <= 0 || row.Bar == nil {
			t.Errorf("%s: %+v", arch, row)
		}
	}
}
