/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netlab.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends a test that hangs; its slowest takes a tenth of a second. */
#define TIME_LIMIT 60

const char *netlab_missing(void)
{
	if (geteuid() != 0)
		return "needs root";
	if (access("/dev/net/tun", R_OK | W_OK) != 0)
		return "needs /dev/net/tun";
	return system("ip -V >/dev/null 2>&1") == 0 ? NULL : "needs iproute2";
}

static bool run(const char *cmd)
{
	fflush(stdout);
	if (system(cmd) == 0)
		return true;
	printf("# failed: %s\n", cmd);
	return false;
}

bool netlab_inside(pid_t pid, const char *fmt, ...)
{
	char cmd[256];
	va_list ap;
	int n = snprintf(cmd, sizeof(cmd), "nsenter -t %d -n ", (int)pid);

	va_start(ap, fmt);
	vsnprintf(cmd + n, sizeof(cmd) - (size_t)n, fmt, ap);
	va_end(ap);
	return run(cmd);
}

bool ip(const char *fmt, ...)
{
	char cmd[256] = "ip ";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd + 3, sizeof(cmd) - 3, fmt, ap);
	va_end(ap);
	return run(cmd);
}

int netlab_run(void (*body)(void), const int *failures)
{
	int status, before = *failures;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(TIME_LIMIT);
		if (unshare(CLONE_NEWNET) < 0 || !ip("link set lo up")) {
			printf("# no network namespace: %s\n", strerror(errno));
			exit(1);
		}
		body();
		fflush(stdout);
		/* exit() and not _exit(): it looks for leaked memory */
		exit(*failures - before > 100 ? 100 : *failures - before);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

pid_t netlab_sleeper(void)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready) < 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		if (unshare(CLONE_NEWNET) == 0 && write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1) {
		netlab_end(pid);
		pid = -1;
	}
	close(ready[0]);
	return pid;
}

void netlab_end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int netlab_tun(const char *name, bool tap)
{
	struct ifreq ifr = { .ifr_flags = (short)((tap ? IFF_TAP : IFF_TUN) | IFF_NO_PI) };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &ifr) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}
