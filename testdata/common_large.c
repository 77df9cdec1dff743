/* Built with -fcommon: the larger and more strictly aligned definition of the block of common_small.o. */
int common_block[256] __attribute__((aligned(64)));

int *large_common_block(void) { return common_block; }
int common_block_size(void) { return sizeof common_block; }
