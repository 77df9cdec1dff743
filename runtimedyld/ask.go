package runtimedyld

import (
	"slices"
	"strings"
)

// asked is what the resolver has been asked in a link: lists of the first few rounds, which are all that most links have, and a table if there are more.
type asked struct {
	rounds [][]Reference
	before map[question]bool // made of rounds
	texts  texts
}

// fewRounds is how many rounds are looked through again in each.
const fewRounds = 4

type question struct {
	name string
	data bool // it is of RuntimeDyld.weakData
}

// fresh returns those of refs for which the resolver has not been asked in an earlier round, and notes that it is going to be. Few names are left after the first round.
func (a *asked) fresh(refs []Reference) []Reference {
	if len(refs) == 0 {
		return nil
	}
	if len(a.rounds) == fewRounds {
		a.remember()
	}
	if a.before != nil {
		refs = slices.DeleteFunc(refs, func(r Reference) bool { return a.before[question{r.Name, r.Data}] })
	} else if len(a.rounds) > 0 {
		refs = a.without(refs)
	}
	if len(refs) > 0 {
		a.rounds = append(a.rounds, refs)
	}
	if a.before != nil {
		a.remember()
	}
	return refs
}

// without returns those of refs that are in no round.
func (a *asked) without(refs []Reference) []Reference {
	left := make(map[question]bool, len(refs))
	for i := range refs {
		left[question{refs[i].Name, refs[i].Data}] = true
	}
	for _, round := range a.rounds {
		for i := range round {
			delete(left, question{round[i].Name, round[i].Data})
		}
	}
	return slices.DeleteFunc(refs, func(r Reference) bool { return !left[question{r.Name, r.Data}] })
}

// remember puts the rounds into the table.
func (a *asked) remember() {
	if a.before == nil {
		a.before = map[question]bool{}
	}
	for _, round := range a.rounds {
		for i := range round {
			a.before[question{round[i].Name, round[i].Data}] = true
		}
	}
	a.rounds = a.rounds[:0]
}

// texts makes strings of names: many of one piece of memory.
type texts struct{ piece strings.Builder }

const textPiece = 1 << 12 // bytes

func (t *texts) of(name []byte) string {
	if t.piece.Cap()-t.piece.Len() < len(name) {
		t.piece = strings.Builder{}
		t.piece.Grow(max(textPiece, len(name)))
	}
	from := t.piece.Len()
	t.piece.Write(name)
	return t.piece.String()[from:]
}

// unresolved returns the names that the resolver has not been asked for in this link.
func (d *RuntimeDyld) unresolved(asked *asked) []Reference {
	kept, aliases := d.pending[:0], d.aliases()
	tab := d.table.cur.Load()
	var refs []Reference
	for _, id := range d.pending {
		s := tab.at(id)
		if s.refs == 0 || s.owner.Load() != 0 || s.bits&bitCommon != 0 {
			s.bits &^= bitPending
			continue
		}
		kept = append(kept, id)
		if d.resolver == nil && d.storage == nil || aliases[id] != nil {
			continue
		}
		if refs == nil {
			refs = make([]Reference, 0, len(d.pending)+len(d.weakData)-len(kept)+1)
		}
		refs = append(refs, Reference{Name: asked.texts.of(tab.name(s)), Weak: s.bits&bitNeeded == 0, ThreadLocal: s.bits&bitThread != 0})
	}
	d.pending = kept
	if d.resolver != nil {
		refs = d.askForData(refs, &asked.texts)
	}
	return asked.fresh(refs)
}
