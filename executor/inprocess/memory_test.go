//go:build linux || (windows && (amd64 || arm64))

package inprocess

import (
	"errors"
	"testing"
)

func TestRunMain(t *testing.T) {
	main := compile(t, "gcc", `
static int len(const char *s) { int n = 0; while (s[n]) n++; return n; }
int main(int argc, char **argv, char **envp) {
	int n = 0;
	for (int i = 0; i < argc; i++) n += len(argv[i]);
	if (argv[argc]) return -1;
	if (argc) argv[0][0] = 'x'; /* the strings are main's to change */
	while (*envp) n += 1000 * len(*envp++);
	return n;
}`)["main"]
	if code, err := RunMain(main, []string{"prog", "a", ""}, []string{"A=1", "BC=2"}); code != 7005 || err != nil {
		t.Errorf("main = %d, %v", code, err)
	}
	if code, err := RunMain(main, nil, nil); code != 0 || err != nil {
		t.Errorf("main without arguments = %d, %v", code, err)
	}
	for index, vectors := range map[int][2][]string{2: {{"prog", "a\x00b"}, nil}, 3: {{"prog"}, {"A=\x00"}}} {
		var argument *ArgumentError
		if _, err := RunMain(main, vectors[0], vectors[1]); !errors.As(err, &argument) || argument.Index != index {
			t.Errorf("a zero byte in %q: %v", vectors, err)
		}
	}
}

func TestMemory(t *testing.T) {
	first := mustBind[func(uintptr) int8](t, compile(t, "gcc", "char first(char *s) { return s[0]; }")["first"])
	m, err := CString("text")
	if err != nil {
		t.Fatal(err)
	}
	if got := first(uintptr(m.Addr())); got != int8('t') || string(m.Bytes()) != "text\x00" {
		t.Errorf("%d, %q", got, m.Bytes())
	}
	m.Release()
	m.Release()
	if m.Addr() != 0 {
		t.Error("an address after Release")
	}
	empty, err := NewMemory(0)
	if err != nil || empty.Addr() == 0 || len(empty.Bytes()) != 0 {
		t.Errorf("no bytes: %v, %v", empty, err)
	}
	empty.Release()
}
