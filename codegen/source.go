package codegen

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Kind is what a source is written in.
type Kind uint8

// The kinds.
const (
	KindUnknown  Kind = iota
	IR                // LLVM's intermediate representation as text
	Bitcode           // the same in binary
	C                 //
	CXX               // C++
	Assembly          // for an assembler
	AssemblyCPP       // the same, to be preprocessed
	Preprocessed      // C that has been preprocessed
)

// kinds has a name for each kind, and the suffixes of files, as gcc and LLVM have them ("Overall Options" in gcc's manual).
var kinds = [...]struct {
	name     string
	suffixes []string
}{
	KindUnknown:  {"unknown", nil},
	IR:           {"LLVM IR", []string{".ll"}},
	Bitcode:      {"LLVM bitcode", []string{".bc"}},
	C:            {"C", []string{".c"}},
	CXX:          {"C++", []string{".cc", ".cpp", ".cxx", ".c++", ".C"}},
	Assembly:     {"assembly", []string{".s"}},
	AssemblyCPP:  {"assembly with cpp", []string{".S", ".sx"}},
	Preprocessed: {"preprocessed C", []string{".i"}},
}

// String returns what people call it.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k].name
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Suffix returns the usual suffix of a file's name, with its dot; empty for KindUnknown.
func (k Kind) Suffix() string {
	if int(k) >= len(kinds) || len(kinds[k].suffixes) == 0 {
		return ""
	}
	return kinds[k].suffixes[0]
}

// The first bytes of bitcode: bare ("LLVM Bitcode File Format", "Magic Numbers"), and wrapped ("Bitcode Wrapper Format").
var bitcodeMagics = [][]byte{{'B', 'C', 0xc0, 0xde}, {0xde, 0xc0, 0x17, 0x0b}}

// KindOf tells what a file is, by its first bytes for bitcode, whatever it is called, and else by the suffix of its name, in which .C and .S are not .c
// and .s.
func KindOf(name string, data []byte) Kind {
	for _, magic := range bitcodeMagics {
		if bytes.HasPrefix(data, magic) {
			return Bitcode
		}
	}
	suffix := filepath.Ext(name)
	for k := range kinds {
		for _, s := range kinds[k].suffixes {
			if s == suffix {
				return Kind(k)
			}
		}
	}
	return KindUnknown
}

// A Source is what is compiled: some bytes, and what they are.
type Source struct {
	Name string // for messages, and the name of the module
	Kind Kind
	Data []byte // must not change while somebody uses the source
	Path string // of the file, if it is one: what it includes is found beside it
}

// Open reads a file. Its kind is what KindOf says; KindUnknown is no error here. Errors are those of package os.
func Open(path string) (Source, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Source{}, err
	}
	return Source{Name: path, Kind: KindOf(path, data), Data: data, Path: path}, nil
}

// String returns the name and the kind.
func (s Source) String() string {
	return strings.Join([]string{s.Name, " (", s.Kind.String(), ")"}, "")
}
