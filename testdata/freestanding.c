/* Code that needs nothing at all, not even a C library: what a static Go program in an empty container can carry. */
#include <stddef.h>
#include <stdint.h>

int32_t add(int32_t a, int32_t b) { return a + b; }

/* FNV-1a, 64 bits. */
uint64_t checksum(const uint8_t *bytes, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;
	for (size_t i = 0; i < n; i++)
		h = (h ^ bytes[i]) * 0x100000001b3;
	return h;
}

static void sift(int32_t *heap, size_t root, size_t n)
{
	for (size_t child; (child = 2 * root + 1) < n; root = child) {
		if (child + 1 < n && heap[child] < heap[child + 1])
			child++;
		if (heap[root] >= heap[child])
			return;
		int32_t swap = heap[root];
		heap[root] = heap[child];
		heap[child] = swap;
	}
}

/* Heap sort, in place and ascending. */
void sort(int32_t *values, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(values, i, n);
	for (size_t end = n; end-- > 1;) {
		int32_t swap = values[0];
		values[0] = values[end];
		values[end] = swap;
		sift(values, 0, end);
	}
}
