/* Built in the small, medium and large code models, position independent and not. The large arrays are what the medium model puts into
   sections of their own (the threshold is set to 1 KiB). model_helper.o has what is defined elsewhere. */
extern int helper_counter;
extern int helper_table[];
int helper(int);

static int local_counter = 3;
int model_large_data[1024] = { 1, 2, 3 };
static int large_zero[1024];

static int __attribute__((noinline)) local_function(int n) { return n + local_counter; }

int (*model_pointer)(int) = helper;

int model_run(int n)
{
	large_zero[n & 1023] = n;
	return helper(n) + local_function(n) + helper_counter + helper_table[1] + model_large_data[2] + large_zero[n & 1023] + model_pointer(1);
}

const char *model_name(void) { return "model"; }

int model_switch(int n)		/* a jump table, where the model has them */
{
	switch (n) {
	case 0: return helper(1);
	case 1: return helper(3) + 1;
	case 2: return local_function(5) * 2;
	case 3: return helper_counter;
	case 4: return helper_table[0];
	case 5: return n * n;
	default: return -1;
	}
}
