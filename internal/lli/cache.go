package lli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
)

// A fileCache is lli's LLIObjectCache: the object of a module is in a file that is named as the module's, with .o in place of what is behind the last dot. What is in
// it is taken for the object of any module of this name.
type fileCache struct{ dir string }

// stdin is the name of a module that was read from standard input. LLVM's cache crashes over it; in ours it is not, since the next one is another.
const stdin = "<stdin>"

// file returns where a module's object is: the whole path of the module in the folder, if there is one.
func (c fileCache) file(m codegen.Module) string {
	name := m.Name()
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		name = name[:dot]
	}
	if c.dir == "" {
		return name + ".o"
	}
	return filepath.Join(c.dir, name) + ".o"
}

// NotifyObjectCompiled writes the object beside its file and then in its place, so that nobody sees a half.
func (c fileCache) NotifyObjectCompiled(_ context.Context, m codegen.Module, object *objimage.Buffer) (err error) {
	if m.Name() == stdin {
		return nil
	}
	path := c.file(m)
	if c.dir != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o770); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(fmt.Sprintf("%s.%x", path, rand.Uint64()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // os.CreateTemp would not go by the umask
	if err != nil {
		return err
	}
	_, err = f.Write(object.Bytes())
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Object reads the file, if it is there.
func (c fileCache) Object(_ context.Context, m codegen.Module) (*objimage.Buffer, error) {
	if m.Name() == stdin {
		return nil, nil
	}
	data, err := os.ReadFile(c.file(m))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return objimage.NewBuffer(c.file(m), data), nil
}
