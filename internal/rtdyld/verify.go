package rtdyld

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/runtimedyld"
	"github.com/gomcjit/gomcjit/runtimedyld/checker"
)

// verify links the inputs for the addresses that the options say, and evaluates the rules.
func (t *Tool) verify() error {
	o := t.options
	if o.Triple == "" {
		return errors.New("-triple required when running in -verify mode.")
	}
	target, err := checker.ParseTarget(o.Triple, o.CPU)
	if err != nil {
		return fmt.Errorf("Error accessing target '%s': : error: unable to get target for '%[1]s', see --version and --triple. (%w)", o.Triple, err)
	}
	tellOfProcessor(t.Stderr, target.Arch, o.CPU)
	if err := t.openLibraries(); err != nil {
		return err
	}
	var l *linked
	if err := t.Phase(PhaseLoad, func() (err error) { l, err = t.load(true, o.Inputs...); return err }); err != nil {
		return err
	}
	if err := t.Phase(PhaseLink, func() (err error) { l, err = t.link(l); return err }); err != nil {
		return err
	}
	return t.Phase(phaseCheck, func() error { return t.check(l, target) })
}

// link links the inputs. If something is out of reach for which LLVM has no stub, where it goes on with what is left of the value, they are loaded once more, with the linker's own stubs for that.
func (t *Tool) link(l *linked) (*linked, error) {
	err := l.linkFor(t.options)
	if l.stubs == nil || l.strange || !errors.Is(err, runtimedyld.ErrRelocationOverflow) {
		return l, err
	}
	again := &linked{inputs: l.inputs, symbols: l.symbols, memory: NewMemory(t.options, nil, nil)}
	if t.loadInputs(again, true, true) == nil && again.linkFor(t.options) == nil {
		return again, nil
	}
	return l, err
}

// linkFor links for the addresses that the options say. If something is out of reach then, it tries to have what the linker made near the code that is mapped, and then the rest: LLVM goes on with what is left
// of the value.
func (l *linked) linkFor(o *Options) error {
	var first error
	for _, near := range []nearness{nothingNear, madeNear, allNear} {
		if err := l.place(o, near); err != nil {
			return err
		}
		if l.stubs != nil {
			l.dyld.SetAnchor(executor.Addr(l.firstAddress()))
		}
		err := l.resolve()
		if err == nil {
			l.finishStubs()
			return l.numberSections()
		}
		if first = cmp.Or(first, err); !errors.Is(err, runtimedyld.ErrRelocationOverflow) || len(o.Sections) == 0 {
			break
		}
	}
	return first
}

// check evaluates the rules of the files, up to the first one with rules that do not hold, as in LLVM. What is wrong with each rule is printed.
func (t *Tool) check(l *linked, target checker.Target) error {
	if len(t.options.Checks) == 0 {
		return nil
	}
	facts, err := newFacts(l, target)
	if err != nil {
		return err
	}
	for _, path := range t.options.Checks {
		text, err := t.readFile(path)
		if err != nil {
			return fmt.Errorf("unable to read input '%s': %s", path, reason(err))
		}
		if err := t.checkRules(facts, path, string(text)); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tool) checkRules(facts *facts, path, text string) error {
	rules, err := checker.Rules(path, text, checker.Prefix)
	if err != nil {
		fmt.Fprintln(t.Stderr, err)
	}
	failed := err != nil
	for i := range rules {
		err := rules[i].Check(facts)
		if err == nil {
			continue
		}
		if missing := new(checker.NotFoundError); errors.As(err, &missing) && missing.Kind == checker.NoSymbol {
			return fmt.Errorf("%w\n  %v", &MissingError{missing.Name}, err) // here, LLVM ends
		}
		failed = true
		t.printFailure(err)
	}
	if failed {
		return fmt.Errorf("some checks in '%s' failed", path)
	}
	return nil
}

// printFailure prints what is wrong with a rule: LLVM's line, and then where the rule is.
func (t *Tool) printFailure(err error) {
	var at *checker.RuleError
	if !errors.As(err, &at) {
		fmt.Fprintln(t.Stderr, err)
		return
	}
	fmt.Fprintf(t.Stderr, "%v\n  at %s:%d:%d\n", at.Err, at.File, at.Line, at.Column)
}
