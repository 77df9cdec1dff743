// The functions of the C library that the objects of the many sets call, as far as they use them, for a process that has no C library:
// a static Go program links this object beside the set.

#include <stdarg.h>
#include <stddef.h>

size_t strlen(const char *s) {
  size_t n = 0;
  while (s[n])
    n++;
  return n;
}

void *memset(void *to, int byte, size_t n) {
  for (size_t i = 0; i < n; i++)
    ((unsigned char *)to)[i] = (unsigned char)byte;
  return to;
}

static int digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 10;
  return 99;
}

// Without white space, sign, prefix or overflow.
long strtol(const char *s, char **end, int base) {
  long n = 0;
  for (; digit(*s) < base; s++)
    n = n * base + digit(*s);
  if (end)
    *end = (char *)s;
  return n;
}

struct out {
  char *to;
  size_t size, n;
};

static void put(struct out *o, char c) {
  if (o->n + 1 < o->size)
    o->to[o->n] = c;
  o->n++;
}

static void putInt(struct out *o, int v) {
  char digits[12];
  int n = 0;
  unsigned u = v < 0 ? 0u - (unsigned)v : (unsigned)v;
  do
    digits[n++] = (char)('0' + u % 10);
  while (u /= 10);
  if (v < 0)
    put(o, '-');
  while (n)
    put(o, digits[--n]);
}

// Knows %d and %s.
int snprintf(char *to, size_t size, const char *format, ...) {
  struct out o = {to, size, 0};
  va_list args;
  va_start(args, format);
  for (; *format; format++) {
    if (*format != '%') {
      put(&o, *format);
    } else if (*++format == 'd') {
      putInt(&o, va_arg(args, int));
    } else {
      for (const char *s = va_arg(args, const char *); *s; s++)
        put(&o, *s);
    }
  }
  va_end(args);
  if (size)
    to[o.n < size ? o.n : size - 1] = 0;
  return (int)o.n;
}
