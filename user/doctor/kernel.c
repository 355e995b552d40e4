/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's features, by trying each, and then by bringing up all of leakaudit's programs. */
#include <errno.h>
#include <string.h>

#include "checkup.h"
#include "datapath/attach.h"
#include "datapath/trials.h"
#include "host/permitted.h"
#include "leaktest/cgroup.h"

#define CGROUP_BPF "a kernel with CONFIG_CGROUP_BPF=y"
#define CAPABLE "CAP_BPF and CAP_PERFMON (as root: sudo leakaudit doctor)"

static const struct {
	enum trial trial;
	const char *name, *works;
	enum grade otherwise;
	const char *follows, *remedy;
} rows[] = {
	{ TRIAL_PROGRAM, "BPF", "a program can be loaded", GRADE_FAIL, "nothing can be watched",
	  CAPABLE "; see also lockdown" },
	{ TRIAL_EGRESS, "packets of a cgroup", "a program can be attached (cgroup_skb/egress)",
	  GRADE_FAIL, "it is not seen who sends what", CGROUP_BPF },
	{ TRIAL_INGRESS, "packets to a cgroup", "a program can be attached (cgroup_skb/ingress)",
	  GRADE_LIMIT, "with --drop it is not seen who reaches the scope from outside",
	  CGROUP_BPF },
	{ TRIAL_SOCKETS, "sockets of a cgroup",
	  "programs can be attached (sock_create, sock_release)", GRADE_FAIL,
	  "the owner of a socket is not known", CGROUP_BPF },
	{ TRIAL_CALLS, "calls of a cgroup", "programs can be attached (connect, sendmsg)",
	  GRADE_FAIL, "who connects and sends is not known, and nothing can be refused",
	  CGROUP_BPF },
	{ TRIAL_BIND, "binding in a cgroup", "programs can be attached (post_bind)", GRADE_LIMIT,
	  "the sockets of this machine's resolvers are not known", CGROUP_BPF },
	{ TRIAL_OPTIONS, "options of sockets", "a program can be attached (setsockopt)", GRADE_FAIL,
	  "sockets that send past every hook are not seen", CGROUP_BPF },
	{ TRIAL_UNIX, "calls of Unix sockets", "a program can be attached (connect_unix)",
	  GRADE_LIMIT,
	  "who asks systemd-resolved or nscd by a Unix socket is not seen; where one of them runs, "
	  "the audit is incomplete",
	  "Linux 6.7 or later" },
	{ TRIAL_TCX, "tcx", "a program can be attached to an interface", GRADE_NOTE,
	  "clsact is used in its place, where programs of others may come before ours",
	  "Linux 6.6 or later" },
	{ TRIAL_CLSACT, "clsact", "a program can be attached to an interface", GRADE_NOTE,
	  "guards and --tc clsact need it where tcx cannot be used",
	  "a kernel with CONFIG_NET_CLS_BPF and CONFIG_NET_SCH_INGRESS" },
	{ TRIAL_RING, "ring buffer", "can be made", GRADE_FAIL, "no event is told",
	  "Linux 5.8 or later" },
	{ TRIAL_STORAGE, "storage of sockets", "can be made", GRADE_FAIL,
	  "the owner of a socket is not known", "a kernel with CONFIG_BPF_SYSCALL=y and BTF" },
	{ TRIAL_TABLES, "tables", "all kinds of maps can be made", GRADE_FAIL,
	  "nothing can be counted", "a kernel that is not built without them" },
	{ TRIAL_PROCESSES, "tracepoints", "programs can be attached (processes, cgroups)",
	  GRADE_FAIL, "processes that leave their cgroup are not followed",
	  "a kernel with CONFIG_BPF_EVENTS=y" },
	{ TRIAL_ITERATORS, "iterators", "tasks and their open files can be walked", GRADE_LIMIT,
	  "the owners of sockets that were open before are not known",
	  "a kernel with CONFIG_DEBUG_INFO_BTF=y" },
	{ TRIAL_LOST, "dropped packets", "a program can be attached (tp_btf/kfree_skb)",
	  GRADE_LIMIT, "what the kernel drops behind TC is told as if it had left",
	  "a kernel with CONFIG_DEBUG_INFO_BTF=y" },
	{ TRIAL_CALLER, "the sender, at egress", "a packet's program can ask who sends it",
	  GRADE_NOTE, "sendmsg() of each datagram in the scope passes one more program",
	  "Linux 6.1 or later" },
	{ TRIAL_PIN, "bpffs", "a program can be pinned in /sys/fs/bpf", GRADE_NOTE,
	  "there can be no guard; watch --drop holds only as long as it runs",
	  "mount -t bpf bpf /sys/fs/bpf" },
};

static const char *say_failure(enum trial trial, int r)
{
	switch (r) {
	case -EINVAL:
	case -EOPNOTSUPP:
		return "this kernel does not have it";
	case -ESRCH:
		return "the kernel's types (BTF) are not there, or without it";
	case -EROFS:
		return trial == TRIAL_PIN ? "/sys/fs/bpf is read-only" : strerror(-r);
	case -ENOENT:
	case -EPERM:
		return trial == TRIAL_PIN
			       ? "/sys/fs/bpf is no BPF file system that one may write to"
			       : strerror(-r);
	default:
		return strerror(-r);
	}
}

