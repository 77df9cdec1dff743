// What dead stripping has to do with: compiled into a section for each function and variable (ELF), or into atoms (Mach-O).

static const int table[4] = {10, 20, 30, 40};
static int calls;
int unused_data[100] = {1};

int used(int n) { calls++; return table[n & 3] + calls; }

int unused(int n) { return unused_data[n] + used(n); }

int main(void) { return used(3); }
