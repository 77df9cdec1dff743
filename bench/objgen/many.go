package objgen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The text of object i: functions, data, jump tables, records with pointers, strings, commons, weak functions and calls into the C library,
// which refer to objects a, b, c and d, all of them before i. Thus the first n objects are closed, and can be loaded in order.
const (
	manyHeader = `
typedef int (*fn)(int);
typedef unsigned long size_t;
extern size_t strlen(const char *);
extern long strtol(const char *, char **, int);
extern int snprintf(char *, size_t, const char *, ...);
extern void *memset(void *, int, size_t);
struct rec { const char *name; fn f; int *p; };
`
	manyExtern = `
extern int mn_f@j_0(int), mn_f@j_1(int), mn_f@j_2(int), mn_f@j_4(int);
extern int mn_g@j; extern const char *mn_s@j; extern fn mn_t@j[4];
extern const struct rec mn_r@j[6];`

	manyBody = `

int mn_f@i_0(int), mn_f@i_1(int), mn_f@i_2(int), mn_f@i_3(int), mn_f@i_4(int), mn_f@i_5(int);
int mn_common@k[16];
int mn_g@i = @g;
const char *mn_s@i = "object @i greets object @a and @b";
static int state@i[4] = { @i, @a, @b, @c };
static int zero@i[8];
__attribute__((weak)) int mn_w@w(int x) { return x * @w + 1; }
fn mn_t@i[4] = { mn_f@i_0, mn_f@i_1, mn_f@a_1, mn_w@w };
const struct rec mn_r@i[6] = {
  { "alpha@p", mn_f@i_0, &mn_g@i }, { "beta@q", mn_f@i_1, &mn_g@b },
  { "gamma", mn_f@i_2, mn_common@k }, { "delta@i", mn_f@a_0, &mn_g@a },
  { "epsilon", mn_f@i_4, state@i }, { 0, 0, zero@i } };
int mn_f@i_0(int x) {
  int s = 0;
  for (int j = 0; j < 16; j++) s += mn_common@k[j] * (x + j);
  return s + mn_g@i + state@i[x & 3];
}
int mn_f@i_1(int x) {
  switch (x & 7) {
  case 0: return mn_f@i_0(x) + 3;
  case 1: return mn_g@a * 5 + x;
  case 2: return mn_w@w(x);
  case 3: return mn_g@b ^ x;
  case 4: return (int)strlen(mn_s@a) + x;
  case 5: return mn_g@c - 77;
  case 6: return x * @m;
  default: return (int)strtol(mn_r@i[x & 3].name, 0, 36) & 1023;
  }
}
int mn_f@i_2(int x) {
  if (x <= 0) return mn_g@i;
  return mn_f@a_0(x - 1) + mn_f@b_1(x - 1) * 3 + mn_g@c;
}
int mn_f@i_3(int x) {
  char buf[64];
  memset(buf, x, sizeof buf);
  int n = snprintf(buf, sizeof buf, "%d:%s:%d", x, mn_s@c, mn_g@d);
  return n + buf[1];
}
int mn_f@i_4(int x) {
  double y = x * @u.375 + mn_g@d * 0.5;
  return (int)(y * @v.25) & 0xffff;
}
int mn_f@i_5(int x) {
  if (x <= 0) return 1;
  int s = mn_f@b_4(x);
  for (int j = 0; j < 4; j++) s = s * 3 + mn_t@c[j](x - 1);
  return s + *mn_r@d[x & 3].p;
}
int mn_entry@i(int x) {
  zero@i[x & 7] = x;
  return mn_f@i_0(x) + mn_f@i_1(x) + mn_f@i_1(x + 1) + mn_f@i_2(x) + mn_f@i_3(x) + mn_f@i_4(x) + mn_f@i_5(x) + zero@i[(x + 1) & 7];
}
`
)

// manyFlags go before the flags of the family.
var manyFlags = []string{"-O2", "-ffunction-sections", "-fdata-sections", "-fcommon", "-w"}

// manySource returns the C text of object i.
func manySource(i int) string {
	rng := newMersenne(uint32(i*7919 + 17))
	var ref [4]int // a, b, c, d
	for n := range ref {
		if i > 0 {
			ref[n] = rng.below(i)
		}
	}
	common, weak := rng.below(50), rng.below(24)

	var s strings.Builder
	s.WriteString(manyHeader)
	others := ref[:]
	for _, j := range slices.Compact(slices.Sorted(slices.Values(others))) {
		if j != i {
			s.WriteString(strings.ReplaceAll(manyExtern, "@j", strconv.Itoa(j)))
		}
	}
	values := []string{}
	for _, v := range []struct {
		key   string
		value int
	}{
		{"@i", i}, {"@a", ref[0]}, {"@b", ref[1]}, {"@c", ref[2]}, {"@d", ref[3]}, {"@k", common}, {"@w", weak},
		{"@g", i*3 + 1}, {"@p", i % 97}, {"@q", i % 89}, {"@m", i + 3}, {"@u", i % 13}, {"@v", 1 + i%7},
	} {
		values = append(values, v.key, strconv.Itoa(v.value))
	}
	strings.NewReplacer(values...).WriteString(&s, manyBody) //nolint:errcheck // a Builder does not fail
	return s.String()
}

// rootSource returns the C text of the object whose mn_check reaches each of the first n objects.
func rootSource(n int) string {
	var s strings.Builder
	s.WriteString("typedef int (*fn)(int);\n")
	for i := range n {
		fmt.Fprintf(&s, "extern int mn_entry%d(int);\n", i)
	}
	fmt.Fprintf(&s, "fn mn_root[%d] = {\n", n)
	for i := range n {
		fmt.Fprintf(&s, "mn_entry%d,\n", i)
	}
	fmt.Fprintf(&s, "};\nunsigned mn_check(int x) { unsigned s = 0; for (int i = 0; i < %d; i++) s = s * 31 + (unsigned)mn_root[i](x); return s; }", n)
	return s.String()
}
