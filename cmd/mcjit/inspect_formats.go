package main

import (
	"cmp"
	"debug/elf"
	"debug/pe"
	"fmt"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
)

// This file is what inspect says of sections in the words of their formats: "ELF, sections"; Apple's <mach-o/loader.h>; and Microsoft's "PE Format", "Section Flags".

// sectionType returns the format's type of a section; for COFF, which has none, what it contains.
func sectionType(img *objimage.Object, s objimage.Section) string {
	switch img.Format() {
	case objimage.MachO:
		if n := s.RawFlags & 0xff; n < uint64(len(machoSectionTypes)) {
			return machoSectionTypes[n]
		}
		return fmt.Sprintf("%#x", s.RawFlags&0xff)
	case objimage.COFF:
		return bitNames(s.RawFlags, coffContents)
	}
	return strings.TrimPrefix(elf.SectionType(s.Type).String(), "SHT_")
}

// machoSectionTypes are SECTION_TYPE's, without S_, by number.
var machoSectionTypes = []string{"REGULAR", "ZEROFILL", "CSTRING_LITERALS", "4BYTE_LITERALS", "8BYTE_LITERALS", "LITERAL_POINTERS", "NON_LAZY_SYMBOL_POINTERS",
	"LAZY_SYMBOL_POINTERS", "SYMBOL_STUBS", "MOD_INIT_FUNC_POINTERS", "MOD_TERM_FUNC_POINTERS", "COALESCED", "GB_ZEROFILL", "INTERPOSING", "16BYTE_LITERALS", "DTRACE_DOF",
	"LAZY_DYLIB_SYMBOL_POINTERS", "THREAD_LOCAL_REGULAR", "THREAD_LOCAL_ZEROFILL", "THREAD_LOCAL_VARIABLES", "THREAD_LOCAL_VARIABLE_POINTERS",
	"THREAD_LOCAL_INIT_FUNCTION_POINTERS", "INIT_FUNC_OFFSETS"}

// A bitName is a flag of a format.
type bitName struct {
	bit  uint64
	name string
}

var (
	machoAttributes = []bitName{{1 << 31, "pure-instructions"}, {1 << 28, "no-dead-strip"}, {1 << 27, "live-support"}, {1 << 26, "self-modifying"}, {1 << 25, "debug"}}
	coffContents    = []bitName{{pe.IMAGE_SCN_CNT_CODE, "code"}, {pe.IMAGE_SCN_CNT_INITIALIZED_DATA, "data"}, {pe.IMAGE_SCN_CNT_UNINITIALIZED_DATA, "bss"}, {0x200, "info"}}
	coffAttributes  = []bitName{{0x800, "removed"}, {pe.IMAGE_SCN_MEM_DISCARDABLE, "discardable"}}
)

// bitNames lists the flags that are set.
func bitNames(flags uint64, names []bitName) string {
	var list []string
	for _, n := range names {
		if flags&n.bit != 0 {
			list = append(list, n.name)
		}
	}
	return strings.Join(list, " ")
}

// selectionNames say which of the groups with a signature is kept.
var selectionNames = map[objimage.Selection]string{
	objimage.SelectAny: "any", objimage.SelectSameSize: "same size", objimage.SelectExact: "exact match", objimage.SelectLargest: "largest", objimage.SelectNewest: "newest",
}

// sectionNotes returns, by section, what formats other than ELF keep with the section: attributes, its group, and how many relocations it has.
func sectionNotes(img *objimage.Object) map[int]string {
	notes := map[int]string{}
	if img.Format() == objimage.ELF {
		return notes
	}
	add := func(i int, note string) {
		if notes[i] != "" && note != "" {
			note = ", " + note
		}
		notes[i] += note
	}
	attributes := machoAttributes
	if img.Format() == objimage.COFF {
		attributes = coffAttributes
	}
	for i := 1; i < img.NumSections(); i++ {
		add(i, bitNames(img.Section(i).RawFlags, attributes))
	}
	if groups, err := img.Groups(); err == nil { // what is wrong with them is the linker's to say
		for _, g := range groups {
			for _, member := range g.Members {
				add(int(member), cmp.Or(selectionNames[g.Selection], fmt.Sprintf("selection %d", g.Selection))+" "+visible(g.Signature))
			}
		}
	}
	for i := 1; i < img.NumSections(); i++ {
		if target, n, _, ok := img.RelocTarget(i); ok {
			add(target, count(n, "relocation"))
		}
	}
	return notes
}
