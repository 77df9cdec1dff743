package checker

import (
	"errors"
	"fmt"
	"strings"
)

// Prefix begins the lines that are rules for RuntimeDyld.
const Prefix = "# rtdyld-check:"

// A Rule is one equation, and where it was read.
type Rule struct {
	Text string // without prefix, continuations joined
	File string
	Line int // from 1; of the first line

	pieces []piece
}

// A piece is the part of a rule that one line holds.
type piece struct {
	at           int // offset in Rule.Text
	line, column int // of the first byte, from 1
}

// Rules returns the rules in the text of a file: the lines that begin, behind blanks, with prefix. Lines that end in a backslash are
// joined with the next one that has the prefix; the join ends at a line without. A line with nothing behind the prefix is no rule. A text without any rule is [ErrNoRules].
func Rules(file, text, prefix string) ([]Rule, error) {
	var rules []Rule
	var open *Rule // continued on the next line
	for number, line := range splitLines(text) {
		body, found := strings.CutPrefix(strings.TrimLeft(line, blanks), prefix)
		if found && body == "" && open == nil {
			continue
		}
		if !found {
			if strings.Trim(line, blanks) != "" {
				open = nil
			}
			continue
		}
		if open == nil {
			rules = append(rules, Rule{File: file, Line: number + 1})
			open = &rules[len(rules)-1]
		}
		if !open.add(body, number+1, len(line)-len(body)+1) {
			open = nil
		}
	}
	if len(rules) == 0 {
		return nil, fmt.Errorf("%s: %w %q", file, ErrNoRules, prefix)
	}
	return rules, nil
}

// blanks is what LLVM trims, beside line ends.
const blanks = " \t\v\f"

// splitLines returns the lines of text, which end in \n, \r\n or \r.
func splitLines(text string) []string {
	return strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n")
}

// add appends what one line holds of a rule, and reports whether the rule goes on.
func (r *Rule) add(body string, line, column int) (more bool) {
	if len(r.pieces) == 0 {
		trimmed := strings.TrimLeft(body, blanks)
		column += len(body) - len(trimmed)
		body = trimmed
	}
	body = strings.TrimRight(body, blanks)
	body, more = strings.CutSuffix(body, `\`)
	r.pieces = append(r.pieces, piece{at: len(r.Text), line: line, column: column})
	r.Text += body
	return more
}

// position returns the line and the column of a byte of the rule.
func (r *Rule) position(offset int) (line, column int) {
	line, column = r.Line, 1
	for _, p := range r.pieces {
		if p.at <= offset {
			line, column = p.line, p.column+offset-p.at
		}
	}
	return line, column
}

// Check evaluates the rule. It returns nil when both sides are equal, and otherwise a [*RuleError] that wraps what [Check] returned.
func (r *Rule) Check(facts Facts) error {
	err := Check(facts, r.Text)
	if err == nil {
		return nil
	}
	offset := 0
	var at *ExprError
	if errors.As(err, &at) {
		offset = at.Offset
	}
	line, column := r.position(offset)
	return &RuleError{File: r.File, Line: line, Column: column, Err: err}
}

// CheckAll evaluates all rules in the text of a file, also behind one that fails, and returns what failed, joined by [errors.Join].
func CheckAll(facts Facts, file, text, prefix string) error {
	rules, err := Rules(file, text, prefix)
	if err != nil {
		return err
	}
	var failed []error
	for i := range rules {
		if err := rules[i].Check(facts); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}
