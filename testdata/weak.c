/* Weak definitions, which strong.o overrides, and weak references, which need no definition. */
__attribute__((weak)) int weak_value = 1;
__attribute__((weak)) int weak_function(void) { return 1; }

extern int nowhere(void) __attribute__((weak));
extern int nowhere_data __attribute__((weak));

int read_weak_value(void) { return weak_value; }
int call_weak_function(void) { return weak_function(); }
int nowhere_is_null(void) { return !nowhere && !&nowhere_data; }
