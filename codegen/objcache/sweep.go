package objcache

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"time"
)

// bound notes that so many bytes have been written, and removes what has become too much.
func (d *Directory) bound(written int64) error {
	if d.size <= 0 {
		return nil
	}
	d.mu.Lock()
	d.written += written
	due := !d.swept || d.written > d.size/16
	if due {
		d.swept, d.written = true, 0
	}
	d.mu.Unlock()
	if !due {
		return nil
	}
	return d.Sweep()
}

// An entry is a file of the cache.
type entry struct {
	path string
	size int64
	used time.Time
}

// abandoned is how old a file is that nobody writes any more: who did has died.
const abandoned = time.Hour

// Sweep removes what is more than the cache's size, the objects first that have not been used for longest, and what writers have left behind that have died. NotifyObjectCompiled calls it when it is time. It
// may run while others read, write and sweep. Errors are those of package os; what can be removed is.
func (d *Directory) Sweep() error {
	entries, err := d.entries()
	total := int64(0)
	for _, e := range entries {
		total += e.size
	}
	if d.size <= 0 || total <= d.size {
		return err
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.path, b.path)) })
	errs := []error{err}
	for _, e := range entries {
		if total <= d.size/10*9 {
			break
		}
		errs = append(errs, removeFile(e.path))
		total -= e.size
	}
	return errors.Join(errs...)
}

// entries returns the objects of the cache, and removes abandoned files.
func (d *Directory) entries() (list []entry, err error) {
	var errs []error
	err = filepath.WalkDir(d.dir, func(path string, f fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
			return nil
		}
		if err != nil || f.IsDir() {
			return err
		}
		info, err := f.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		if ok, _ := filepath.Match(tempPattern, f.Name()); ok {
			if time.Since(info.ModTime()) > abandoned {
				errs = append(errs, removeFile(path))
			}
			return nil
		}
		if filepath.Ext(path) == ".o" {
			list = append(list, entry{path, info.Size(), info.ModTime()})
		}
		return nil
	})
	return list, errors.Join(append(errs, err)...)
}

// Clear removes all objects of the cache. Errors are those of package os.
func (d *Directory) Clear() error {
	entries, err := d.entries()
	errs := []error{err}
	for _, e := range entries {
		errs = append(errs, removeFile(e.path))
	}
	return errors.Join(errs...)
}
