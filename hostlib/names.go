package hostlib

import (
	"cmp"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// candidates yields the files to try for a name as -l takes it, most likely first. Directories are not read before the last of them.
func candidates(name string) iter.Seq[string] {
	if runtime.GOOS == "windows" {
		return slices.Values(windowsCandidates(name))
	}
	if strings.Contains(name, "/") || strings.HasPrefix(name, "lib") && strings.Contains(name, ".so") || strings.HasSuffix(name, ".dylib") {
		return slices.Values([]string{name})
	}
	base := "lib" + name + ".so"
	if runtime.GOOS == "darwin" {
		base = "lib" + name + ".dylib"
	}
	return func(yield func(string) bool) {
		usual := base + usualVersions[runtime.GOOS][name]
		if usual != base && !yield(usual) || !yield(base) {
			return
		}
		for _, file := range versions(base) {
			if file != usual && !yield(file) {
				return
			}
		}
	}
}

// usualVersions are what stands behind the names of the libraries that all programs have, by system: the versions that the LSB and GCC's ABI have fixed.
var usualVersions = map[string]map[string]string{
	"linux": {"c": ".6", "m": ".6", "stdc++": ".6", "gcc_s": ".1", "pthread": ".0", "dl": ".2", "rt": ".1", "util": ".1"},
}

// windowsCandidates returns them for Windows, which has no versions in names: z is z.dll, or mingw's libz.dll.
func windowsCandidates(name string) []string {
	if strings.ContainsAny(name, `/\`) || strings.HasSuffix(strings.ToLower(name), ".dll") {
		return []string{name}
	}
	return []string{name + ".dll", "lib" + name + ".dll"}
}

// libraryDirs are where versioned files are looked for: a pattern each.
var libraryDirs = []string{"/usr/local/lib", "/lib/*-linux-*", "/usr/lib/*-linux-*", "/lib64", "/usr/lib64", "/lib", "/usr/lib"}

// literal makes a pattern of a name that stands for nothing but the name.
var literal = strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`)

// FilesOf returns the files that Open most likely opens for names, of those for which there is one, without opening any: the name itself if it has a slash, or a file of that name in
// LD_LIBRARY_PATH or one of the usual directories. The dynamic linker may know others.
func FilesOf(names ...string) (paths []string) {
	dirs := searchDirs()
	for _, name := range names {
		places := dirs
		if strings.Contains(name, "/") {
			places = []string{""}
		}
		for _, dir := range places {
			path := filepath.Join(dir, name)
			if _, err := os.Stat(path); err == nil {
				paths = append(paths, path)
				break
			}
		}
	}
	return paths
}

// searchDirs returns the directories that exist.
func searchDirs() (list []string) {
	for _, pattern := range append(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")), libraryDirs...) {
		if found, err := filepath.Glob(pattern); err == nil { // else a pattern that is none
			list = append(list, found...)
		}
	}
	return list
}

// versions returns the names base.N that exist in the library directories, without their directory so that the dynamic linker checks that
// they are for this machine; the newest first.
func versions(base string) []string {
	dirs := append(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")), libraryDirs...)
	var names []string
	for _, dir := range dirs {
		found, err := filepath.Glob(filepath.Join(dir, literal.Replace(base)+".*"))
		if err != nil {
			continue // a directory with a bad pattern in its name
		}
		for _, f := range found {
			n := filepath.Base(f)
			if version, ok := strings.CutPrefix(n, base); ok && isVersion(version) && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return compareVersions(b[len(base):], a[len(base):]) })
	return names
}

// isVersion reports whether s is a sequence of ".number".
func isVersion(s string) bool {
	for part := range strings.SplitSeq(strings.TrimPrefix(s, "."), ".") {
		if _, err := strconv.ParseUint(part, 10, 32); err != nil {
			return false
		}
	}
	return s != ""
}

func compareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	return slices.CompareFunc(as, bs, func(x, y string) int {
		return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y))
	})
}
