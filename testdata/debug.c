/* Debugged by function and by line. The tests name lines of this file: keep them where they are. */
int debug_global = 7;

int debug_leaf(int depth, const int *values)
{
	int product = depth * debug_global;	/* line 6 */
	return product + values[depth];		/* line 7 */
}

int debug_middle(int depth)
{
	int values[4] = { 10, 20, 30, 40 };
	return debug_leaf(depth & 3, values) + 1;	/* line 13 */
}

int debug_entry(int n)
{
	int sum = 0;
	for (int i = 0; i < n; i++)
		sum += debug_middle(i);			/* line 20 */
	return sum;
}
