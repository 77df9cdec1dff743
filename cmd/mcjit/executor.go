package main

import (
	"bytes"
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

Whoever is connected may do everything that this process may. LLVM's protocol knows no password. With --token-file a controller has to know what is in the file, before it is told
anything; LLVM's controllers cannot. Beyond this machine a token is needed; on it, on Linux, only this user's processes are served without one.

A program that is called llvm-jitlink-executor or lli-child-target, by a link to mcjit, is an executor: llvm-jitlink -oop-executor=PATH, lli -remote-mcjit -mcjit-remote-process=PATH.`

func (c *cli) executorCommand() *cobra.Command {
	var tokenFile string
	cmd := &cobra.Command{
		Use:   "executor [--token-file FILE] filedescs=IN,OUT | IN OUT | listen=HOST:PORT | listen=unix:PATH",
		Short: "Run code for a controller in another process",
		Long:  executorHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			var opts []epc.Option
			if tokenFile != "" {
				token, err := readToken(tokenFile)
				if err != nil {
					return err
				}
				opts = append(opts, epc.WithToken(token))
			}
			serve, err := c.parseExecutor(args)
			if err != nil {
				return &usageError{command: cmd.CommandPath(), err: err}
			}
			return c.executor(serve, opts)
		},
	}
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "serve only who knows what is in `FILE`: 16 random bytes or more")
	return cmd
}

// isExecutor says whether the program is to be LLVM's executor, by the name it was called by, or by what its controllers tell it.
func isExecutor(name string, args []string) bool {
	return strings.HasPrefix(name, "llvm-jitlink-executor") || strings.HasPrefix(name, "lli-child-target") ||
		len(args) > 0 && (strings.HasPrefix(args[0], "filedescs=") || strings.HasPrefix(args[0], "listen="))
}

// minToken is the fewest bytes of a token: 128 bits.
const minToken = 16

func readToken(file string) ([]byte, error) {
	token, err := os.ReadFile(file)
	if token = bytes.TrimSpace(token); err == nil && len(token) < minToken {
		err = fmt.Errorf("%s: a token has %d bytes at least, and this one %d", file, minToken, len(token))
	}
	return token, err
}

// A serveFunc serves a controller.
type serveFunc func(ctx context.Context, s *epc.Server) error

// parseExecutor finds out how the controller can be reached.
func (c *cli) parseExecutor(args []string) (serveFunc, error) {
	if len(args) == 2 {
		return parseDescriptors(args)
	}
	if len(args) == 1 {
		if list, ok := strings.CutPrefix(args[0], "filedescs="); ok {
			return parseDescriptors(strings.Split(list, ","))
		}
		if address, ok := strings.CutPrefix(args[0], "listen="); ok {
			network := "tcp"
			if path, ok := strings.CutPrefix(address, "unix:"); ok {
				network, address = "unix", path
			}
			return func(ctx context.Context, s *epc.Server) error {
				return s.ServeOne(ctx, network, address, func(at net.Addr) { fmt.Fprintf(c.stderr, "mcjit: listening on %v\n", at) })
			}, nil
		}
	}
	return nil, errors.New("filedescs=IN,OUT or listen=HOST:PORT has to say where the controller is")
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
