package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/gomcjit/gomcjit/objimage"
)

const inspectHelp = `Inspect shows what is in an object or an archive, and what an object would need here: memory by permission (with what the linker adds), symbols
that others have to define and whether this process's C library does, and what this version cannot link. Nothing is linked or run.

Of an archive it shows the members, and what all of them together would need. --member shows a member as an object.

Exit status: 0, also for an object that needs what is not there; 1 if a file is not a sound object or archive, 2 if the command line is wrong.`

// inspectOptions are the flags of inspect.
type inspectOptions struct {
	sections, symbols, relocations bool
	members                        []string
}

// all says that nothing in particular was asked for.
func (o *inspectOptions) all() bool { return !o.sections && !o.symbols && !o.relocations }

func (c *cli) inspectCommand() *cobra.Command {
	var o inspectOptions
	cmd := &cobra.Command{
		Use:   "inspect [flags] FILE...",
		Short: "Show what is in objects and archives, and what they would need",
		Long:  inspectHelp,
		Example: `  mcjit inspect hello.o
  mcjit inspect --relocations hello.o
  mcjit inspect libmath.a
  mcjit inspect --member cube.o --symbols libmath.a`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd, "no object or archive is given")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			out := bufio.NewWriter(c.stdout)
			err := inspectFiles(out, args, &o)
			return errors.Join(err, out.Flush())
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.sections, "sections", false, "show the sections")
	f.BoolVar(&o.symbols, "symbols", false, "show the symbols")
	f.BoolVar(&o.relocations, "relocations", false, "show the relocations")
	f.StringArrayVar(&o.members, "member", nil, "show the members `NAME` of an archive")
	return cmd
}

// inspectFiles inspects all that can be read, and returns the errors of the others.
func inspectFiles(w io.Writer, paths []string, o *inspectOptions) error {
	var errs []error
	for _, path := range paths {
		errs = append(errs, inspectFile(w, path, o))
	}
	return errors.Join(errs...)
}

func inspectFile(w io.Writer, path string, o *inspectOptions) error {
	b, err := objimage.OpenBuffer(path)
	if err != nil {
		return err
	}
	defer b.Close()
	if objimage.IsUniversal(b) {
		return inspectSlices(w, b, o)
	}
	return inspectBuffer(w, b, o)
}

// inspectSlices shows what a universal file has for each processor that is known.
func inspectSlices(w io.Writer, b *objimage.Buffer, o *inspectOptions) error {
	slices, err := objimage.Slices(b)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range slices {
		part, err := objimage.SliceOf(b, s.Arch.String())
		if err == nil {
			err = errors.Join(inspectBuffer(w, part, o), part.Close())
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func inspectBuffer(w io.Writer, b *objimage.Buffer, o *inspectOptions) error {
	if objimage.IsArchive(b) {
		return inspectArchive(w, b, o)
	}
	if len(o.members) > 0 {
		return fmt.Errorf("%s: --member is for archives, and this is none", b.Name())
	}
	return inspectObject(w, b, o)
}

// inspectObject shows one object: all of it, or what was asked for.
func inspectObject(w io.Writer, b *objimage.Buffer, o *inspectOptions) error {
	img, err := objimage.Parse(b)
	if err != nil {
		return err
	}
	syms, err := readSymbols(img)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %s\n", b.Name(), describe(img))
	if o.all() || o.sections {
		writeSections(w, img)
	}
	if o.all() || o.symbols {
		writeSymbols(w, img, syms)
	}
	if o.all() || o.relocations {
		writeRelocations(w, img, syms)
	}
	defer fmt.Fprintln(w)
	if o.all() {
		n := newNeeds()
		n.addObject(img, syms)
		n.write(w)
	}
	return nil
}

// describe says in one line what an object is.
func describe(img *objimage.Object) string {
	order := "little-endian"
	if img.ByteOrder().String() == "BigEndian" {
		order = "big-endian"
	}
	return fmt.Sprintf("%v relocatable object, %v, %d-bit, %s, %s", img.Format(), img.Arch(), img.Bits(), order, byteCount(uint64(len(img.Buffer().Bytes()))))
}

// readSymbols decodes all symbols.
func readSymbols(img *objimage.Object) ([]objimage.Symbol, error) {
	syms := make([]objimage.Symbol, img.NumSymbols())
	_, err := img.Symbols(0, syms)
	return syms, err
}