static const char *say_remedy(size_t i, int r)
{
	if (rows[i].trial == TRIAL_PIN)
		return r == -EROFS ? "mount -o remount,rw /sys/fs/bpf" : rows[i].remedy;
	return r == -EPERM || r == -EACCES ? CAPABLE : rows[i].remedy;
}

static void add_trial(struct checkup *c, size_t i, int r)
{
	struct check *check;

	if (!r) {
		checkup_add(c, rows[i].name, GRADE_OK, "%s", rows[i].works);
		return;
	}
	if (r == TRIAL_UNTRIED) {
		check = checkup_add(c, rows[i].name, GRADE_NOTE,
				    "not tried: no network namespace could be made for it");
		check_remedy(check, "CAP_SYS_ADMIN (as root: sudo leakaudit doctor)");
		return;
	}
	check = checkup_add(c, rows[i].name, rows[i].otherwise, "%s",
			    say_failure(rows[i].trial, r));
	check_follows(check, "%s", rows[i].follows);
	check_remedy(check, "%s", say_remedy(i, r));
}

static bool has_failed(const struct check *check)
{
	return check->grade != GRADE_OK && check->follows[0];
}

/* Where tcx is missing, TC needs clsact. Nothing is known where the namespace could not be made. */
static void judge_tc(struct checkup *c, size_t first)
{
	struct check *tcx = NULL;

	for (size_t i = first; i < c->n; i++) {
		if (!strcmp(c->v[i].name, "tcx"))
			tcx = &c->v[i];
		if (strcmp(c->v[i].name, "clsact") || !tcx)
			continue;
		if (has_failed(&c->v[i]) && has_failed(tcx)) {
			tcx->grade = c->v[i].grade = GRADE_FAIL;
			check_follows(&c->v[i], "what leaves by no cgroup's socket is not seen");
		}
	}
}

static void on_event(void *arg, const struct la_event_hdr *event)
{
	(void)arg;
	(void)event;
}

/* Loads all programs, and attaches those of a cgroup to one that is empty; NULL: to none. */
static int bring_up(const char *cgroup, struct fault *f)
{
	_cleanup_(netns_freep) struct netns *home = NULL;
	_cleanup_(datapath_freep) struct datapath *k = NULL;
	struct scopes scopes = { .n = 0 };
	struct policy policy = { 0 };
	struct datapath_config cfg = {
		.scopes = &scopes,
		.policy = &policy,
		.resolver_mode = policy_resolver_mode(&policy),
		.buffer = 128U << 10,
	};
	int r = scope_open(&scopes.v[0], SCOPE_CGROUP, cgroup ?: "/", f);

	scopes.n = !r;
	r = r ?: netns_open_self(&home);
	if (!r) {
		cfg.home_netns = home->cookie;
		r = datapath_open(&k, &cfg, on_event, NULL, f);
	}
	if (!r && cgroup)
		r = datapath_set_scope(k, scopes.v[0], 1);
	if (!r && cgroup) {
		r = attach_cgroup(k, scopes.v[0], 1, f);
		detach_cgroups(k);
		detach_processes(k);
	}
	scopes_clear(&scopes);
	return r;
}

static void check_all(struct checkup *c, const char *cgroup)
{
	static const char name[] = "leakaudit's programs";
	struct fault f = { 0 };
	int r = permitted("watching", &f);
	struct check *check;

	if (!r)
		r = bring_up(cgroup, &f);
	if (!r) {
		checkup_add(c, name, GRADE_OK, "all are loaded%s",
			    cgroup ? ", and attached to an empty cgroup" : "");
		return;
	}
	check = checkup_add(c, name, GRADE_FAIL, "%s", *f.reason ? f.reason : strerror(-r));
	check_follows(check, "watch, run, guard and test do not work");
	check_remedy(check, "%s", f.help);
}

/* Without the first all others fail, for the same reason. */
void check_kernel(struct checkup *c)
{
	struct probe_cgroup cgroup = { .parent = -1, .fd = -1 };
	size_t first = c->n, i;
	struct check *check;
	int made;

	trials_quiet();
	add_trial(c, 0, trial_run(TRIAL_PROGRAM, -1));
	if (c->v[first].grade != GRADE_OK) {
		check_follows(&c->v[first],
			      "nothing can be watched, and nothing more can be tried");
		return;
	}
	made = probe_cgroup_make(&cgroup, NULL);
	if (made) {
		check = checkup_add(c, "a cgroup to try in", GRADE_LIMIT, "it cannot be made: %s",
				    strerror(-made));
		check_follows(check, "run and test, which make one, do not work; what belongs to a "
				     "cgroup is not tried");
		check_remedy(check, "as root, with cgroup v2 mounted and writable");
	}
	for (i = 1; i < ARRAY_SIZE(rows); i++)
		if (!made || rows[i].trial < TRIAL_EGRESS || rows[i].trial > TRIAL_UNIX)
			add_trial(c, i, trial_run(rows[i].trial, cgroup.fd));
	judge_tc(c, first);
	check_all(c, made ? NULL : cgroup.path);
	if (!made)
		probe_cgroup_remove(&cgroup);
}
