/* Compresses at every level, in one piece and as a stream, and checks what comes back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static unsigned char text[200000], packed[300000], again[sizeof text];

static void stream(void)
{
	z_stream z = {0};
	size_t n = 0;
	deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY); /* gzip */
	z.next_out = packed;
	z.avail_out = sizeof packed;
	for (; n < sizeof text; n += 1000) {
		z.next_in = text + n;
		z.avail_in = 1000;
		deflate(&z, n + 1000 == sizeof text ? Z_FINISH : Z_NO_FLUSH);
	}
	printf("gzip magic %02x%02x\n", packed[0], packed[1]);
	n = z.total_out;
	deflateEnd(&z);

	memset(&z, 0, sizeof z);
	inflateInit2(&z, 15 + 32);
	z.next_in = packed;
	z.avail_in = n;
	z.next_out = again;
	z.avail_out = sizeof again;
	printf("inflate %d\n", inflate(&z, Z_FINISH));
	inflateEnd(&z);
	printf("stream %s\n", memcmp(text, again, sizeof text) ? "differs" : "equal");
}

static void file(const char *name)
{
	gzFile f = gzopen(name, "wb");
	char line[80] = "";
	gzprintf(f, "line %d\n", 1);
	gzclose(f);
	f = gzopen(name, "rb");
	gzgets(f, line, sizeof line);
	gzclose(f);
	printf("file: %s", line);
}

int main(int argc, char **argv)
{
	unsigned seed = 1;
	for (size_t i = 0; i < sizeof text; i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = "abcdefgh"[seed >> 16 & 7 & seed >> 20];
	}
	printf("crc %08lx adler %08lx\n", crc32(0, (const unsigned char *)"123456789", 9), adler32(1, (const unsigned char *)"Wikipedia", 9));
	for (int level = 0; level <= 9; level++) {
		uLongf size = sizeof packed, back = sizeof again;
		int c = compress2(packed, &size, text, sizeof text, level);
		memset(again, 0, sizeof again);
		int u = uncompress(again, &back, packed, size);
		if (c || u || back != sizeof text || memcmp(text, again, back))
			printf("level %d: %d %d %lu\n", level, c, u, back);
		if (level > 0 && size > sizeof text / 2)
			printf("level %d does not compress: %lu\n", level, size);
	}
	packed[100] ^= 1;
	uLongf back = sizeof again;
	printf("damaged: %s\n", zError(uncompress(again, &back, packed, sizeof packed)));
	stream();
	file(argv[1]);
	return 0;
}
