// Package objcache keeps compiled objects in files, so that what has been compiled once is not compiled again, by this process or another one. Its caches are
// what an execution engine takes as its ObjectCache.
//
//	cache, err := objcache.Open(dir)
//	engine.SetObjectCache(cache)
//
// A [Directory] goes by contents: the same source, target, options and compiler version give the same object. It is shared by any number of processes, bounded in size, and checked when it is
// read. A [Named] goes by the names of modules, as LLVM's lli does with -enable-cache-manager: it is fast to look into with other tools, and does not notice that a source has changed.
//
// # Security
//
// Whoever can write into the folder decides what code is run. Open makes it for its owner only. The check is against accidents, such as half-written files and broken disks, not against people.
package objcache

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
)

// DefaultSize is how many bytes a Directory keeps if it is not told: 1 GiB.
const DefaultSize = 1 << 30

// A Directory is a cache by contents. Its methods may be called from any goroutine, and several Directories, of several processes, may have the same folder.
//
// An object is in a file DIR/ab/cdef....o, named by the SHA-256 of its module's key. Behind the object is what checks it; tools that read objects do not mind. Files are written
// beside and renamed, so that nobody ever sees half of one.
type Directory struct {
	dir  string
	size int64

	mu      sync.Mutex
	swept   bool
	written int64 // bytes, since the last sweep
}

// An Option changes how Open makes a Directory.
type Option func(*Directory)

// WithSize sets how many bytes of objects are kept. When there are more, those that have not been used for longest are removed, down to nine tenths. Processes look at what is there
// when they first write, and then each time when they have written a sixteenth of the size, so that several of them together may exceed it by that much each. 0 means no bound.
func WithSize(bytes int64) Option { return func(d *Directory) { d.size = bytes } }

// Open returns the cache in a folder, which is made if it is not there. Errors are those of package os.
func Open(dir string, opts ...Option) (*Directory, error) {
	d := &Directory{dir: dir, size: DefaultSize}
	for _, opt := range opts {
		opt(d)
	}
	return d, os.MkdirAll(dir, 0o700)
}

// A trailer is what is behind an object: it says that the file is whole, and whose it is.
//
//	object | SHA-256 of object and key | magic
const (
	trailerSize = sha256.Size + len(magic)
	magic       = "gomcjit object 1\n"
)

// path returns where the object of a key is.
func (d *Directory) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	name := hex.EncodeToString(sum[:])
	return filepath.Join(d.dir, name[:2], name[2:]+".o")
}

// checksum is of an object and the key that it is for.
func checksum(object []byte, key string) []byte {
	h := sha256.New()
	var size [8]byte
	binary.LittleEndian.PutUint64(size[:], uint64(len(object)))
	h.Write(size[:])
	h.Write(object)
	h.Write([]byte(key))
	return h.Sum(nil)
}

// Object returns the object of a module, or nil if it is not there, is broken, or if the module has no key. The buffer is the caller's. A broken file is removed. Errors are those of the
// module's Key and of reading.
func (d *Directory) Object(ctx context.Context, m codegen.Module) (*objimage.Buffer, error) {
	key, err := m.Key(ctx)
	if err != nil {
		return nil, unlessKeyless(err)
	}
	path := d.path(key)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	n := len(data) - trailerSize
	if n < 0 || string(data[n+sha256.Size:]) != magic || string(data[n:n+sha256.Size]) != string(checksum(data[:n], key)) {
		return nil, removeFile(path)
	}
	touch(path)
	return objimage.NewBuffer(m.Name(), data[:n:n]), nil
}

// unlessKeyless returns an error, but for a module that is not to be cached.
func unlessKeyless(err error) error {
	if errors.Is(err, codegen.ErrNoKey) {
		return nil
	}
	return err
}

// usedAgain is how old the time of a file has to be to be set anew when the file is used.
const usedAgain = time.Hour

// touch notes that a file is used. If that cannot be, it counts as older than it is.
func touch(path string) {
	if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > usedAgain {
		now := time.Now()
		_ = os.Chtimes(path, now, now)
	}
}

// NotifyObjectCompiled writes the object of a module, unless the module has no key. Errors are those of the module's Key and of writing; the cache is as before then.
func (d *Directory) NotifyObjectCompiled(ctx context.Context, m codegen.Module, object *objimage.Buffer) error {
	key, err := m.Key(ctx)
	if err != nil {
		return unlessKeyless(err)
	}
	data := object.Bytes()
	path := d.path(key)
	if err := writeFile(path, data, checksum(data, key), []byte(magic)); err != nil {
		return err
	}
	return d.bound(int64(len(data) + trailerSize))
}

// writeFile makes a file at once: whoever opens it sees what was there before, or all of it.
func writeFile(path string, parts ...[]byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, tempPattern)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err == nil {
			_, err = f.Write(p)
		}
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("object cache: %w", errors.Join(err, removeFile(f.Name())))
	}
	return nil
}

// tempPattern is the names of files that are being written.
const tempPattern = "new-*.tmp"

// removeFile removes a file that somebody else may have removed.
func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
