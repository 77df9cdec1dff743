// Command mcjit links relocatable object files into its own memory and runs them, and shows what is in them. Sources are compiled first.
//
//	mcjit run FILE... [-- ARGUMENTS]
//	mcjit inspect FILE...
//	mcjit runtime [NAME...]
//	mcjit rtdyld OPTION... FILE...
//	mcjit lli OPTION... FILE [ARGUMENT...]
//	mcjit executor filedescs=IN,OUT | listen=HOST:PORT
//	mcjit attach PID --call EXPRESSION FILE...
//
// For objects nothing is written to disk, and neither a compiler nor a linker is needed. `mcjit help` and `mcjit help COMMAND` say the rest.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
)

// Exit statuses of mcjit itself.
const (
	exitError = 1 // something could not be read, linked or run
	exitUsage = 2 // the command line is wrong
)

// C programs expect that main runs on the first thread of the process, and that it stays there (thread-local state, errno).
func init() { runtime.LockOSThread() }

func main() {
	c := &cli{stdout: os.Stdout, stderr: os.Stderr, exit: os.Exit}
	status := 0
	if err := stacksLikeC(); err != nil {
		c.printError(err)
		os.Exit(exitError)
	}
	switch name := filepath.Base(os.Args[0]); {
	case strings.HasPrefix(name, "llvm-rtdyld"):
		status = c.rtdyld(name, os.Args[1:])
	case isLLVMExecutor(name):
		status = c.execute(append([]string{"executor", "--" + noTokenFlag}, os.Args[1:]...))
	case isExecutor(os.Args[1:]):
		status = c.execute(append([]string{"executor"}, os.Args[1:]...))
	case name == "lli" || strings.HasPrefix(name, "lli-"):
		status = c.lli(name, os.Args[1:])
	default:
		status = c.execute(os.Args[1:])
	}
	c.exit(status)
}

// A cli is one use of the command line.
type cli struct {
	stdout, stderr io.Writer
	exit           func(status int) // how the process has to end: once C code has run, through C's exit
	status         int              // what the program that was run returned
}

// execute does what the arguments say and returns the exit status.
func (c *cli) execute(args []string) int {
	root := c.command()
	root.SetArgs(args)
	err := root.Execute()
	if err == nil {
		return c.status
	}
	c.printError(err)
	if errors.As(err, new(*usageError)) {
		return exitUsage
	}
	return exitError
}

func (c *cli) printError(err error) {
	for _, line := range errorLines(err) {
		fmt.Fprintf(c.stderr, "mcjit: %s\n", printable(line))
	}
}

// A usageError is a command line that makes no sense.
type usageError struct {
	command string // whose help to read
	err     error
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%v; see %s --help", e.err, e.command)
}

func (e *usageError) Unwrap() error { return e.err }

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{command: cmd.CommandPath(), err: fmt.Errorf(format, args...)}
}

const rootHelp = `mcjit links relocatable object files (.o) and archives of them (.a) into its own memory and runs them.
It needs no compiler, no linker and no temporary file. Sources (.ll, .bc, .c, .cc, .s and others) are compiled by what is installed for that.

Exit status: 0 if all went well, 1 if something could not be read, linked or run, 2 if the command line is wrong. "mcjit run" ends
with the status of the program that it runs. Errors are on standard error, one a line.`

func (c *cli) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "mcjit",
		Short: "Link and run object files in memory",
		Long:  rootHelp,
		Example: `  mcjit run hello.o                      link, run main
  mcjit run --call 'add(40, 2)' add.o    call a function, print what it returns
  mcjit run main.c helper.ll             compile, link, run main
  mcjit lli hello.ll one two             take the command lines of lli
  mcjit inspect hello.o                  see what is in it, and what it needs
  mcjit runtime                          see what is built in
  mcjit rtdyld -verify -triple=x86_64 -check=rules.s hello.o    take the command lines of llvm-rtdyld`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef(cmd, "there is no command %q", args[0])
			}
			return cmd.Help()
		},
	}
	root.Flags().Bool("version", false, "print the version of mcjit and of Go") // or else cobra takes -v for it
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &usageError{command: cmd.CommandPath(), err: err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetHelpCommand(helpCommand())
	root.AddCommand(c.runCommand(), c.inspectCommand(), c.runtimeCommand(), c.rtdyldCommand(), c.lliCommand(), c.executorCommand(), c.attachCommand(), guardCommand())
	return root
}

// helpCommand is cobra's, but for a command that there is not.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Help about any command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usagef(cmd.Root(), "there is no command %q", strings.Join(args, " "))
			}
			return about.Help()
		},
	}
}
