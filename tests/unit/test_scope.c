/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scopes: found by path, unit and pid; refused with a reason; seen to vanish. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "host/cgroup.h"
#include "netlab.h"
#include "host/scopes.h"

static char mount[256], top[64]; /* "/leakaudit-test-PID" */
static struct fault fault;
static pid_t children[8];
static size_t n_children;

static const char *below(const char *name)
{
	static char path[4][512];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s%s%s", mount, top, name);
	return path[i];
}

static bool make(const char *name)
{
	return mkdir(below(name), 0755) == 0 || errno == EEXIST;
}

static const char *setup(void)
{
	struct cgroup_mounts m = { 0 };
	size_t i;

	if (geteuid() != 0)
		return "needs root";
	if (cgroup_mounts(&m) < 0 || m.n == 0)
		return "needs a cgroup v2 mount";
	for (i = 0; i < m.n; i++)
		snprintf(mount, sizeof(mount), "%s", m.v[i].path);
	cgroup_mounts_clear(&m);
	snprintf(top, sizeof(top), "/leakaudit-test-%d", (int)getpid());
	return make("") && make("/a") && make("/ab") && make("/a/b") && make("/x") &&
			       make("/x/leakaudit-one.service") && make("/x/leakaudit-two.scope") &&
			       make("/a/leakaudit-two.scope")
		       ? NULL
		       : "cannot make cgroups";
}

static void teardown(void)
{
	static const char *const names[] = { "/a/leakaudit-two.scope",
					     "/x/leakaudit-two.scope",
					     "/x/leakaudit-one.service",
					     "/x",
					     "/a/b",
					     "/a",
					     "/ab",
					     "" };
	size_t i;
	int tries;

	while (n_children)
		netlab_end(children[--n_children]);
	for (i = 0; *mount && i < ARRAY_SIZE(names); i++) {
		/* a killed process leaves its cgroup a moment after it was waited for */
		for (tries = 0; tries < 100 && rmdir(below(names[i])) < 0 && errno == EBUSY;
		     tries++)
			usleep(10000);
	}
}

static bool join(pid_t pid, const char *name)
{
	char path[600], number[16];
	int fd, n = snprintf(number, sizeof(number), "%d", (int)pid);
	bool ok;

	snprintf(path, sizeof(path), "%s/cgroup.procs", below(name));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, number, (size_t)n) == n;
	close(fd);
	return ok;
}

static pid_t child_in(const char *name, bool netns)
{
	pid_t pid = netns ? netlab_sleeper() : fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	children[n_children++] = pid;
	CHECK(join(pid, name));
	return pid;
}

/* Opens and looks; the path is without the test's top. */
static struct scope *open_scope(enum scope_by by, const char *arg, const char *path)
{
	struct scope *s = NULL;
	struct stat st;

	memset(&fault, 'x', sizeof(fault));
	if (!CHECK_INT(scope_open(&s, by, arg, &fault), 0)) {
		printf("# %s\n", fault.reason);
		return NULL;
	}
	CHECK_STR(s->mount, mount);
	if (path)
		CHECK_STR(s->path + strlen(top), path);
	CHECK(fstat(s->fd, &st) == 0 && st.st_ino == s->id);
	return s;
}

static void test_paths(void)
{
	struct scope *s;

	s = open_scope(SCOPE_CGROUP, below("/a/b"), "/a/b");
	CHECK(s && s->level == 3 && !s->host && s->watch_fd >= 0 && !s->note);
	scope_free(s);
	scope_free(open_scope(SCOPE_CGROUP, below("/a/b") + strlen(mount), "/a/b"));
	scope_free(open_scope(SCOPE_CGROUP, below("/a/b") + strlen(mount) + 1, "/a/b"));
	scope_free(open_scope(SCOPE_CGROUP, below("//a/../a/b/"), "/a/b"));
	s = open_scope(SCOPE_HOST, NULL, NULL);
	CHECK(s && s->host && s->level == 0 && s->id == CGROUP_ROOT_ID && s->watch_fd == -1);
	CHECK_STR(s->path, "/");
	CHECK(!scope_gone(s));
	scope_free(s);
	scope_free(open_scope(SCOPE_CGROUP, mount, NULL));
}

static void refused(enum scope_by by, const char *arg, int r, const char *why)
{
	struct scope *s = NULL;

	fault_clear(&fault);
	CHECK_INT(scope_open(&s, by, arg, &fault), r);
	if (!CHECK(!s && (strstr(fault.reason, why) || strstr(fault.help, why))))
		printf("# '%s': %s\n", arg, fault.reason);
}

