package runtimedyld

import "github.com/gomcjit/gomcjit/executor"

// ResolveIn returns a resolver that finds symbols in the process that runs the code, asked once for all that a link needs.
func ResolveIn(process executor.Symbols) SymbolResolver { return symbolsOf{process} }

type symbolsOf struct{ process executor.Symbols }

// ResolveSymbols leaves thread-local variables alone, which have no address that is one for all threads.
func (s symbolsOf) ResolveSymbols(refs []Reference) error {
	var names []string
	for i := range refs {
		if !refs[i].ThreadLocal {
			names = append(names, refs[i].Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	addrs, err := s.process.Lookup(names...)
	if err != nil {
		return err
	}
	for i := range refs {
		if !refs[i].ThreadLocal {
			refs[i].Addr, addrs = addrs[0], addrs[1:]
		}
	}
	return nil
}
