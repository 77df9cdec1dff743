// Package objimage reads relocatable object files, and archives of them, in place.
//
// A [Buffer] owns the bytes of one file: memory, a mapped file, or what a code generator wrote to a [BufferStream]. [Parse] makes an
// [Object] of it, a view that copies nothing: names, contents and relocations are decoded from the buffer when they are asked for, so that
// an Object costs one small allocation whatever the file holds. That is so for ELF; the tables of other formats are decoded once, when the file is parsed, into tables of the
// package's own, which present them as ELF has them. An [Archive] finds members by the symbols that they define. An [Image] is an
// object together with where its sections were loaded; it makes the copy of the file that a debugger wants.
//
// # Hostile input
//
// Parse checks every section header once: ranges, alignments, name offsets, table shapes. What it accepts can be walked without further
// care: no method panics, and memory stays in proportion to the file. Two things are checked later, because they are read later:
// symbols by [Object.Symbols], groups by [Object.Groups]. The symbol index of a relocation is the linker's to check.
// Every complaint about a file is a [*FormatError].
//
// # Lifetime and concurrency
//
// Slices that an Object returns point into its Buffer: they are read-only, and valid until the Buffer's last owner closes it. An Object does
// not own its Buffer. Object, Image and Archive are immutable and may be used from any number of goroutines.
//
// ELF is read as the System V gABI defines it (chapters "Object Files", "Sections", "Symbol Table", "Relocation"), of both classes and
// both byte orders; Mach-O as Apple's <mach-o/loader.h>, <mach-o/nlist.h> and <mach-o/reloc.h> do; COFF as Microsoft's "PE Format" does.
package objimage
