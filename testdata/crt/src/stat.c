/* The functions that glibc keeps in its static part: until 2.33 all of the stat family and mknod, for which the library proper has only
   __xstat and its kin. The kernel's struct stat is glibc's on x86-64. */
#include "crt.h"

struct stat;
int *__errno_location(void) __attribute__((weak)); /* null where there is no C library */

enum { einval = 22, stat_version = 1, mknod_version = 0 };

static int result(long r) {
	if (r >= 0) return (int)r;
	if (__errno_location) *__errno_location() = (int)-r;
	return -1;
}

API int stat(const char *path, struct stat *s) { return result(system3(sys_stat, (long)path, (long)s, 0)); }
API int lstat(const char *path, struct stat *s) { return result(system3(sys_lstat, (long)path, (long)s, 0)); }
API int fstat(int fd, struct stat *s) { return result(system3(sys_fstat, fd, (long)s, 0)); }
API int fstatat(int dir, const char *path, struct stat *s, int flags) { return result(system4(sys_newfstatat, dir, (long)path, (long)s, flags)); }
API int mknod(const char *path, unsigned mode, unsigned long device) { return result(system3(sys_mknod, (long)path, mode, (long)device)); }
API int mknodat(int dir, const char *path, unsigned mode, unsigned long device) {
	return result(system4(sys_mknodat, dir, (long)path, mode, (long)device));
}
ALIAS(stat) int stat64(const char *, struct stat *);
ALIAS(lstat) int lstat64(const char *, struct stat *);
ALIAS(fstat) int fstat64(int, struct stat *);
ALIAS(fstatat) int fstatat64(int, const char *, struct stat *, int);

API int __xstat(int version, const char *path, struct stat *s) { return version == stat_version ? stat(path, s) : result(-einval); }
API int __lxstat(int version, const char *path, struct stat *s) { return version == stat_version ? lstat(path, s) : result(-einval); }
API int __fxstat(int version, int fd, struct stat *s) { return version == stat_version ? fstat(fd, s) : result(-einval); }
API int __fxstatat(int version, int dir, const char *path, struct stat *s, int flags) {
	return version == stat_version ? fstatat(dir, path, s, flags) : result(-einval);
}
API int __xmknod(int version, const char *path, unsigned mode, unsigned long *device) {
	return version == mknod_version ? mknod(path, mode, *device) : result(-einval);
}
ALIAS(__xstat) int __xstat64(int, const char *, struct stat *);
ALIAS(__lxstat) int __lxstat64(int, const char *, struct stat *);
ALIAS(__fxstat) int __fxstat64(int, int, struct stat *);
ALIAS(__fxstatat) int __fxstatat64(int, int, const char *, struct stat *, int);
