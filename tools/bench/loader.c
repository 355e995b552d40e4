/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

/* Far beyond any start or end: only says that none will come. */
#define READY_MS 20000
#define STOP_MS 10000
/* Room for what it says while nobody runs who reads it. */
#define PIPE_SIZE (1 << 20)

static void wait_for_ready(const struct loader *l)
{
	struct pollfd p = { .fd = l->out, .events = POLLIN };
	char text[8192];
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(text) - 1) {
		n = poll(&p, 1, READY_MS) == 1 ? read(l->out, text + have, sizeof(text) - 1 - have)
					       : 0;
		if (n <= 0)
			break;
		have += (size_t)n;
		text[have] = 0;
		if (strstr(text, "\"action\":\"ready\""))
			return;
	}
	child_end(l->pid);
	fputs("bench: leakaudit did not get ready\n", stderr);
	exit(1);
}

/* Discards what else it says: a full pipe would make it do another's work. */
static void drain(int fd)
{
	static char text[65536];
	ssize_t n;

	do
		n = read(fd, text, sizeof(text));
	while (n > 0 || (n < 0 && errno == EINTR));
	_exit(0);
}

void loader_start(struct loader *l, char **argv)
{
	uint64_t start;
	int p[2];

	if (pipe2(p, O_CLOEXEC))
		die("cannot make a pipe");
	fcntl(p[0], F_SETPIPE_SZ, PIPE_SIZE);
	start = now_ns();
	l->pid = child_fork();
	if (!l->pid) {
		dup2(p[1], STDOUT_FILENO);
		execv(argv[0], argv);
		die("cannot run %s", argv[0]);
	}
	close(p[1]);
	l->out = p[0];
	wait_for_ready(l);
	l->ready_ns = now_ns() - start;
	l->drain = child_fork();
	if (!l->drain)
		drain(l->out);
}

void loader_stop(struct loader *l)
{
	int status = -1, waited;

	kill(l->pid, SIGINT);
	for (waited = 0; waited < STOP_MS && !waitpid(l->pid, &status, WNOHANG); waited++)
		usleep(1000);
	if (waited == STOP_MS)
		child_end(l->pid);
	child_end(l->drain);
	close(l->out);
	/* 1 says that leaks were seen, 5 that some events were lost */
	if (!WIFEXITED(status) ||
	    (WEXITSTATUS(status) && WEXITSTATUS(status) != 1 && WEXITSTATUS(status) != 5))
		fprintf(stderr, "bench: leakaudit ended with wait status %#x\n",
			(unsigned int)status);
}

struct memory loader_memory(const struct loader *l)
{
	struct memory m = { 0 };
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", l->pid);
	f = fopen(path, "re");
	if (!f)
		die("cannot read %s", path);
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "VmRSS: %lu", &m.rss_kb);
		sscanf(line, "VmHWM: %lu", &m.peak_kb);
	}
	fclose(f);
	return m;
}
