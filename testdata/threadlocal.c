/* Thread-local variables, initialised and not. */
_Thread_local int count = 40;
static _Thread_local const char *name = "thread-local";

int bump(void) { return ++count; }
const char *name_of(void) { return name; }
