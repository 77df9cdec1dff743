/* pthread_atfork, which glibc keeps in its static part: the handlers stay until the process ends, for the C library is told of no module. */
#include "crt.h"

typedef void handler(void);

int __register_atfork(handler *prepare, handler *parent, handler *child, void *dso) __attribute__((weak)); /* null where there is no glibc */

API int pthread_atfork(handler *prepare, handler *parent, handler *child) {
	enum { enosys = 38 };
	return __register_atfork ? __register_atfork(prepare, parent, child, NULL) : enosys;
}
ALIAS(pthread_atfork) int __pthread_atfork(handler *, handler *, handler *);
