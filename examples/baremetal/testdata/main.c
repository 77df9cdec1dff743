// A program for a board whose serial line is at 0x09000000 (PL011). It uses what a loader has to get right: data, pointers in data, zeros, commons, calls and data of another object.
extern int shared;
int table_sum(void);
const char *message(int n);

static int zeros[1000];
static volatile unsigned *const serial = (volatile unsigned *)0x09000000;
int common_to_both[25];

static void print(const char *s) { while (*s) *serial = *s++; }

int main(void) {
  int sum = 0;
  for (int i = 0; i < 1000; i++) sum += zeros[i];
  for (int i = 0; i < 25; i++) sum += common_to_both[i];
  print(message(0));
  print(sum == 0 ? "zeros are zero\n" : "zeros are not zero\n");
  common_to_both[24] = 30;
  shared += table_sum();
  print(message(1));
  return shared; // 5 + 30 + 7
}
