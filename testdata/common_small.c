/* Built with -fcommon: tentative definitions, of which the largest wins (common_large.o). */
int common_block[4];
char common_byte;

int *small_common_block(void) { return common_block; }
