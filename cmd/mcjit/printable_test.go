package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Names in files may be anything, also what terminals obey.
func TestNamesAreShown(t *testing.T) {
	data, err := os.ReadFile("../../testdata/hello.o")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hello.o")
	for was, is := range map[string]string{"\x00printf\x00": "\x00p\x1b[1mf\x00", "\x00.comment\x00": "\x00.c\x07m\xff\x9bmt\x00"} {
		data = bytes.ReplaceAll(data, []byte(was), []byte(is))
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, args := range [][]string{{"inspect", path}, {"inspect", "--sections", "--symbols", "--relocations", path}, {"run", path}} {
		var out bytes.Buffer
		c := &cli{stdout: &out, stderr: &out}
		c.execute(args)
		if raw := regexp.MustCompile(`[^\t\n -~\p{L}\p{N}\p{P}\p{S}]`).FindAll(out.Bytes(), -1); raw != nil {
			t.Errorf("%v prints %q", args, raw)
		}
		all.Write(out.Bytes())
	}
	for _, want := range []string{`p\x1b[1mf`, `.c\x07m\xff\x9bmt`, `undefined symbol: p\x1b[1mf`} {
		if !bytes.Contains(all.Bytes(), []byte(want)) {
			t.Errorf("%s is not shown in:\n%s", want, all.Bytes())
		}
	}
}
