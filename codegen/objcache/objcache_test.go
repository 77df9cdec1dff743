package objcache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/objcache"
	"github.com/gomcjit/gomcjit/objimage"
)

var background = context.Background()

// A module has a name and a key, and is never compiled.
type module struct {
	codegen.Module
	name, key string
	err       error
}

func (m *module) Name() string                        { return m.name }
func (m *module) Key(context.Context) (string, error) { return m.key, m.err }

func open(t testing.TB, dir string, opts ...objcache.Option) *objcache.Directory {
	t.Helper()
	d, err := objcache.Open(dir, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

type cache interface {
	Object(context.Context, codegen.Module) (*objimage.Buffer, error)
	NotifyObjectCompiled(context.Context, codegen.Module, *objimage.Buffer) error
}

func put(t testing.TB, c cache, m codegen.Module, object string) {
	t.Helper()
	if err := c.NotifyObjectCompiled(background, m, objimage.NewBuffer("o", []byte(object))); err != nil {
		t.Fatal(err)
	}
}

// want checks what the cache has; "" is nothing.
func want(t testing.TB, c cache, m codegen.Module, object string) {
	t.Helper()
	b, err := c.Object(background, m)
	switch {
	case err != nil:
		t.Errorf("%s: %v", m.Name(), err)
	case b == nil && object != "":
		t.Errorf("%s is not there", m.Name())
	case b != nil && string(b.Bytes()) != object:
		t.Errorf("%s: %.40q, want %.40q", m.Name(), b.Bytes(), object)
	}
}

// files returns the files below a folder.
func files(t testing.TB, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "cache")
	d := open(t, dir)
	a, b := &module{name: "a", key: "key of a"}, &module{name: "b", key: "key of b"}
	want(t, d, a, "")
	put(t, d, a, "object")
	put(t, d, a, "object")
	want(t, d, a, "object")
	want(t, d, &module{name: "also a", key: "key of a"}, "object")
	want(t, d, b, "")
	want(t, open(t, dir), a, "object") // another process
	if n := len(files(t, dir)); n != 1 {
		t.Errorf("%d files", n)
	}
	put(t, d, b, "")
	if o, err := d.Object(background, b); err != nil || o == nil || len(o.Bytes()) != 0 {
		t.Errorf("an empty object: %v, %v", o, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can look into the folder: %v, %v", info.Mode(), err)
	}
	if err := d.Clear(); err != nil || len(files(t, dir)) != 0 {
		t.Errorf("after Clear: %v, %v", files(t, dir), err)
	}
	want(t, d, a, "")
}

// TestDirectoryChecks: what is not as it was written is not used, and goes.
func TestDirectoryChecks(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	m := &module{name: "m", key: "key"}
	put(t, d, m, "the object")
	path := files(t, dir)[0]
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{"empty": nil, "longer": append(bytes.Clone(good), 0), "shifted": append([]byte{0}, good...)}
	for i := range good {
		bad[fmt.Sprint("cut at ", i)] = good[:i]
		flipped := bytes.Clone(good)
		flipped[i] ^= 4
		bad[fmt.Sprint("flipped at ", i)] = flipped
	}
	for name, data := range bad {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if b, err := d.Object(background, m); b != nil || err != nil {
			t.Errorf("%s: %v, %v", name, b, err)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the file is still there: %v", name, err)
		}
	}
	// An object is one key's.
	put(t, d, m, "the object")
	other := &module{name: "other", key: "other key"}
	put(t, d, other, "another")
	list := files(t, dir)
	if list[0] == path {
		list[0] = list[1]
	}
	if err := os.Rename(path, list[0]); err != nil {
		t.Fatal(err)
	}
	want(t, d, other, "")
	want(t, d, m, "")
}

func TestDirectoryWithoutKey(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	m := &module{name: "m", err: codegen.ErrNoKey}
	put(t, d, m, "object")
	want(t, d, m, "")
	m.err = errors.New("no version")
	if _, err := d.Object(background, m); !errors.Is(err, m.err) {
		t.Error(err)
	}
	if err := d.NotifyObjectCompiled(background, m, objimage.NewBuffer("o", nil)); !errors.Is(err, m.err) {
		t.Error(err)
	}
	if n := len(files(t, dir)); n != 0 {
		t.Errorf("%d files", n)
	}
}

// TestDirectorySize: what was not used for longest goes first; what dead writers left goes, too.
func TestDirectorySize(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, objcache.WithSize(10_000))
	object := strings.Repeat("x", 1000-49)
	old := time.Now().Add(-48 * time.Hour)
	modules := make([]*module, 8)
	for i := range modules {
		modules[i] = &module{name: fmt.Sprint(i), key: fmt.Sprint(i)}
		put(t, d, modules[i], object)
	}
	for i, path := range files(t, dir) {
		if err := os.Chtimes(path, old, old.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	left, young := filepath.Join(dir, "new-1.tmp"), filepath.Join(dir, "new-2.tmp")
	for _, path := range []string{left, young, filepath.Join(dir, "README")} {
		if err := os.WriteFile(path, []byte("something"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(left, old, old); err != nil {
		t.Fatal(err)
	}
	want(t, d, modules[3], object) // is used again
	for i := range 6 {
		m := &module{name: "more", key: fmt.Sprint("more", i)}
		put(t, d, m, object)
		want(t, d, m, object)
	}
	want(t, d, modules[3], object)
	total := int64(0)
	for _, path := range files(t, dir) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > 10_000+100 || total < 8_000 {
		t.Errorf("%d bytes", total)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Error("what a dead writer left is still there")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("what somebody writes is gone")
	}
	unbound := open(t, t.TempDir(), objcache.WithSize(0))
	put(t, unbound, modules[0], object)
	want(t, unbound, modules[0], object)
	if err := unbound.Sweep(); err != nil {
		t.Error(err)
	}
}

func TestDirectoryErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := objcache.Open(filepath.Join(file, "cache")); err == nil {
		t.Error("a folder in a file was made")
	}
	// A file where a folder has to be.
	dir := t.TempDir()
	d := open(t, dir)
	m := &module{name: "m", key: "key"}
	put(t, d, m, "object")
	folder := filepath.Dir(files(t, dir)[0])
	if err := errors.Join(os.RemoveAll(folder), os.WriteFile(folder, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if b, err := d.Object(background, m); b != nil || err == nil {
		t.Errorf("%v, %v", b, err)
	}
	if err := d.NotifyObjectCompiled(background, m, objimage.NewBuffer("o", nil)); err == nil {
		t.Error("a file was made in a file")
	}
}

// TestDirectoryIsShared: many writers and readers in several processes, with sweeps, see whole objects or none.
func TestDirectoryIsShared(t *testing.T) {
	if dir := os.Getenv("OBJCACHE_TEST_DIR"); dir != "" {
		hammer(t, dir)
		return
	}
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestDirectoryIsShared$")
			cmd.Env = append(os.Environ(), "OBJCACHE_TEST_DIR="+dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	for _, path := range files(t, dir) {
		if filepath.Ext(path) != ".o" {
			t.Errorf("%s was left", path)
		}
	}
}

// TestClearTwice clears a cache from two goroutines.
func TestClearTwice(t *testing.T) {
	d := open(t, t.TempDir())
	for i := range 200 {
		put(t, d, &module{key: fmt.Sprint(i)}, "object")
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := d.Clear(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func hammer(t *testing.T, dir string) {
	d := open(t, dir, objcache.WithSize(300_000))
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 150 {
				n := (i*7 + worker) % 40
				m := &module{name: fmt.Sprint(n), key: fmt.Sprint(n)}
				object := strings.Repeat(fmt.Sprintf("%03d ", n), 2500)
				b, err := d.Object(background, m)
				if err != nil || b != nil && string(b.Bytes()) != object {
					t.Errorf("%d: %v", n, err)
				}
				if b == nil {
					put(t, d, m, object)
				}
			}
		})
	}
	wg.Wait()
}

func TestNamed(t *testing.T) {
	dir := t.TempDir()
	n := &objcache.Named{Dir: dir}
	m := &module{name: "file:/some/where.d/mini.ll"}
	want(t, n, m, "")
	put(t, n, m, "object")
	want(t, n, m, "object")
	want(t, n, &module{name: "file:/some/where.d/mini.bc"}, "object") // the suffix does not count, nor what is in the source
	if data, err := os.ReadFile(filepath.Join(dir, "some/where.d/mini.o")); err != nil || string(data) != "object" {
		t.Errorf("%q, %v", data, err)
	}
	other := &module{name: "mini.ll"}
	put(t, n, other, "object")
	want(t, n, other, "")
	if len(files(t, dir)) != 1 {
		t.Error(files(t, dir))
	}
	t.Chdir(filepath.Join(dir, "some"))
	outside := &module{name: "file:../where/x.ll"}
	put(t, n, outside, "outside")
	if path, ok := n.Path(outside.name); !ok || !strings.HasPrefix(path, dir+"/") || !strings.HasSuffix(path, dir+"/where/x.o") {
		t.Errorf("%s: outside of %s, or not the file's", path, dir)
	}
	want(t, n, outside, "outside")
	beside := &objcache.Named{}
	m = &module{name: "file:" + filepath.Join(dir, "beside.ll")}
	put(t, beside, m, "beside")
	want(t, beside, m, "beside")
	if path, ok := beside.Path(m.name); !ok || path != filepath.Join(dir, "beside.o") {
		t.Error(path)
	}
	if err := (&objcache.Named{Dir: filepath.Join(dir, "beside.o")}).NotifyObjectCompiled(background, m, objimage.NewBuffer("o", nil)); err == nil {
		t.Error("a file was made in a file")
	}
}
