package objcache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
)

// A Named is a cache by the names of modules: that of LLVM's lli. The object of the module "file:/some/where/x.ll" is the file DIR/some/where/x.o; of a module whose name does not begin with Prefix
// there is none. A name that leads out of the working folder ("file:../x.ll") counts as the absolute one. That the source has changed is not noticed. Its methods may be called from any goroutine.
type Named struct {
	// Dir is where the files are. If it is empty they are beside the sources.
	Dir string
}

// Prefix is how the names of modules begin that a Named keeps.
const Prefix = "file:"

// Path returns the file of a module; false if it has none.
func (n *Named) Path(module string) (string, bool) {
	path, ok := strings.CutPrefix(module, Prefix)
	if !ok || path == "" {
		return "", false
	}
	path = strings.TrimSuffix(path, filepath.Ext(path)) + ".o"
	if n.Dir == "" {
		return path, true
	}
	if first, _, _ := strings.Cut(filepath.ToSlash(filepath.Clean(path)), "/"); first == ".." { // which would be outside of Dir
		absolute, err := filepath.Abs(path)
		if err != nil {
			return "", false
		}
		path = absolute
	}
	volume := filepath.VolumeName(path) // C:\x is DIR\C\x
	return filepath.Join(n.Dir, strings.TrimSuffix(volume, ":"), path[len(volume):]), true
}

// Object returns the object of a module, or nil if there is no file. The buffer is the caller's. Errors are those of reading.
func (n *Named) Object(_ context.Context, m codegen.Module) (*objimage.Buffer, error) {
	path, ok := n.Path(m.Name())
	if !ok {
		return nil, nil
	}
	data, err := os.ReadFile(path) // not mapped: others write it
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return objimage.NewBuffer(m.Name(), data), nil
}

// NotifyObjectCompiled writes the object of a module. Errors are those of writing.
func (n *Named) NotifyObjectCompiled(_ context.Context, m codegen.Module, object *objimage.Buffer) error {
	path, ok := n.Path(m.Name())
	if !ok {
		return nil
	}
	return writeFile(path, object.Bytes())
}
