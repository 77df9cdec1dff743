package runtimedyld

import (
	"math/rand/v2"
	"testing"
)

// TestArmFormulaText: the formulas of irregular rows, too, say what they compute.
func TestArmFormulaText(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range armELF {
		row := &armELF[i]
		if row.formula == nil {
			continue
		}
		for range 50 {
			v := randomVars(random)
			if want, err := evalText(row.formula.text, &v); err != nil || row.formula.eval(&v) != want {
				t.Fatalf("%s: %s is %#x (%v), the function says %#x, of %+v", row.name, row.formula.text, want, err, row.formula.eval(&v), v)
			}
		}
	}
}
