// The other object of the program.
int shared = 5;
int common_to_both[25];
static int seven = 7;
static int *where[] = { &common_to_both[24], &seven };
static const char *const messages[] = { "linked elsewhere\n", "done\n" };

const char *message(int n) { return messages[n]; }

int table_sum(void) { return *where[0] + *where[1]; }
