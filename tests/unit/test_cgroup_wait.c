/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cgroups that come and go: each is counted once, wherever and however fast. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cgroup.h"
#include "host/cgroup_wait.h"
#include "unit.h"

static int mount_fd = -1;
static char top[64]; /* "/leakaudit-wait-PID" */

static const char *at(const char *name)
{
	static char path[4][128];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s%s", top, name);
	return path[i];
}

static bool make(const char *name)
{
	return !mkdirat(mount_fd, at(name) + 1, 0755);
}

static bool take(const char *name)
{
	return !unlinkat(mount_fd, at(name) + 1, AT_REMOVEDIR);
}

static const char *setup(void)
{
	struct cgroup_mounts m = { 0 };

	if (geteuid() != 0)
		return "needs root";
	if (cgroup_mounts(&m) < 0 || m.n == 0)
		return "needs a cgroup v2 mount";
	mount_fd = open(cgroup_mount_of(&m, NULL)->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cgroup_mounts_clear(&m);
	snprintf(top, sizeof(top), "/leakaudit-wait-%d", (int)getpid());
	return make("") ? NULL : "cannot make cgroups";
}

static void teardown(void)
{
	take("");
	close(mount_fd);
}

static struct cgroup_wait *wait_for(const char *target)
{
	const struct cgroup_target t = { .name = target };
	struct cgroup_wait *w = NULL;

	return CHECK_INT(cgroup_wait_open(&w, mount_fd, &t), 0) ? w : NULL;
}

static bool is_readable(const struct cgroup_wait *w)
{
	struct pollfd p = { .fd = cgroup_wait_fd(w), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void test_path(void)
{
	struct cgroup_wait *w = wait_for(at("/a/b"));

	CHECK_INT(cgroup_wait_read(w), 0);
	CHECK(make("/a"));
	CHECK_INT(cgroup_wait_read(w), 0);
	CHECK(make("/a/b"));
	CHECK(is_readable(w));
	CHECK_INT(cgroup_wait_read(w), 1);
	CHECK(!is_readable(w));
	CHECK_STR(cgroup_wait_path(w), at("/a/b"));
	CHECK(make("/b") && take("/b")); /* another one's name */
	CHECK_INT(cgroup_wait_read(w), 1);
	CHECK(take("/a/b") && take("/a"));
	CHECK_INT(cgroup_wait_read(w), 1);
	CHECK_STR(cgroup_wait_path(w), NULL);
	CHECK(make("/a") && make("/a/b"));
	CHECK_INT(cgroup_wait_read(w), 2);
	CHECK_STR(cgroup_wait_path(w), at("/a/b"));
	CHECK(take("/a/b") && take("/a"));
	cgroup_wait_free(w);
}

/* By name it may be in several places; what was there first, after the last has gone. */
static void test_name(void)
{
	const char *name = "leakaudit-wait.service";
	struct cgroup_wait *w;

	CHECK(make("/leakaudit-wait.service"));
	w = wait_for(name);
	CHECK_INT(cgroup_wait_read(w), 1);
	CHECK_STR(cgroup_wait_path(w), at("/leakaudit-wait.service"));
	CHECK(make("/s") && make("/s/leakaudit-wait.service"));
	CHECK_INT(cgroup_wait_read(w), 2);
	CHECK_STR(cgroup_wait_path(w), at("/s/leakaudit-wait.service"));
	CHECK(take("/s/leakaudit-wait.service") && take("/s"));
	CHECK_INT(cgroup_wait_read(w), 2);
	CHECK_STR(cgroup_wait_path(w), at("/leakaudit-wait.service"));
	CHECK(make("/leakaudit-wait.service/s"));
	CHECK(make("/leakaudit-wait.service/leakaudit-wait.service")); /* a part of it */
	CHECK(make("/leakaudit-wait.service/s/leakaudit-wait.service"));
	CHECK_INT(cgroup_wait_read(w), 2);
	CHECK_STR(cgroup_wait_path(w), at("/leakaudit-wait.service"));
	CHECK(take("/leakaudit-wait.service/s/leakaudit-wait.service"));
	CHECK(take("/leakaudit-wait.service/leakaudit-wait.service"));
	CHECK(take("/leakaudit-wait.service/s"));
	CHECK(take("/leakaudit-wait.service"));
	cgroup_wait_read(w);
	CHECK_STR(cgroup_wait_path(w), NULL);
	cgroup_wait_free(w);
}

static bool later;

static int is_meant(void *arg, const char *path)
{
	const char *name = strrchr(path, '/');

	CHECK_STR(arg, "arg");
	return !strcmp(name, "/yes") ? 1 : !strcmp(name, "/later") ? (later ? 1 : -EAGAIN) : 0;
}

/* Which one is meant need not be known at once. */
static void test_what_is_no_name(void)
{
	char arg[] = "arg";
	const struct cgroup_target t = { .is = is_meant, .arg = arg };
	struct cgroup_wait *w = NULL;

	CHECK(make("/s") && make("/s/yes"));
	if (!CHECK_INT(cgroup_wait_open(&w, mount_fd, &t), 0))
		return;
	CHECK_INT(cgroup_wait_read(w), 1);
	CHECK_STR(cgroup_wait_path(w), at("/s/yes"));
	CHECK(make("/s/yes/yes") && make("/s/other")); /* a part of it; another one */
	CHECK_INT(cgroup_wait_read(w), 1);
	CHECK(take("/s/yes/yes") && take("/s/yes") && make("/s/later"));
	CHECK_INT(cgroup_wait_read(w), 1);
	usleep(50000);
	CHECK(is_readable(w));
	CHECK_INT(cgroup_wait_read(w), 1);
	later = true;
	usleep(50000);
	CHECK_INT(cgroup_wait_read(w), 2);
	CHECK_STR(cgroup_wait_path(w), at("/s/later"));
	CHECK(take("/s/later") && take("/s/other"));
	cgroup_wait_read(w);
	CHECK_STR(cgroup_wait_path(w), NULL);
	CHECK(take("/s"));
	cgroup_wait_free(w);
}

/* At every moment of its coming and going, and more of them than one read has. */
static void test_each_is_counted(void)
{
	const uint64_t rounds = 400;
	struct cgroup_wait *w = wait_for(at("/a"));
	pid_t child = fork();
	uint64_t i;
	int status;

	if (!child) {
		for (i = 0; i < rounds; i++) {
			make("/a");
			usleep(i % 4 * 100);
			take("/a");
			usleep(i % 3 * 100);
		}
		_exit(0);
	}
	while (!waitpid(child, &status, WNOHANG)) {
		cgroup_wait_read(w);
		usleep(500);
	}
	CHECK_INT(cgroup_wait_read(w), rounds);
	CHECK_STR(cgroup_wait_path(w), NULL);
	cgroup_wait_free(w);
}

/* watches: how many inotify has room for. In a child of its own, since the limit is that
 * of a user namespace. */
static void with_few(unsigned int watches, void (*run)(void))
{
	static const char *const limit = "/proc/sys/user/max_inotify_watches";
	FILE *f;
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		f = unshare(CLONE_NEWUSER) ? NULL : fopen("/proc/self/uid_map", "we");
		if (!f || fputs("0 0 1", f) < 0 || fclose(f))
			_exit(77);
		f = fopen(limit, "we");
		if (!f || fprintf(f, "%u", watches) < 0 || fclose(f))
			_exit(77);
		run();
		fflush(stdout);
		_exit(unit_failures != 0);
	}
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		SKIP("needs a user namespace");
	CHECK_INT(status, 0);
}

static void see_without_watches(void)
{
	struct cgroup_wait *w;
	int i;

	w = wait_for(at("/other/a"));
	CHECK(cgroup_wait_fault(w));
	for (i = 1; i <= 2; i++) {
		CHECK_STR(cgroup_wait_path(w), NULL);
		CHECK(make("/other/a") && make("/b"));
		usleep(300000);
		cgroup_wait_read(w);
		usleep(300000); /* it is looked for from time to time, whatever is told meanwhile */
		CHECK_INT(cgroup_wait_read(w), i);
		CHECK_STR(cgroup_wait_path(w), at("/other/a"));
		CHECK(take("/other/a") && take("/b"));
		usleep(600000);
		CHECK_INT(cgroup_wait_read(w), i);
	}
	cgroup_wait_free(w);
}

static void test_few_watches(void)
{
	CHECK(make("/other"));
	with_few(0, see_without_watches);
	with_few(2, see_without_watches);
	CHECK(take("/other"));
}

/* So many that the kernel does not keep them until they are read. */
static void test_overflow(void)
{
	struct cgroup_wait *w;
	unsigned int limit = 0, i;
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "re");

	if (!f || fscanf(f, "%u", &limit) != 1 || limit > 100000)
		SKIP("the kernel keeps too many");
	fclose(f);
	w = wait_for("leakaudit-wait.service");
	CHECK(!cgroup_wait_fault(w));
	CHECK(make("/s") && make("/s/leakaudit-wait.service"));
	CHECK_INT(cgroup_wait_read(w), 1);
	for (i = 0; i < limit; i++)
		if (!make("/a") || !take("/a"))
			break;
	CHECK(take("/s/leakaudit-wait.service") && take("/s"));
	CHECK(make("/leakaudit-wait.service"));
	cgroup_wait_read(w);
	CHECK(cgroup_wait_fault(w));
	CHECK_STR(cgroup_wait_path(w), at("/leakaudit-wait.service"));
	CHECK(take("/leakaudit-wait.service"));
	cgroup_wait_read(w);
	CHECK_STR(cgroup_wait_path(w), NULL);
	cgroup_wait_free(w);
}

UNIT_TREE(path)
UNIT_TREE(name)
UNIT_TREE(what_is_no_name)
UNIT_TREE(each_is_counted)
UNIT_TREE(few_watches)
UNIT_TREE(overflow)

UNIT_MAIN("cgroup_wait", { "path", tree_path }, { "name", tree_name },
	  { "what_is_no_name", tree_what_is_no_name }, { "each_is_counted", tree_each_is_counted },
	  { "few_watches", tree_few_watches }, { "overflow", tree_overflow })
