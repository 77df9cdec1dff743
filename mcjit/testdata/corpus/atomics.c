// runs alone
// Atomic objects that processors do not handle, or only some.
#include <stdatomic.h>
struct odd { char c[11]; };
struct pair { long a, b; };
_Atomic struct odd odd;
_Atomic struct pair pair;
_Atomic unsigned __int128 wide;
_Atomic long double extended;
volatile long one = 1;

int test(void) {
	struct odd o = {"ten chars."};
	struct pair p = {1, 2}, q, r = {3, 4};
	odd = o;
	o = odd;
	pair = p;
	q = atomic_exchange(&pair, r);
	if (o.c[3] != ' ' || q.b != 2 || atomic_compare_exchange_strong(&pair, &q, p) || q.a != 3) return 1;
	wide += (unsigned __int128)one << 70;
	wide++;
	if (atomic_fetch_or(&wide, 2) != ((unsigned __int128)1 << 70) + 1 || !atomic_load(&wide)) return 2;
	extended += 0.5L;
	return extended != 0.5L;
}
