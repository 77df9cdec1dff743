package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gomcjit/gomcjit/executor/epc"
	"github.com/gomcjit/gomcjit/gdbjit"
	"github.com/gomcjit/gomcjit/hostlib"
)

const executorHelp = `Executor runs code for a controller, in this process: for "mcjit run --remote", a Go program with package epc, or LLVM's llvm-jitlink and lli, whose protocol
(SimpleRemoteEPC) it speaks, of versions 14 to 19. It ends when the controller does.

    mcjit executor filedescs=IN,OUT      inherited descriptors, as llvm-jitlink-executor takes them
    mcjit executor IN OUT                the same, as lli-child-target takes them
    mcjit executor listen=HOST:PORT      TCP; HOST is this machine if it is not given, PORT any that is free if it is 0
    mcjit executor listen=unix:PATH      a unix socket, for processes of the same user

Whoever is connected may do everything that this process may. So controllers that come by TCP have to know a token, of 128 bits or more, before they are told anything: what is in the file of --token-file, or, without that
flag, in a file that is made for them, which only this user can read; its name is printed, and "mcjit run --remote" takes it with --token-file. A file that does not exist is made, with a random token.

LLVM's protocol knows no token: for its controllers --no-token listens without one, on this machine only, where, on Linux, only this user's processes are served. Unix sockets and descriptors need none.

A program that is called llvm-jitlink-executor or lli-child-target, by a link to mcjit, is an executor for LLVM's controllers, without a token: llvm-jitlink -oop-executor=PATH, lli -remote-mcjit -mcjit-remote-process=PATH.`

// noTokenFlag is how executors are told that their controllers are LLVM's.
const noTokenFlag = "no-token"

func (c *cli) executorCommand() *cobra.Command {
	var tokens tokenOptions
	cmd := &cobra.Command{
		Use:   "executor [--token-file FILE | --no-token] filedescs=IN,OUT | IN OUT | listen=HOST:PORT | listen=unix:PATH",
		Short: "Run code for a controller in another process",
		Long:  executorHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			serve, tcp, err := c.parseExecutor(args)
			if err == nil && tokens.none && tokens.file != "" {
				err = errors.New("--token-file and --no-token exclude each other")
			}
			if err != nil {
				return &usageError{command: cmd.CommandPath(), err: err}
			}
			opts, forget, err := c.tokenFor(tcp, &tokens)
			if err != nil {
				return err
			}
			defer forget()
			return c.executor(serve, opts)
		},
	}
	cmd.Flags().StringVar(&tokens.file, "token-file", "", "serve only who knows what is in `FILE`: 16 random bytes or more; it is made if there is none")
	cmd.Flags().BoolVar(&tokens.none, noTokenFlag, false, "listen by TCP on this machine without a token, for LLVM's controllers")
	return cmd
}

// isLLVMExecutor says whether the program is to be LLVM's executor, by the name it was called by.
func isLLVMExecutor(name string) bool {
	return strings.HasPrefix(name, "llvm-jitlink-executor") || strings.HasPrefix(name, "lli-child-target")
}

// isExecutor says whether the program is to be an executor, by what controllers tell it.
func isExecutor(args []string) bool {
	return len(args) > 0 && (strings.HasPrefix(args[0], "filedescs=") || strings.HasPrefix(args[0], "listen="))
}

// A serveFunc serves a controller.
type serveFunc func(ctx context.Context, s *epc.Server) error

// parseExecutor finds out how the controller can be reached, and whether that is by TCP.
func (c *cli) parseExecutor(args []string) (serve serveFunc, tcp bool, err error) {
	if len(args) == 2 {
		serve, err = parseDescriptors(args)
		return serve, false, err
	}
	if len(args) == 1 {
		if list, ok := strings.CutPrefix(args[0], "filedescs="); ok {
			serve, err = parseDescriptors(strings.Split(list, ","))
			return serve, false, err
		}
		if address, ok := strings.CutPrefix(args[0], "listen="); ok {
			network := "tcp"
			if path, ok := strings.CutPrefix(address, "unix:"); ok {
				network, address = "unix", path
			}
			return func(ctx context.Context, s *epc.Server) error {
				return s.ServeOne(ctx, network, address, func(at net.Addr) { fmt.Fprintf(c.stderr, "mcjit: listening on %v\n", at) })
			}, network == "tcp", nil
		}
	}
	return nil, false, errors.New("filedescs=IN,OUT or listen=HOST:PORT has to say where the controller is")
}

func parseDescriptors(args []string) (serveFunc, error) {
	if len(args) != 2 {
		return nil, errors.New("two file descriptors are needed, separated by a comma")
	}
	var fds [2]int
	for i, text := range args {
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return nil, fmt.Errorf("%q is no file descriptor", text)
		}
		fds[i] = int(n)
	}
	return func(ctx context.Context, s *epc.Server) error {
		rw, err := epc.Descriptors(fds[0], fds[1])
		if err != nil {
			return err
		}
		return s.Serve(ctx, rw)
	}, nil
}

// executor serves one controller. Functions that still run when it has gone end with the process.
func (c *cli) executor(serve serveFunc, opts []epc.Option) error {
	s, err := epc.NewServer(epc.Host{Open: openLibrary, Debug: registerObject, Crashes: true, Environ: os.Environ()}, opts...)
	if err != nil {
		return err
	}
	if err := c.behaveLikeC(); err != nil {
		return err
	}
	const sigpipe, ignored = 13, 1
	if _, _, err := callC("signal", sigpipe, ignored); err != nil { // that the controller has gone is an error like others
		return err
	}
	err = serve(context.Background(), s)
	if errors.Is(err, epc.ErrDisconnected) || errors.Is(err, epc.ErrRunning) {
		return nil
	}
	return err
}

func openLibrary(path string) (epc.Library, error) {
	if path == "" {
		return hostlib.Process(), nil
	}
	return hostlib.Open(path)
}

func registerObject(object []byte) (func() error, error) {
	entry, err := gdbjit.RegisterObject(object)
	if err != nil {
		return nil, err
	}
	return entry.Unregister, nil
}
