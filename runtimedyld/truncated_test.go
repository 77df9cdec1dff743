package runtimedyld

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// truncatable writes an object of many pages to a file and opens it.
func truncatable(t *testing.T) (path string, whole []byte, b *objimage.Buffer) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("files are not mapped, or not truncated while they are")
	}
	w := newELF("truncated.o")
	text := w.section(".text", flagsText, bytes.Repeat([]byte{0x90}, 64<<10))
	for i := range 2000 {
		w.relocate(text, uint64(32*i), uint32(elf.R_X86_64_PC32), w.global(name(i), text, uint64(32*i)), -4)
	}
	whole = w.bytes()
	path = filepath.Join(t.TempDir(), "truncated.o")
	if err := os.WriteFile(path, whole, 0o666); err != nil {
		t.Fatal(err)
	}
	b, err := objimage.OpenBuffer(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return path, whole, b
}

func name(i int) string {
	return "a_rather_long_name_of_a_function_" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676))
}

// TestTruncated truncates an object's file before each step, at all kinds of places: the step is an error that names the file, the linker is as it was, and goes on with others.
func TestTruncated(t *testing.T) {
	for _, step := range []string{"parse", "load", "finalize"} {
		failed := 0
		for part := range 16 {
			path, whole, buffer := truncatable(t)
			b := newBench(t, nil)
			truncate := func(at string) {
				if at == step {
					if err := os.Truncate(path, int64(len(whole)*part/16)); err != nil {
						t.Fatal(err)
					}
				}
			}
			truncate("parse")
			img, err := objimage.Parse(buffer)
			symbols, memory := b.NumSymbols(), b.mm.count()
			var o *Object
			if err == nil {
				truncate("load")
				o, err = b.LoadObject(img)
			}
			if err != nil && (b.NumSymbols() != symbols || b.mm.count() != memory || len(b.Objects()) != 0) {
				t.Errorf("%s, %d/16: %d symbols, %d allocations, %d objects are left", step, part, b.NumSymbols(), b.mm.count(), len(b.Objects()))
			}
			if err == nil {
				truncate("finalize")
				_, err = b.Finalize()
			}
			if err != nil {
				failed++
				var bad *objimage.FormatError
				if !errors.Is(err, objimage.ErrTruncated) || !errors.As(err, &bad) || bad.Object != path {
					t.Errorf("%s, %d/16: %v", step, part, err)
				}
			}
			if o != nil && err != nil {
				if o.State() != Loaded {
					t.Errorf("%s, %d/16: the object is %v", step, part, o.State())
				}
				if err := b.Remove(o); err != nil {
					t.Errorf("%s, %d/16: removing: %v", step, part, err)
				}
				if b.NumSymbols() != symbols || b.mm.count() != memory {
					t.Errorf("%s, %d/16: %d symbols and %d allocations are left", step, part, b.NumSymbols(), b.mm.count())
				}
			}
			b.load(defining("fine.o", "fine", elf.STB_GLOBAL))
			if done, err := b.Finalize(); err != nil || len(done) != 1 {
				t.Errorf("%s, %d/16: afterwards: %v, %v", step, part, done, err)
			}
		}
		if failed < 10 {
			t.Errorf("%s: %d of 16 have failed", step, failed)
		}
	}
}

// TestTruncatedComesBack truncates a file and writes it again: what could not be finalized can be then.
func TestTruncatedComesBack(t *testing.T) {
	path, whole, buffer := truncatable(t)
	img, err := objimage.Parse(buffer)
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, nil)
	o := b.loadImage(img)
	if err := os.Truncate(path, int64(len(whole)/3)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Finalize(); !errors.Is(err, objimage.ErrTruncated) {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(whole); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := b.Finalize(); err != nil || o.State() != Finalized {
		t.Errorf("%v, %v", o.State(), err)
	}
}
