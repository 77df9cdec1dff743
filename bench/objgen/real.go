package objgen

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A library is a static library of a Debian package, and where to ask for its folder.
type library struct {
	file string
	pkg  string
	llvm bool // in the folder that llvm-config names; else where gcc finds it
}

func llvmLibraries(names ...string) []library {
	var libs []library
	for _, name := range names {
		libs = append(libs, library{file: "libLLVM" + name + ".a", pkg: "llvm-14-dev", llvm: true})
	}
	return libs
}

// realSets are the sets made of the members of libraries.
var realSets = map[string][]library{
	"real-sqlite":  {{file: "libsqlite3.a", pkg: "libsqlite3-dev"}},
	"real-crypto":  {{file: "libcrypto.a", pkg: "libssl-dev"}},
	"real-support": llvmLibraries("Support"),
	"real-x86":     llvmLibraries("X86CodeGen"),
	"real-llvm": llvmLibraries("Support", "Demangle", "BinaryFormat", "Core", "Remarks", "BitReader", "MC", "MCParser", "Object", "TextAPI",
		"Analysis", "ProfileData", "Target", "TransformUtils", "ScalarOpts", "InstCombine", "CodeGen", "SelectionDAG", "AsmPrinter",
		"GlobalISel", "X86CodeGen", "X86Desc", "X86Info", "BitstreamReader"),
}

func realNames() []string {
	names := append(slices.Collect(maps.Keys(realSets)), "real-sqlite1")
	slices.Sort(names)
	return names
}

// find returns the library's path.
func (l library) find(ctx context.Context, set string) (string, error) {
	missing := &MissingError{set, l.file, l.pkg}
	cmd := exec.CommandContext(ctx, "gcc", "-print-file-name="+l.file)
	if l.llvm {
		cmd = exec.CommandContext(ctx, "llvm-config-14", "--libdir")
	}
	out, err := cmd.Output()
	if err != nil {
		return "", missing
	}
	path := strings.TrimSpace(string(out))
	if l.llvm {
		path = filepath.Join(path, l.file)
	}
	if !filepath.IsAbs(path) || !exists(path) { // gcc repeats the name of what it does not find
		return "", missing
	}
	return path, nil
}

func makeReal(ctx context.Context, g *Generator, set string, _ int) ([]string, error) {
	if err := os.MkdirAll(filepath.Join(g.Dir, set), 0o777); err != nil {
		return nil, err
	}
	var paths []string
	for _, lib := range realSets[set] {
		path, err := lib.find(ctx, set)
		if err != nil {
			return nil, err
		}
		archive, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		members, err := arMembers(archive)
		if err != nil {
			return nil, fmt.Errorf("set %s: %s: %w", set, path, err)
		}
		short := strings.TrimSuffix(strings.TrimPrefix(lib.file, "lib"), ".a")
		for i, m := range members {
			if !isRelocatable(m.data) {
				continue
			}
			object := fmt.Sprintf("%s/%s.%04d.%s", set, short, i, strings.ReplaceAll(m.name, "/", "_"))
			body, err := neutral(m.data)
			if err != nil {
				return nil, fmt.Errorf("set %s: %s: %w", set, object, err)
			}
			if err := writeFile(filepath.Join(g.Dir, object), body); err != nil {
				return nil, err
			}
			paths = append(paths, object)
		}
	}
	return paths, nil
}

// makeSqliteOne links the objects of real-sqlite to one relocatable object.
func makeSqliteOne(ctx context.Context, g *Generator, set string, _ int) ([]string, error) {
	parts, err := makeReal(ctx, g, "real-sqlite", 0)
	if err != nil {
		return nil, err
	}
	object := "real-sqlite/sqlite_all.o"
	args := []string{"-r", "-o", filepath.Join(g.Dir, object)}
	for _, part := range parts {
		args = append(args, filepath.Join(g.Dir, part))
	}
	return []string{object}, g.run(ctx, set, "binutils", "ld", nil, args...)
}

func isRelocatable(data []byte) bool {
	return len(data) >= 64 && string(data[:4]) == elf.ELFMAG && elf.Type(binary.LittleEndian.Uint16(data[16:])) == elf.ET_REL
}

// A member is one file of an archive.
type member struct {
	name string
	data []byte
}

const (
	arMagic  = "!<arch>\n"
	arHeader = 60 // bytes: name 16, date 12, user 6, group 6, mode 8, size 10, end 2
)

// arMembers returns the files of an archive as GNU ar writes it; its symbol index and its table of long names are no files.
func arMembers(archive []byte) ([]member, error) {
	rest, ok := bytes.CutPrefix(archive, []byte(arMagic))
	if !ok {
		return nil, fmt.Errorf("not an archive")
	}
	var members []member
	var long []byte
	for len(rest) >= arHeader {
		name := strings.TrimRight(string(rest[:16]), " ")
		size, err := strconv.Atoi(strings.TrimRight(string(rest[48:58]), " "))
		if err != nil || size < 0 || size > len(rest)-arHeader {
			return nil, fmt.Errorf("member %q does not fit the archive", name)
		}
		data := rest[arHeader : arHeader+size]
		rest = rest[min(len(rest), arHeader+size+size&1):]
		switch {
		case name == "//":
			long = data
		case name == "/" || name == "/SYM64/":
		default:
			if at, err := strconv.Atoi(strings.TrimPrefix(name, "/")); err == nil && name[0] == '/' && at < len(long) {
				text, _, _ := bytes.Cut(long[at:], []byte("\n"))
				name = string(text)
			}
			members = append(members, member{strings.TrimRight(name, "/"), data})
		}
	}
	return members, nil
}
