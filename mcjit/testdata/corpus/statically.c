// flags: -D_GNU_SOURCE
// What glibc has in its static part.
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
static void handler(void) {}
int test(const char *path, int fd) {
	struct stat s;
	struct stat64 s64;
	atexit(handler), at_quick_exit(handler), pthread_atfork(handler, handler, handler);
	mknod(path, S_IFIFO, makedev(1, 2)), mknodat(fd, path, S_IFIFO, 0);
	return stat(path, &s) + lstat(path, &s) + fstat(fd, &s) + fstatat(fd, path, &s, 0) + stat64(path, &s64) + fstat64(fd, &s64) + lstat64(path, &s64) + fstatat64(fd, path, &s64, 0);
}
