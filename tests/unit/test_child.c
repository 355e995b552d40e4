/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/host/child.h: what a command is passed on and how it ends, without any audit. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cgroup.h"
#include "host/child.h"
#include "unit.h"

static const char *missing(void)
{
	struct cgroup_mounts m = { 0 };
	bool none;

	if (geteuid() != 0)
		return "needs root";
	none = cgroup_mounts(&m) < 0 || m.n == 0;
	cgroup_mounts_clear(&m);
	return none ? "needs a cgroup v2 mount" : NULL;
}

static struct child *open_child(const char *script)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char *)script, NULL };
	struct child *c = NULL;

	CHECK_INT(child_open(&c, argv), 0);
	return c;
}

/* As the main loop does when SIGCHLD comes. */
static void await(struct child *c)
{
	const struct signalfd_siginfo ended = { .ssi_signo = SIGCHLD };

	for (int i = 0; i < 5000 && !child_over(c); i++) {
		usleep(1000);
		child_signal(c, &ended);
	}
	CHECK(child_over(c));
}

static pid_t pid_of(const struct child *c)
{
	char path[PATH_MAX];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.procs", child_cgroup(c));
	f = fopen(path, "re");
	CHECK(f && fscanf(f, "%d", &pid) == 1);
	if (f)
		fclose(f);
	return pid;
}

static void status_of(const char *script, int status)
{
	struct child *c = open_child(script);

	child_start(c);
	CHECK(child_started(c));
	await(c);
	CHECK_INT(child_error(c), 0);
	CHECK_INT(child_status(c), status);
	child_free(c);
}

static void test_status(void)
{
	if (missing())
		SKIP(missing());
	status_of("exit 0", 0);
	status_of("exit 7", 7);
	status_of("kill -SEGV $$", 128 + SIGSEGV);
}

static void test_no_command(void)
{
	char *argv[] = { (char[]){ "/nowhere/at/all" }, NULL };
	struct child *c = NULL;

	if (missing())
		SKIP(missing());
	CHECK_INT(child_open(&c, argv), 0);
	child_start(c);
	CHECK(child_over(c)); /* at once: nobody need wait for it */
	CHECK_INT(child_error(c), -ENOENT);
	CHECK_INT(child_status(c), 127);
	child_free(c);
}

/* Of those signals the last alone is for the command to be told by us. */
static void test_signals(void)
{
	struct child *c;
	struct signalfd_siginfo info = { .ssi_signo = SIGUSR1, .ssi_code = SI_KERNEL };

	if (missing())
		SKIP(missing());
	c = open_child("exec sleep 100");
	child_start(c);
	child_signal(c, &info); /* the terminal's */
	info.ssi_code = SI_USER;
	info.ssi_pid = (uint32_t)pid_of(c); /* its own */
	child_signal(c, &info);
	info = (struct signalfd_siginfo){ .ssi_signo = SIGTTOU, .ssi_pid = 1 };
	child_signal(c, &info);
	info.ssi_signo = SIGUSR2;
	child_signal(c, &info);
	await(c);
	CHECK_INT(child_status(c), 128 + SIGUSR2);
	child_free(c);
}

/* The first word may be ignored, the second not. */
static void test_stop(void)
{
	struct child *c;

	if (missing())
		SKIP(missing());
	signal(SIGTERM, SIG_IGN); /* as the command inherits it */
	c = open_child("exec sleep 100");
	signal(SIGTERM, SIG_DFL);
	child_start(c);
	child_stop(c);
	child_stop(c);
	await(c);
	CHECK_INT(child_status(c), 128 + SIGKILL);
	child_free(c);
}

/* Neither begun nor ended in order: nothing of it is left. */
static void test_never_started(void)
{
	char path[PATH_MAX];
	struct child *c;
	pid_t pid;

	if (missing())
		SKIP(missing());
	c = open_child("exit 3");
	pid = pid_of(c);
	snprintf(path, sizeof(path), "%s", child_cgroup(c));
	CHECK(!child_over(c) && !child_started(c));
	child_free(c);
	CHECK_INT(access(path, F_OK), -1);
	CHECK_INT(kill(pid, 0), -1);
	CHECK_INT(waitpid(-1, NULL, WNOHANG), -1); /* nor the keeper */
	child_free(NULL);
}

static void test_left(void)
{
	char path[PATH_MAX];
	struct child *c;

	if (missing())
		SKIP(missing());
	c = open_child("sleep 100 & sleep 100 & exit 0");
	snprintf(path, sizeof(path), "%s", child_cgroup(c));
	child_start(c);
	await(c);
	child_end(c);
	CHECK_INT(child_left(c), 2);
	child_end(c);
	CHECK_INT(child_left(c), 2);
	child_free(c);
	CHECK_INT(access(path, F_OK), -1);
}

UNIT_MAIN("child", { "status", test_status }, { "no_command", test_no_command },
	  { "signals", test_signals }, { "stop", test_stop },
	  { "never_started", test_never_started }, { "left", test_left })
