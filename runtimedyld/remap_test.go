package runtimedyld

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// Rewrite changes what is finalized, as the linker must not by itself.
func (m *testMM) Rewrite(patches []memmgr.Patch) error {
	if m.fail != nil {
		if err := m.fail("rewrite"); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	words := map[uint64]bool{}
	for _, p := range patches {
		if p.Old == nil { // a word that changes by two patches is neither the one nor the other meanwhile
			first, last := memmgr.Distance(&p.At[0], nil)/8, memmgr.Distance(&p.At[len(p.At)-1], nil)/8
			if words[first] || words[last] {
				m.wrong = append(m.wrong, fmt.Sprintf("two patches change the word at %#x", 8*first))
			}
			words[first], words[last] = true, true
		}
		a, s := m.allocOf(p.At)
		switch {
		case a == nil || !a.finalized:
			m.wrong = append(m.wrong, fmt.Sprintf("%d bytes are to be rewritten that are in no finalized section", len(p.At)))
		case p.Old != nil && s.Kind != memmgr.RWData:
			m.wrong = append(m.wrong, fmt.Sprintf("%s: %s is no data", a.module.Name, a.module.SectionName(s)))
		case p.Old == nil && s.Kind == memmgr.RWData:
			m.wrong = append(m.wrong, fmt.Sprintf("%s: %s is data", a.module.Name, a.module.SectionName(s)))
		}
		if a != nil && (p.Old == nil || bytes.Equal(p.At, p.Old)) {
			m.damage(a)
			copy(p.At, p.New)
			a.freeze(func(s *memmgr.Section) bool { return s.Kind != memmgr.RWData })
		}
	}
	return nil
}

func (m *testMM) allocOf(b []byte) (*testAlloc, *memmgr.Section) {
	for _, a := range m.live {
		for i := range a.secs {
			if s := &a.secs[i]; len(s.Mem) >= len(b) && memmgr.Distance(&b[0], &s.Mem[0]) <= s.Size-uint64(len(b)) {
				return a, s
			}
		}
	}
	return nil, nil
}

// A remapper moves sections of objects at random, of those that the linker makes and of commons, too.
type remapper struct {
	*relinker
	rng   *rand.Rand
	at    map[sectionKey]executor.Addr // where sections are that were moved
	names []string                     // that no object defines
	byID  int                          // how many were moved so
	local int                          // how many by their local addresses
}

// A sectionKey is a section of one of the objects, by its number, or a common by its name.
type sectionKey struct {
	object, index int
	common        string
}

func newRemapper(t testing.TB, images []*objimage.Object, seed uint64) *remapper {
	r := &remapper{relinker: newRelinker(t, images), rng: rand.New(rand.NewPCG(seed, 0)), at: map[sectionKey]executor.Addr{}}
	r.names = r.undefinedNames()
	return r
}

// somewhere returns an address: mostly not far from where others are, aligned as any section wants it, and rarely far from there.
func (r *remapper) somewhere() executor.Addr {
	a := executor.Addr(2*testBase + r.rng.Uint64N(6<<20)&^0xfff)
	if r.rng.IntN(60) == 0 {
		a += 0x6000_0000_0000
	}
	return a & r.mask
}

// shuffle moves some of the sections of some of the objects. All that are finalized are reopened before.
func (r *remapper) shuffle() {
	for i, o := range r.list {
		if r.rng.IntN(3) > 0 {
			continue
		}
		if err := r.Reopen(o); err != nil {
			r.t.Fatal(err)
		}
		for k := range o.sections {
			if s := o.sections[k]; r.rng.IntN(2) == 0 && !o.tls.has(uint32(max(s.file, 0))) {
				r.move(sectionKey{object: i, index: int(s.file)}, r.somewhere())
			}
		}
	}
	r.mu.Lock()
	commons := r.commonNames()
	r.mu.Unlock()
	for _, name := range commons {
		if r.rng.IntN(2) == 0 {
			r.move(sectionKey{common: name}, r.somewhere())
		}
	}
}

func (r *remapper) commonNames() (names []string) {
	for id := range r.commons {
		names = append(names, r.table.name(r.table.at(id)))
	}
	slices.Sort(names)
	return names
}

// move moves a section by its number, or by its local address.
func (r *remapper) move(key sectionKey, to executor.Addr) {
	r.t.Helper()
	r.at[key] = to
	var err error
	if key.common != "" {
		err = r.MapCommonAddress(key.common, to)
	} else if o := r.list[key.object]; r.rng.IntN(2) == 0 && o.extentOf(o.sectionIndex(key.index)) > 0 {
		r.local++
		k := o.sectionIndex(key.index)
		local := &o.mem(k, 1)[0]
		if r.rng.IntN(2) == 0 {
			local = o.home(k)
		}
		err = r.MapLocalAddress(local, to)
	} else {
		r.byID++
		err = r.MapSectionAddress(o, key.index, to)
	}
	if err != nil {
		r.t.Fatal(key, err)
	}
}

// fresh links the objects where they are now.
func (r *remapper) fresh() (*remapper, error) {
	f := newRemapper(r.t, r.images, 0)
	f.layout = r.layout
	for key, to := range r.at {
		f.move(key, to)
	}
	f.defineNames()
	_, err := f.Finalize()
	return f, err
}

func (r *remapper) defineNames() {
	for _, name := range r.names {
		if err := r.DefineAbsolute(name, executor.Addr(r.layout.external(name))&r.mask); err != nil {
			r.t.Fatal(err)
		}
	}
}

// moveNames moves what no object defines, as long as nothing is reopened.
func (r *remapper) moveNames(l scatter) error {
	before := r.layout
	r.layout = l
	for i, name := range r.names {
		if err := r.MoveExternal(name, executor.Addr(l.external(name))&r.mask); err != nil {
			r.layout = before // back again
			for _, name := range r.names[:i] {
				if err := r.MoveExternal(name, executor.Addr(before.external(name))&r.mask); err != nil {
					r.t.Error(err)
				}
			}
			return err
		}
	}
	return nil
}

// compare compares all bytes of all sections with those of a fresh link.
func (r *remapper) compare(what string, fresh *remapper) {
	r.t.Helper()
	for i, o := range r.list {
		for k := range o.sections {
			n := o.extentOf(k)
			x, y := o.mem(k, n), fresh.list[i].mem(k, n)
			if !bytes.Equal(x, y) {
				at := 0
				for x[at] == y[at] {
					at++
				}
				r.t.Errorf("%s: %s:(%s+%#x) differs from a fresh link: % x, want % x", what, o.Name(), o.madeName(k), at, x[at:min(at+8, len(x))], y[at:min(at+8, len(y))])
			}
		}
	}
}

// checkRemaps moves sections at random, resolves, finalizes and reopens, and compares each time with a fresh link.
func checkRemaps(t *testing.T, seed uint64, images ...*objimage.Object) (linked, failed int) {
	t.Helper()
	r := newRemapper(t, images, seed)
	for step := range 8 {
		if step > 0 {
			r.shuffle()
		} else {
			r.defineNames()
		}
		if r.rng.IntN(3) == 0 {
			_ = r.ResolveRelocations() // whatever it says is said again
		}
		_, err := r.Finalize()
		fresh, want := r.fresh()
		if (err == nil) != (want == nil) {
			t.Errorf("step %d: %v\na fresh link says: %v", step, err, want)
		}
		if err != nil {
			failed++
		} else {
			linked++
			r.compare(fmt.Sprintf("seed %d, step %d", seed, step), fresh)
		}
		r.mm.check(t)
		fresh.mm.check(t)
		fresh.Close()
		if err == nil && r.rng.IntN(2) == 0 && r.moveNames(scatter(step%3)) == nil {
			fresh, err := r.fresh()
			if err != nil {
				t.Errorf("step %d: names have moved, and a fresh link says %v", step, err)
			}
			r.compare(fmt.Sprintf("seed %d, step %d, names moved", seed, step), fresh)
			fresh.Close()
		}
		if t.Failed() {
			break
		}
	}
	if r.byID == 0 || r.local == 0 {
		t.Errorf("%d sections were mapped by number, %d by local address", r.byID, r.local)
	}
	return linked, failed
}

// TestRemapCross moves sections of objects of every architecture at random, before and after they are finalized.
func TestRemapCross(t *testing.T) {
	for _, a := range testArches() {
		for i, target := range relinkTargets[a.name] {
			t.Run(target, func(t *testing.T) {
				images, linked := relinkImages(t, target), 0
				for k := range images {
					n, _ := checkRemaps(t, uint64(i+k), images[k])
					linked += n
				}
				together := relinkedPair(t, target)
				for seed := range uint64(4) {
					n, _ := checkRemaps(t, seed, together...)
					linked += n
				}
				if linked < 10 {
					t.Errorf("only %d of the layouts could be linked", linked)
				}
			})
		}
	}
}

// relinkedPair are objects that refer to each other, and to a common.
func relinkedPair(t *testing.T, target string) []*objimage.Object {
	sources := [2]string{
		"int shared; int other(int); int (*table[])(int) = {other, other}; int one(int x) { return other(x) + shared; }",
		"int shared; int one(int); int *where = &shared, again = 7; int (*const known)(int) = one; int other(int x) { return x ? one(x - 1) : *where + again; }",
	}
	var images []*objimage.Object
	for i, flags := range [2]string{"-fPIC -O1", "-fno-pic -O0"} {
		compiler, args := relinkCompiler(target)
		args = append(args, strings.Fields("-w -fcommon -c "+flags)...)
		images = append(images, parseObject(t, fmt.Sprintf("pair%d.o", i), testenv.CompileBytes(t, compiler, testenv.C, sources[i], args...)))
	}
	return images
}

// TestRemapFormats does so with the other formats.
func TestRemapFormats(t *testing.T) {
	for _, target := range []string{
		"x86_64-apple-macos", "arm64-apple-macos", "i386-apple-macos", "armv7-apple-ios",
		"x86_64-pc-windows-gnu", "i686-pc-windows-gnu", "aarch64-pc-windows-gnu", "armv7-pc-windows-gnu",
	} {
		t.Run(target, func(t *testing.T) {
			pair, linked := relinkedPair(t, target), 0
			for seed := range uint64(6) {
				n, _ := checkRemaps(t, seed, pair...)
				linked += n
			}
			if linked < 10 {
				t.Errorf("only %d of the layouts could be linked", linked)
			}
		})
	}
}

// TestRemapTogether does so with objects that refer to each other, and to commons.
func TestRemapTogether(t *testing.T) {
	var images []*objimage.Object
	for _, name := range []string{"relocs.o", "relocs_target.o", "absolute.o", "model_large_pic.o", "model_helper.o", "common_small.o", "common_large.o", "weak.o", "strong.o"} {
		images = append(images, testdataObject(t, name))
	}
	linked := 0
	for seed := range 12 {
		n, _ := checkRemaps(t, uint64(seed), images...)
		linked += n
	}
	if linked < 24 {
		t.Errorf("only %d of the layouts could be linked", linked)
	}
}

// TestMapLocalAddress maps sections by their working memory, and is told what an address inside of one is.
func TestMapLocalAddress(t *testing.T) {
	b := newBench(t, nil)
	o := b.loadImage(testdataObject(t, "common_large.o"))
	text := b.mm.section(o.Name(), ".text").Mem
	if err := b.MapLocalAddress(&text[0], 0x7000_0000); err != nil {
		t.Fatal(err)
	}
	if a, _ := o.SectionLoadAddress(1); a != 0x7000_0000 {
		t.Errorf("%v", a)
	}
	err := b.MapLocalAddress(&text[3], 0x7000_0000)
	var oe *ObjectError
	if !errors.As(err, &oe) || !errors.Is(err, ErrNoSection) || oe.Object != o.Name() || !strings.Contains(oe.Msg, "0x3 bytes inside section .text") {
		t.Errorf("%v", err)
	}
	if err := b.MapLocalAddress(new(byte), 1); !errors.Is(err, ErrNoSection) {
		t.Errorf("%v", err)
	}
	b.finalize()
	if err := b.MapLocalAddress(&text[0], 1); !errors.Is(err, ErrState) || !strings.Contains(err.Error(), ".text") {
		t.Errorf("%v", err)
	}
	b.remove(o)
	if err := b.MapLocalAddress(&text[0], 1); !errors.Is(err, ErrNoSection) {
		t.Errorf("%v", err)
	}
}

// TestMapLocalAddressMeanwhile maps a section while another object is being loaded, which can be mapped afterwards like any other.
func TestMapLocalAddressMeanwhile(t *testing.T) {
	b := newBench(t, nil)
	b.load(defining("one.o", "one", elf.STB_GLOBAL))
	one := b.mm.section("one.o", ".data.one.o").Mem
	b.mm.fail = func(string) error { return b.MapLocalAddress(&one[0], 0x7000_0000) }
	b.load(defining("two.o", "two", elf.STB_GLOBAL))
	if err := b.MapLocalAddress(&b.mm.section("two.o", ".data.two.o").Mem[0], 0x7100_0000); err != nil {
		t.Fatal(err)
	}
	if one, two := b.addr("one"), b.addr("two"); one>>24 != 0x70 || two>>24 != 0x71 {
		t.Errorf("%#x, %#x", one, two)
	}
}

// TestMapLocalAddressForgets: what is removed is not held any more, also if nothing is ever finalized.
func TestMapLocalAddressForgets(t *testing.T) {
	b := newBench(t, nil)
	for range 10 {
		o := b.load(defining("one.o", "one", elf.STB_GLOBAL))
		if err := b.MapLocalAddress(&b.mm.section("one.o", ".data.one.o").Mem[0], 0x7000_0000); err != nil {
			t.Fatal(err)
		}
		b.remove(o)
	}
	if n := len(b.locals.sections); n > 0 {
		t.Errorf("%d sections of objects that are gone are known", n)
	}
}
