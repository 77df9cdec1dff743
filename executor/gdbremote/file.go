package gdbremote

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// askForProgram reads the symbols of the program's file, if the stub gives it: "Host I/O Packets".
func (p *Process) askForProgram() error {
	p.symbols.asked = true
	if _, ok := p.features["qXfer:exec-file:read"]; !ok {
		return nil
	}
	name, err := p.transfer("exec-file", "")
	if err != nil || len(name) == 0 {
		return p.reason // it does not know
	}
	_, fd, err := p.hostFile("opening the program", fmt.Sprintf("vFile:open:%s,0,0", hexOf(name)))
	if err != nil {
		return p.reason
	}
	// What can be read of a file that makes no sense is better than nothing.
	if p.symbols.program, _ = p.fileSymbols(&remoteFile{p, fd}); p.reason != nil {
		return p.reason
	}
	_, _, err = p.hostFile("closing the program", fmt.Sprintf("vFile:close:%x", fd))
	return err
}

// A remoteFile is a file that the stub has opened.
type remoteFile struct {
	p  *Process
	fd int64
}

// ReadAt implements io.ReaderAt.
func (f *remoteFile) ReadAt(b []byte, off int64) (int, error) {
	done := 0
	for done < len(b) {
		step := min(len(b)-done, f.p.packet/2) // bytes may be two in a packet
		data, n, err := f.p.hostFile("reading the program", fmt.Sprintf("vFile:pread:%x,%x,%x", f.fd, step, off+int64(done)))
		switch {
		case err != nil:
			return done, err
		case n == 0:
			return done, io.EOF
		case n != int64(len(data)) || len(data) > step:
			return done, f.p.fail(&ProtocolError{"vFile:pread", "the answer is not what was asked for"})
		}
		done += copy(b[done:], data)
	}
	return done, nil
}

// hostFile makes a request about files: F result [, errno] [; data].
func (p *Process) hostFile(op, request string) (data []byte, n int64, err error) {
	reply, err := p.query(op, request)
	if err != nil {
		return nil, 0, err
	}
	head, data, _ := bytes.Cut(reply, []byte{';'})
	result, code, _ := bytes.Cut(head, []byte{','})
	if len(result) == 0 || result[0] != 'F' {
		return nil, 0, p.fail(&ProtocolError{"vFile", fmt.Sprintf("the answer is %q", head[:min(len(head), 40)])})
	}
	n, err = strconv.ParseInt(string(result[1:]), 16, 64)
	if err != nil {
		return nil, 0, p.fail(&ProtocolError{"vFile", fmt.Sprintf("the answer is %q", head[:min(len(head), 40)])})
	}
	if n < 0 {
		return nil, n, errors.New("gdbremote: " + op + ": error " + string(code))
	}
	return data, n, nil
}
