package ptrace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
)

// A guardian is a process of its own which gives the target its memory back when this process has ended without Close, kill -9 included: see WithGuardian. It is told of everything before it is done, and of its result before the thread
// that has done it can do anything else. What was under way when this process ended it learns from the target: the agent's code writes the result below its frame when nobody traces it any more.

// A message is the first word of a line that the guardian is told. Numbers follow, in hexadecimal.
type message string

const (
	booting      message = "booting"       // the address of the frame of a system call that is made without an agent
	agentPlanned message = "agent-planned" // its address and size
	agentMade    message = "agent-made"
	agentGone    message = "agent-gone"
	mapBegins    message = "map-begins"   // a size
	mapEnds      message = "map-ends"     // the address, or noResult
	unmapBegins  message = "unmap-begins" // an address and a size
	unmapEnds    message = "unmap-ends"   // 0, or noResult
	frames       message = "frames"       // the address of a table that the process's unwinder is told of
	framesGone   message = "frames-gone"  // the same
	goodbye      message = "goodbye"      // what is there now stays
)

// numbersOf says how many numbers each message has.
var numbersOf = map[message]int{booting: 1, agentPlanned: 2, agentMade: 0, agentGone: 0, mapBegins: 1, mapEnds: 1, unmapBegins: 2, unmapEnds: 1, frames: 1, framesGone: 1, goodbye: 0}

// line returns the line of a message.
func (m message) line(numbers ...uint64) string {
	text := string(m)
	for _, n := range numbers {
		text += fmt.Sprintf(" %x", n)
	}
	return text + "\n"
}

// noResult is in place of a system call's result as long as there is none: neither an address nor an error.
const noResult = 1 << 63

// A ledger is what a guardian knows.
type ledger struct {
	boot      executor.Addr // the frame of the last system call without an agent; 0 if there was none
	agent     addrRange     // where it is; empty if there is none
	made      bool          // the agent has its code
	ranges    []addrRange
	under     message // what is under way: mapBegins, unmapBegins, or nothing
	operand   addrRange
	tables    []executor.Addr                 // that the unwinder was told of
	forgotten map[executor.Addr]executor.Addr // where those end that it was made to forget: memory that it has given back may still have their addresses
	saidLeave bool
}

// note takes a line.
func (l *ledger) note(line string) error {
	words := strings.Fields(line)
	if len(words) == 0 {
		return fmt.Errorf("an empty line")
	}
	m := message(words[0])
	if n, ok := numbersOf[m]; !ok || n != len(words)-1 {
		return fmt.Errorf("%q is no message", line)
	}
	var numbers [2]executor.Addr
	for i, word := range words[1:] {
		if _, err := fmt.Sscanf(word, "%x", (*uint64)(&numbers[i])); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
	}
	a, b := numbers[0], numbers[1]
	switch m {
	case booting:
		l.boot = a
	case agentPlanned:
		l.agent, l.made = addrRange{a, a + b}, false
	case agentMade:
		l.made = true
	case agentGone:
		l.agent, l.made = addrRange{}, false
	case mapBegins:
		l.under, l.operand = m, addrRange{0, a}
	case unmapBegins:
		l.under, l.operand = m, addrRange{a, a + b}
	case mapEnds, unmapEnds:
		l.settle(uint64(a))
	case frames:
		l.tables = append(l.tables, a)
	case framesGone:
		l.forget(a, a+1) // something else may be there by now, of which nothing is known
	case goodbye:
		l.saidLeave = true
	}
	return nil
}

// forget takes a table from those that the unwinder knows.
func (l *ledger) forget(table, end executor.Addr) {
	l.tables = slices.DeleteFunc(l.tables, func(at executor.Addr) bool { return at == table })
	if l.forgotten == nil {
		l.forgotten = map[executor.Addr]executor.Addr{}
	}
	l.forgotten[table] = end
}

// settle takes the result of what was under way: the system call's, or noResult if it was not made.
func (l *ledger) settle(result uint64) {
	const leastError = ^uint64(0) - 4095
	done := result != noResult && result <= leastError
	switch {
	case done && l.under == mapBegins:
		at := executor.Addr(result)
		if r := (addrRange{at, at + l.operand.end}); r.start < r.end {
			l.ranges = append(l.ranges, r)
		}
	case done && l.under == unmapBegins:
		l.subtract(l.operand)
	}
	l.under = ""
}

// subtract takes memory out of what the process has for us.
func (l *ledger) subtract(gone addrRange) {
	var rest []addrRange
	for _, r := range l.ranges {
		if before := (addrRange{r.start, min(r.end, gone.start)}); before.start < before.end {
			rest = append(rest, before)
		}
		if after := (addrRange{max(r.start, gone.end), r.end}); after.start < after.end {
			rest = append(rest, after)
		}
	}
	l.ranges = rest
}

// addrRange is memory from start up to end.
type addrRange struct{ start, end executor.Addr }

func (r addrRange) holds(at executor.Addr) bool { return r.start <= at && at < r.end }

// holds reports whether an address is in the memory.
func (l *ledger) holds(at executor.Addr) bool {
	return slices.ContainsFunc(l.ranges, func(r addrRange) bool { return r.holds(at) })
}
