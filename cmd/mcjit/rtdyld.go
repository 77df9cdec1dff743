package main

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/internal/rtdyld"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// rtdyldCommand is llvm-rtdyld. Its options are not those of the other commands, and package rtdyld takes them apart.
func (c *cli) rtdyldCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:                "rtdyld [options] FILE... [-args ARGUMENT...]",
		Short:              "Take the command lines of llvm-rtdyld: verify rules, print lines, run",
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			c.status = c.rtdyld(cmd.CommandPath(), args)
			return nil
		},
	}
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) { io.WriteString(c.stdout, rtdyld.Help(cmd.CommandPath())) })
	return cmd
}

// rtdyld does what a command line of llvm-rtdyld says, and returns the exit status.
func (c *cli) rtdyld(program string, args []string) int {
	p := &rtdyldProcess{cli: c}
	t := &rtdyld.Tool{
		Program: program, Version: version(), Stdin: os.Stdin, Stdout: c.stdout, Stderr: c.stderr,
		Open: p.open, Lookup: p.lookup, Execute: p.execute,
	}
	return t.Run(args)
}

// An rtdyldProcess is this process to package rtdyld.
type rtdyldProcess struct {
	*cli
	libraries []*hostlib.Library // of -dylib
	session   *session
	requests  bytes.Buffer // what -print-alloc-requests prints
}

func (p *rtdyldProcess) open(path string) error {
	l, err := hostlib.Open(path, hostlib.Global)
	if err == nil {
		p.libraries = append(p.libraries, l)
	}
	return err
}

func (p *rtdyldProcess) lookup(name string) (executor.Addr, bool) {
	for _, l := range p.libraries {
		if a, ok := l.Lookup(name); ok {
			return a, true
		}
	}
	return 0, false
}

// execute links the inputs and calls the entry point.
func (p *rtdyldProcess) execute(t *rtdyld.Tool, o *rtdyld.Options) (status int, err error) {
	objects, err := t.Objects()
	if err != nil {
		return 0, err
	}
	err = p.link(t, o, objects)
	if wantsLowAddresses(err) {
		p.requests.Reset()
		err = p.link(t, o, objects, memmgr.WithLowAddresses())
	}
	p.stdout.Write(p.requests.Bytes())
	if err != nil {
		return 0, rtdyld.LinkErrors(err)
	}
	entry, err := p.session.engine.FunctionAddress(objects[0].LinkName(o.Entry))
	if errors.Is(err, mcjit.ErrSymbolNotFound) {
		return 0, rtdyld.NoDefinition(o.Entry)
	}
	if err != nil {
		return 0, err
	}
	args, err := newMainArguments(append([]string{o.Inputs[0]}, o.Arguments...), os.Environ())
	if err != nil {
		return 0, err
	}
	t.Loaded(entry)
	if err := p.behaveLikeProgram(); err != nil {
		return 0, err
	}
	err = t.Phase(rtdyld.PhaseExecute, func() error { status, err = callMain(entry, args); return err })
	return status, err
}

// link links the inputs into a session.
func (p *rtdyldProcess) link(t *rtdyld.Tool, o *rtdyld.Options, objects []*objimage.Object, where ...memmgr.Option) error {
	log := logrus.New()
	log.SetOutput(io.Discard)
	s, err := newSession(log, where...)
	if err != nil {
		return err
	}
	p.session = s
	s.memory.JITMemoryManager = rtdyld.NewMemory(o, &p.requests, s.memory.JITMemoryManager)
	for _, l := range p.libraries {
		if err := s.keep(l, nil); err != nil {
			return err
		}
	}
	err = t.Phase(rtdyld.PhaseLoad, func() error {
		for _, img := range objects {
			img.Buffer().Retain() // for another try
			if _, err := s.engine.AddParsed(img); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.Phase(rtdyld.PhaseLink, s.engine.FinalizeObject)
}
