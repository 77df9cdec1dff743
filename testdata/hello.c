/* The first program: what `mcjit run testdata/hello.o` prints. */
#include <stdio.h>

int main(int argc, char **argv)
{
	printf("Hello from native code, linked by gomcjit: %s\n", argc > 0 ? argv[0] : "nobody");
	for (int i = 1; i < argc; i++)
		printf("argument %d: %s\n", i, argv[i]);
	return 0;
}
