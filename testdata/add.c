/* Small functions of every kind of signature, for examples and for the tests of calls. No library is needed. */
#include <stdint.h>

struct pair { int32_t first, second; };		/* in one integer register */
struct point { double x, y; };			/* in two float registers */
struct mixed { int64_t count; double weight; };	/* in one of each */
struct big { int64_t v[5]; };			/* in memory */

int32_t add(int32_t a, int32_t b) { return a + b; }
int64_t add64(int64_t a, int64_t b) { return a + b; }
uint8_t add8(uint8_t a, uint8_t b) { return a + b; }
float addf(float a, float b) { return a + b; }
double addd(double a, double b) { return a + b; }

/* More arguments than registers of either kind. */
double sum20(int32_t a, double b, int64_t c, float d, int8_t e, double f, uint16_t g, float h, int64_t i, double j,
	     int32_t k, double l, int64_t m, float n, int8_t o, double p, uint16_t q, float r, int64_t s, double t)
{
	return a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + q + r + s + t;
}

struct pair swap(struct pair p) { return (struct pair){ p.second, p.first }; }
struct point middle(struct point p, struct point q) { return (struct point){ (p.x + q.x) / 2, (p.y + q.y) / 2 }; }
struct mixed heavier(struct mixed m, double by) { return (struct mixed){ m.count + 1, m.weight + by }; }

struct big ramp(int64_t start)
{
	struct big b;
	for (int i = 0; i < 5; i++)
		b.v[i] = start + i;
	return b;
}

int64_t total(struct big b)
{
	int64_t sum = 0;
	for (int i = 0; i < 5; i++)
		sum += b.v[i];
	return sum;
}

/* A pointer to memory of the caller. */
int64_t sum_array(const int32_t *values, int64_t n)
{
	int64_t sum = 0;
	for (int64_t i = 0; i < n; i++)
		sum += values[i];
	return sum;
}

/* A call back. */
int32_t apply(int32_t (*f)(int32_t), int32_t x) { return f(x); }

/* State that stays between calls. */
static int64_t calls = 100;
int64_t next_call(void) { return ++calls; }
void reset_calls(void) { calls = 100; }
