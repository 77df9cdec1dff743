// What is linked for a program, and called there: it calls a function of the program.
int twice(int x);
static const char text[] = "forty-two bytes, more or less, of a string";
static int began, table[2000];
int *last = &table[1999];
__attribute__((constructor)) static void begin(void) { began = 2; }
__attribute__((noinline)) int length(const char *s) { int n = 0; while (s[n]) n++; return n; }
int answer(void) { *last += began; return length(text) - 2 + *last; }
int on(int x) { return twice(x) + 1; }
int sum(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j) { return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + 9*i + 10*j; }
double mixed(float a, double b, float c, int n, float d, double e, float f, float g, double h, float i, double j, float k, double l)
{ return a + 2*b + 3*c + 4*n + 5*d + 6*e + 7*f + 8*g + 9*h + 10*i + 11*j + 12*k + 13*l; }
float half(float x) { return x / 2; }
int first(int argc, char **argv) { return argc * 10 + length(argv[argc - 1]) + (argv[argc] == 0); }
int crash(void) { return *(volatile int *)8; }
int forever(void) { for (;;) __asm__ volatile(""); }
