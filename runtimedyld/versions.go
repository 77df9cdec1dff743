package runtimedyld

// A default version may have its name twice: an assembler makes f and f@@V of `.symver f, f@@V` where f is global. At one place that is one definition, as lld has it.

// isDefault says whether the i-th global of the plan's object is the default version of the other one, or the other way round, at the same place.
func (p *plan) isDefault(i, other uint32) bool {
	first := uint32(p.img.FirstGlobal())
	a, b := &p.syms[first+i], &p.syms[first+other]
	if a.Place != b.Place || a.Section != b.Section || a.Value != b.Value || a.Type != b.Type {
		return false
	}
	versioned := len(p.img.SymbolName(a)) > len(p.names[i])
	return versioned != (len(p.img.SymbolName(b)) > len(p.names[other]))
}

// claims returns, for each name of the table that the plan's object defines strongly, the first global that does.
func (p *plan) claims() map[symID]uint32 {
	claims, first := map[symID]uint32{}, uint32(p.img.FirstGlobal())
	for _, i := range p.defined {
		if _, ok := claims[p.globals[i]]; !ok && isStrong(&p.syms[first+i]) {
			claims[p.globals[i]] = i
		}
	}
	return claims
}
