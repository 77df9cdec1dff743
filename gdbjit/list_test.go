//go:build unix

package gdbjit

import (
	"bytes"
	"debug/elf"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestLayout checks offsets against struct jit_code_entry and struct jit_descriptor as a C compiler lays them out.
func TestLayout(t *testing.T) {
	word := unsafe.Sizeof(uintptr(0))
	sizeOffset := 3 * word
	if runtime.GOARCH == "arm" || runtime.GOARCH == "mips" || runtime.GOARCH == "mipsle" {
		sizeOffset = 16
	}
	var l link
	var d descriptorLayout
	for _, field := range []struct {
		name      string
		got, want uintptr
	}{
		{"entry.next", unsafe.Offsetof(l.next), 0},
		{"entry.prev", unsafe.Offsetof(l.prev), word},
		{"entry.symfile_addr", unsafe.Offsetof(l.object), 2 * word},
		{"entry.symfile_size", unsafe.Offsetof(l.size), sizeOffset},
		{"descriptor.version", unsafe.Offsetof(d.version), 0},
		{"descriptor.action_flag", unsafe.Offsetof(d.action), 4},
		{"descriptor.relevant_entry", unsafe.Offsetof(d.relevant), 8},
		{"descriptor.first_entry", unsafe.Offsetof(d.first), 8 + word},
	} {
		if field.got != field.want {
			t.Errorf("%s at %d, want %d", field.name, field.got, field.want)
		}
	}
	if descriptor.version != 1 {
		t.Errorf("descriptor.version is %d, want 1", descriptor.version)
	}
}

// walk checks the list in both directions and returns its objects.
func walk(t *testing.T) map[*byte]string {
	t.Helper()
	lock.Lock()
	defer lock.Unlock()
	objects := make(map[*byte]string)
	var prev *link
	for l := descriptor.first; l != nil; prev, l = l, l.next {
		if l.prev != prev {
			t.Fatalf("entry %p: prev is %p, want %p", l, l.prev, prev)
		}
		if objects[l.object] != "" {
			t.Fatalf("entry %p: its object is in the list twice", l)
		}
		objects[l.object] = string(unsafe.Slice(l.object, l.size))
	}
	if descriptor.action != noAction || descriptor.relevant != nil {
		t.Fatalf("the descriptor still says action %d on %p", descriptor.action, descriptor.relevant)
	}
	return objects
}

// mapped returns the number of bytes and of mappings in use for blocks.
func mapped() (total, mappings int) {
	lock.Lock()
	defer lock.Unlock()
	for _, c := range blocks.chunks {
		total += len(c.mem)
	}
	return total, len(blocks.chunks)
}

func TestListIntegrity(t *testing.T) {
	const workers, rounds = 8, 2000
	left := make([][]*Entry, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(w)))
			for range rounds {
				if n := len(left[w]); n > 0 && random.IntN(2) == 0 {
					i := random.IntN(n)
					if err := left[w][i].Unregister(); err != nil {
						t.Error(err)
					}
					left[w][i] = left[w][n-1]
					left[w] = left[w][:n-1]
					continue
				}
				e, err := RegisterObject(bytes.Repeat([]byte{byte(w)}, 1+random.IntN(5000)))
				if err != nil {
					t.Error(err)
					return
				}
				left[w] = append(left[w], e)
			}
		})
	}
	wg.Wait()

	objects := walk(t)
	want := 0
	for w, entries := range left {
		want += len(entries)
		for _, e := range entries {
			if got := objects[e.link.object]; len(got) != e.Size() || strings.Trim(got, string([]byte{byte(w)})) != "" {
				t.Fatalf("the object of an entry of worker %d was changed", w)
			}
		}
	}
	if len(objects) != want {
		t.Errorf("%d entries are in the list, want %d", len(objects), want)
	}
	for _, entries := range left {
		for _, e := range entries {
			if err := e.Unregister(); err != nil {
				t.Error(err)
			}
		}
	}
	if n := len(walk(t)); n != 0 {
		t.Errorf("%d entries are left in the list", n)
	}
	if total, _ := mapped(); total > chunkSize {
		t.Errorf("%d bytes are still mapped without an entry", total)
	}
}

func TestUnregisterTwice(t *testing.T) {
	e, err := RegisterObject([]byte("object"))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Unregister(); err != nil {
		t.Fatal(err)
	}
	if err := e.Unregister(); !errors.Is(err, ErrUnregistered) {
		t.Errorf("second time: %v, want ErrUnregistered", err)
	}
}