static void test_refused(void)
{
	char deep[5000];

	refused(SCOPE_CGROUP, below("/none"), -ENOENT, "no cgroup");
	refused(SCOPE_CGROUP, below("/a/cgroup.procs"), -ENOTDIR, "name its directory");
	refused(SCOPE_CGROUP, "", -EINVAL, "empty");
	refused(SCOPE_CGROUP, "/../../../../../etc", -EXDEV, "not a cgroup of version 2");
	if (access("/sys/fs/cgroup/memory/cgroup.procs", F_OK) == 0)
		refused(SCOPE_CGROUP, "/sys/fs/cgroup/memory", -EXDEV, "version 1");
	memset(deep, 'a', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	refused(SCOPE_CGROUP, deep, -ENAMETOOLONG, "too long for a cgroup");
	refused(SCOPE_UNIT, deep, -EINVAL, "too long");
	refused(SCOPE_UNIT, "leakaudit-none", -ENOENT, "unit 'leakaudit-none.service'");
	refused(SCOPE_UNIT, "", -EINVAL, "not the name of a unit");
	refused(SCOPE_UNIT, "/system.slice/x.service", -EINVAL, "--cgroup");
	refused(SCOPE_PID, "x", -EINVAL, "not a process id");
	refused(SCOPE_PID, "0", -EINVAL, "not a process id");
	refused(SCOPE_PID, "-1", -EINVAL, "not a process id");
	refused(SCOPE_PID, "99999999999", -EINVAL, "not a process id");
	refused(SCOPE_PID, "2147483646", -ESRCH, "no process");
}

static void test_units(void)
{
	scope_free(open_scope(SCOPE_UNIT, "leakaudit-one", "/x/leakaudit-one.service"));
	scope_free(open_scope(SCOPE_UNIT, "leakaudit-one.service", "/x/leakaudit-one.service"));
	refused(SCOPE_UNIT, "leakaudit-two.scope", -ENOTUNIQ, "there are 2 units");
	CHECK(strstr(fault.help, "/x/leakaudit-two.scope") &&
	      strstr(fault.help, "/a/leakaudit-two.scope"));
}

static void test_pid(void)
{
	pid_t pid = child_in("/a/b", false);
	char arg[16];

	snprintf(arg, sizeof(arg), "%d", (int)pid);
	scope_free(open_scope(SCOPE_PID, arg, "/a/b"));
	netlab_end(pid);
	n_children--;
	refused(SCOPE_PID, arg, -ESRCH, "no process");
	snprintf(arg, sizeof(arg), "%d", (int)getpid());
	scope_free(open_scope(SCOPE_PID, arg, NULL));
}

/* Whose a process is: the innermost scope's. */
static void test_of_pid(void)
{
	pid_t within = child_in("/a/b", false), above = child_in("/a", false),
	      beside = child_in("/ab", false);
	struct scopes s = { .v = { open_scope(SCOPE_CGROUP, below("/a"), "/a"),
				   open_scope(SCOPE_CGROUP, below("/a/b"), "/a/b") },
			    .n = 2 };

	CHECK_INT(scopes_of_pid(&s, within), 2);
	CHECK_INT(scopes_of_pid(&s, above), 1);
	CHECK_INT(scopes_of_pid(&s, beside), 0);
	CHECK_INT(scopes_of_pid(&s, getpid()), 0);
	CHECK_INT(scopes_of_pid(&s, 2147483646), 0);
	CHECK(scopes_around(&s, 1) == s.v[0] && !scopes_around(&s, 0) && !scopes_twin(&s, 0));
	scopes_clear(&s);
	s = (struct scopes){ .v = { open_scope(SCOPE_HOST, NULL, NULL) }, .n = 1 };
	CHECK_INT(scopes_of_pid(&s, beside), 1);
	scopes_clear(&s);
	netlab_end(beside);
	netlab_end(above);
	netlab_end(within);
	n_children -= 3;
}

struct seen {
	pid_t pids[64];
	size_t n;
	int limit; /* ends the walk */
};

static int see(void *arg, pid_t pid)
{
	struct seen *s = arg;

	if (s->n < ARRAY_SIZE(s->pids))
		s->pids[s->n++] = pid;
	return --s->limit == 0 ? -ECANCELED : 0;
}

static int see_netns(void *arg, struct netns *ns, pid_t pid, uint32_t number)
{
	CHECK_INT(number, 1);
	netns_free(ns);
	return see(arg, pid);
}

/* What several scopes have in common is told once for each. */
static int see_shared(void *arg, struct netns *ns, pid_t pid, uint32_t number)
{
	uint32_t *seen = arg;

	netns_free(ns);
	CHECK(pid > 0 && number >= 1 && number <= 2);
	seen[number - 1]++;
	return 0;
}

static int see_number(void *arg, pid_t pid, uint32_t number)
{
	return see_shared(arg, NULL, pid, number);
}

static void test_several_pids(void)
{
	struct scopes s = { .v = { open_scope(SCOPE_CGROUP, below("/a/b"), "/a/b"),
				   open_scope(SCOPE_CGROUP, below("/a"), "/a") },
			    .n = 2 };
	uint32_t pids[2] = { 0 }, namespaces[2] = { 0 };

	child_in("/a", false);
	child_in("/a", false);
	child_in("/a/b", false);
	CHECK_INT(scopes_pids(&s, see_number, pids), 0);
	CHECK_INT(pids[0], 1);
	CHECK_INT(pids[1], 2);
	CHECK_INT(scopes_netns(&s, see_shared, namespaces), 0);
	CHECK_INT(namespaces[0], 1);
	CHECK_INT(namespaces[1], 1);
	scopes_clear(&s);
	while (n_children)
		netlab_end(children[--n_children]);
}

static void test_pids(void)
{
	struct scope *s = open_scope(SCOPE_CGROUP, below("/a"), "/a");
	struct seen seen = { 0 };
	size_t i;

	CHECK_INT(scope_pids(s, see, &seen), 0);
	CHECK_INT(seen.n, 0);
	child_in("/a", false);
	child_in("/a/b", false);
	child_in("/a/b", true);
	child_in("/x", false);
	CHECK_INT(scope_pids(s, see, &seen), 0);
	CHECK_INT(seen.n, 3);
	for (i = 0; i < 3; i++)
		CHECK(seen.pids[i] == children[0] || seen.pids[i] == children[1] ||
		      seen.pids[i] == children[2]);
	seen = (struct seen){ 0 };
	CHECK_INT(scopes_netns(&(struct scopes){ { s }, 1 }, see_netns, &seen), 0);
	CHECK_INT(seen.n, 2);
	seen = (struct seen){ .limit = 2 };
	CHECK_INT(scope_pids(s, see, &seen), -ECANCELED);
	CHECK_INT(seen.n, 2);
	scope_free(s);
	while (n_children)
		netlab_end(children[--n_children]);
}

static void test_host_pids(void)
{
	struct scope *s = open_scope(SCOPE_HOST, NULL, NULL);
	struct seen seen = { 0 };
	size_t i;

	CHECK_INT(scopes_netns(&(struct scopes){ { s }, 1 }, see_netns, &seen), 0);
	CHECK(seen.n >= 1);
	seen = (struct seen){ 0 };
	CHECK_INT(scope_pids(s, see, &seen), 0);
	for (i = 0; i < seen.n; i++)
		CHECK(seen.pids[i] > 0);
	scope_free(s);
}

static void test_gone(void)
{
	struct scope *s = open_scope(SCOPE_CGROUP, below("/x/leakaudit-one.service"), NULL);
	struct pollfd p = { .fd = s->watch_fd, .events = POLLIN };

	CHECK_INT(poll(&p, 1, 0), 0);
	CHECK(!scope_gone(s));
	/* a sibling's end is none of ours */
	CHECK_INT(rmdir(below("/x/leakaudit-two.scope")), 0);
	CHECK_INT(poll(&p, 1, 1000), 1);
	CHECK(!scope_gone(s));
	CHECK_INT(poll(&p, 1, 0), 0);
	CHECK_INT(rmdir(below("/x/leakaudit-one.service")), 0);
	CHECK_INT(poll(&p, 1, 1000), 1);
	CHECK(scope_gone(s));
	CHECK_INT(scope_pids(s, see, &(struct seen){ 0 }), 0);
	/* back under its name it is another */
	CHECK(make("/x/leakaudit-one.service") && make("/x/leakaudit-two.scope"));
	CHECK(scope_gone(s));
	scope_free(s);
}

/* In a cgroup namespace paths start at its root; levels must not. */
static void body_nested(void)
{
	struct scope *s = NULL;

	if (!CHECK(join(getpid(), "/a")) || !CHECK_INT(unshare(CLONE_NEWCGROUP | CLONE_NEWNS), 0))
		return;
	if (CHECK_INT(scope_open(&s, SCOPE_CGROUP, below("/a/b"), &fault), 0)) {
		CHECK_INT(s->level, 3);
		CHECK(s->nested && !s->host);
	}
	scope_free(s);
}

static void test_nested(void)
{
	CHECK_INT(netlab_run(body_nested, &unit_failures), 0);
}

UNIT_TREE(paths)
UNIT_TREE(refused)
UNIT_TREE(units)
UNIT_TREE(pid)
UNIT_TREE(of_pid)
UNIT_TREE(pids)
UNIT_TREE(several_pids)
UNIT_TREE(host_pids)
UNIT_TREE(gone)
UNIT_TREE(nested)

UNIT_MAIN("scope", { "paths", tree_paths }, { "refused", tree_refused }, { "units", tree_units },
	  { "pid", tree_pid }, { "of_pid", tree_of_pid }, { "pids", tree_pids },
	  { "several_pids", tree_several_pids }, { "host_pids", tree_host_pids },
	  { "gone", tree_gone }, { "nested", tree_nested })
