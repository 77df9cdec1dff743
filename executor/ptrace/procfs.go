package ptrace

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
)

// A mapping is a line of /proc/PID/maps: proc_pid_maps(5).
type mapping struct {
	start, end executor.Addr
	perms      string // as rwxp
	offset     uint64
	file       string // device and inode, to tell files apart
	path       string // may be empty, or a name in brackets
}

// maps returns the mappings of the process, by address.
func (p *Process) maps() ([]mapping, error) {
	text, err := os.ReadFile(p.proc("maps"))
	if err != nil {
		return nil, err
	}
	var list []mapping
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if m, ok := parseMapping(lines.Text()); ok {
			list = append(list, m)
		}
	}
	return list, nil
}

func parseMapping(line string) (m mapping, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 5 {
		return m, false
	}
	from, to, _ := strings.Cut(fields[0], "-")
	start, err1 := strconv.ParseUint(from, 16, 64)
	end, err2 := strconv.ParseUint(to, 16, 64)
	offset, err3 := strconv.ParseUint(fields[2], 16, 64)
	m = mapping{start: executor.Addr(start), end: executor.Addr(end), perms: fields[1], offset: offset, file: fields[3] + " " + fields[4]}
	m.path = line
	for range 5 {
		_, m.path, _ = strings.Cut(strings.TrimLeft(m.path, " "), " ")
	}
	m.path = strings.TrimLeft(m.path, " ")
	return m, err1 == nil && err2 == nil && err3 == nil
}

// mappingOf returns the mapping that an address is in.
func mappingOf(maps []mapping, at executor.Addr) (mapping, bool) {
	i := slices.IndexFunc(maps, func(m mapping) bool { return m.start <= at && at < m.end })
	if i < 0 {
		return mapping{}, false
	}
	return maps[i], true
}

// proc returns the path of a file about the process: that of the thread that is used, since the first one may have ended.
func (p *Process) proc(name string) string {
	return fmt.Sprintf("/proc/%d/task/%d/%s", p.pid, p.tid.Load(), name)
}

// status returns a field of /proc/PID/status, "" if there is none.
func (p *Process) status(field string) string { return statusField(p.proc("status"), field) }

func statusField(file, field string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// chooseThread chooses the thread that runs what is called.
func (p *Process) chooseThread() error {
	tid, err := p.thread()
	p.tid.Store(int64(tid))
	return err
}

func (p *Process) thread() (int, error) {
	if p.opts.thread != 0 {
		if !p.runs(p.opts.thread) {
			return 0, &Error{Err: fmt.Errorf("thread %d: %w", p.opts.thread, ErrNoProcess), Hint: fmt.Sprintf("the threads are in /proc/%d/task", p.pid)}
		}
		return p.opts.thread, nil
	}
	if p.runs(p.pid) {
		return p.pid, nil
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.pid))
	if err != nil {
		return 0, ErrNoProcess
	}
	for _, task := range tasks {
		if tid, err := strconv.Atoi(task.Name()); err == nil && p.runs(tid) {
			return tid, nil
		}
	}
	return 0, &Error{Err: ErrNoProcess, Hint: "it has ended, and its parent has not waited for it"}
}

// runs reports whether a thread of the process exists and is not ending.
func (p *Process) runs(tid int) bool {
	const state, flags, exiting = 0, 6, 4 // PF_EXITING of the kernel's flags
	fields := p.threadStat(tid)
	if len(fields) <= flags || strings.Contains("ZXx", fields[state]) {
		return false
	}
	bits, err := strconv.ParseUint(fields[flags], 10, 64)
	return err == nil && bits&exiting == 0
}

// cannotStop reports whether a thread of the process waits in the system in a way that nothing interrupts (D), as one does that has called vfork.
func (p *Process) cannotStop() bool {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.pid))
	if err != nil {
		return false // it has ended
	}
	return slices.ContainsFunc(tasks, func(task os.DirEntry) bool {
		tid, err := strconv.Atoi(task.Name())
		if err != nil {
			return false
		}
		fields := p.threadStat(tid)
		return len(fields) > 0 && fields[0] == "D"
	})
}

// startOf returns when a thread has begun, in a form in which it can be compared; "" if there is none.
func (p *Process) startOf(tid int) string {
	const start = 19
	if fields := p.threadStat(tid); len(fields) > start {
		return fields[start]
	}
	return ""
}

// threadStat returns what the system says of a thread, from its state on: proc_pid_stat(5).
func (p *Process) threadStat(tid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/stat", p.pid, tid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // the name before may have anything
}