func TestRegisterEmptyObject(t *testing.T) {
	if _, err := RegisterObject(nil); err == nil {
		t.Error("an empty object was registered")
	}
}

// TestBlocks checks that no two blocks overlap and that free runs join, with sizes from a byte to more than a chunk.
func TestBlocks(t *testing.T) {
	var a allocator
	random := rand.New(rand.NewPCG(1, 2))
	live := make(map[int][]byte)
	for i := range 20000 {
		if i%2 == 1 || len(live) > 300 {
			for k, block := range live { // any
				if strings.Trim(string(block), string([]byte{byte(k)})) != "" {
					t.Fatalf("block %d was overwritten", k)
				}
				if err := a.free(block); err != nil {
					t.Fatal(err)
				}
				delete(live, k)
				break
			}
			continue
		}
		n := 1 + random.IntN(1<<random.IntN(18))
		if i%4000 == 0 {
			n = chunkSize + i
		}
		block, err := a.allocate(n)
		if err != nil {
			t.Fatal(err)
		}
		if uintptr(unsafe.Pointer(&block[0]))%granule != 0 || len(block) != n {
			t.Fatalf("block at %p of %d bytes, want %d at a multiple of %d", &block[0], len(block), n, granule)
		}
		for k := range block {
			block[k] = byte(i)
		}
		live[i] = block
	}
	for _, block := range live {
		if err := a.free(block); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.chunks) != 1 || len(a.chunks[0].runs) != 1 || len(a.chunks[0].mem) != chunkSize {
		t.Errorf("%d chunks are left of which none is in use, want one", len(a.chunks))
	}
}

// TestSoakMemoryFlat registers 10,000 times or more with 100 entries alive, and compares what is mapped and resident with that after 1,000.
func TestSoakMemoryFlat(t *testing.T) {
	object := make([]byte, 101_000)
	random := rand.New(rand.NewPCG(3, 4))
	var alive []*Entry
	cycle := func(n int) {
		for i := range n {
			e, err := RegisterObject(object[:1000+random.IntN(100_000)])
			if err != nil {
				t.Fatal(err)
			}
			if alive = append(alive, e); len(alive) > 100 {
				if err := alive[i%50].Unregister(); err != nil {
					t.Fatal(err)
				}
				alive = append(alive[:i%50], alive[i%50+1:]...)
			}
		}
	}
	cycle(1000)
	before, _ := mapped()
	residentBefore := resident(t)
	rounds := testenv.SoakRounds(t, 10000)
	cycle(rounds)
	after, mappings := mapped()
	if after > before+2*chunkSize || mappings > 10 {
		t.Errorf("%d bytes mapped after 1,000 cycles, %d in %d mappings after %d more", before, after, mappings, rounds)
	}
	if got := resident(t); got > residentBefore+8<<20 {
		t.Errorf("%d bytes resident after 1,000 cycles, %d after %d more", residentBefore, got, rounds)
	}
	for _, e := range alive {
		if err := e.Unregister(); err != nil {
			t.Fatal(err)
		}
	}
}

// debuggerNames are what debuggers look for.
var debuggerNames = []string{"__jit_debug_descriptor", "__jit_debug_register_code"}

// TestSymbols links a program, static and with and without symbols, and looks for what debuggers look for.
func TestSymbols(t *testing.T) {
	if testing.Short() {
		t.Skip("links a program several times")
	}
	for _, c := range []struct {
		ldflags string
		want    bool
	}{
		{"", true}, {"-w", true}, {"-s", false},
	} {
		program := filepath.Join(t.TempDir(), "debuggee")
		cmd := exec.Command("go", "build", "-ldflags="+c.ldflags, "-o", program, "./testdata/debuggee")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
		found := symbolsOf(t, program)
		for _, name := range debuggerNames {
			if found[name] != c.want {
				t.Errorf("-ldflags=%q: symbol %s there: %v, want %v", c.ldflags, name, found[name], c.want)
			}
		}
	}
}

// TestOwnSymbols looks for them in this very program, on other processors. On this one, go test leaves symbols out.
func TestOwnSymbols(t *testing.T) {
	if !crosstest.Emulated() {
		t.Skip("TestSymbols looks for them")
	}
	found := symbolsOf(t, "/proc/self/exe")
	for _, name := range debuggerNames {
		if !found[name] {
			t.Errorf("symbol %s is not there", name)
		}
	}
}

// symbolsOf returns the names in a program's symbol table.
func symbolsOf(t *testing.T, program string) map[string]bool {
	t.Helper()
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, s := range symbols {
		found[s.Name] = true
	}
	return found
}
