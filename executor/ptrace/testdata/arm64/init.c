/* The first program of an emulated machine: it runs the tests, and ends the machine. Their arguments are the kernel's, behind "--". */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
	int status = -1;
	mount("proc", "/proc", "proc", 0, 0);
	mount("tmp", "/tmp", "tmpfs", 0, 0);
	mount("dev", "/dev", "devtmpfs", 0, 0);
	int console = open("/dev/console", O_RDWR);
	for (int i = 0; i < 3; i++) dup2(console, i);
	setenv("GOMCJIT_PTRACE_PROGRAM", "/target", 1);
	setenv("PATH", "/bin", 1);
	pid_t tests = fork();
	if (tests == 0) {
		argv[0] = "/tests";
		execv(argv[0], argv);
		_exit(127);
	}
	while (wait(&status) != tests) ;
	printf("the tests end with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return argc;
}
