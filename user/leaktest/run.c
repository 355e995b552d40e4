/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "plan_make.h"
#include "round.h"
#include "routes.h"
#include "base/util.h"

/*
 * Packets leave when they are sent, or not at all. Only answers take longer, and they do not
 * matter.
 */
#define SEND_WAIT_MS 250
/*
 * By then the senders have read their sockets. The C library waits a second for each of its
 * resolvers.
 */
#define LIMIT_MS 4000
/* So long packets may wait for a neighbour. Then we end that. */
#define SETTLE_MS 4000
#define GIVE_UP_MS 500
#define SETTLE_PAUSE_US 2000

static size_t find_lookup(const struct probe_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n && plan->v[i].kind->transport != PROBE_LOOKUP; i++)
		;
	return i; /* plan->n: none */
}

/* --- sending processes --- */

/*
 * Enters the mount namespace of the tested processes, whose resolvers are probed. Nothing from
 * there is run: the C library only reads its resolv.conf.
 */
static int enter_files(pid_t pid)
{
	_cleanup_(closep) int fd = -1;
	char path[64];

	if (!pid)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || setns(fd, CLONE_NEWNS) ? -errno : 0;
}

static void look_up(struct round *r)
{
	const struct probe_plan *plan = &r->out->plan;
	size_t i = find_lookup(plan);

	if (!enter_files(probe_hooks_pid(r->cfg->hooks)))
		probe_look_up(probe_hooks_datapath(r->cfg->hooks), &plan->v[i],
			      &r->shared->attempts[i]);
}

static void send_all(struct round *r)
{
	probe_send_all(probe_hooks_datapath(r->cfg->hooks), &r->out->plan, r->shared, SEND_WAIT_MS);
}

/*
 * Starts a sending process. It sends nothing before it is told that it is in the cgroup where all
 * is stopped.
 */
static int start(struct round *r, void (*work)(struct round *r))
{
	pid_t parent = getpid(), pid = fork();
	sigset_t none;
	char go;

	if (pid < 0)
		return -errno;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGINT, SIG_IGN); /* sent by the terminal; we end the child */
		close(r->go[1]);
		if (getppid() == parent && read(r->go[0], &go, 1) == 1)
			work(r);
		_exit(0);
	}
	r->children[r->n++] = pid;
	return probe_cgroup_enter(probe_hooks_cgroup(r->cfg->hooks), pid);
}

/* Whether all have ended. */
static bool reap(struct round *r)
{
	size_t i = 0;

	while (i < r->n) {
		if (waitpid(r->children[i], NULL, WNOHANG) == r->children[i])
			r->children[i] = r->children[--r->n];
		else
			i++;
	}
	return !r->n;
}

static int await(struct round *r)
{
	int64_t end = ktime_ms() + LIMIT_MS, left;

	while (!reap(r) && (left = end - ktime_ms()) > 0) {
		struct timespec ts = { left / 1000, left % 1000 * 1000000 };
		int sig = sigtimedwait(r->cfg->wake, NULL, &ts);

		if (sig > 0 && sig != SIGCHLD) {
			raise(sig); /* leave it for our caller */
			return -EINTR;
		}
	}
	return 0;
}

static void end_children(struct round *r)
{
	while (r->n) {
		pid_t pid = r->children[--r->n];

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

/* Whether all packets have come to their end before that time. */
static bool settles(const struct round *r, int64_t end)
{
	while (probe_hooks_pending(r->cfg->hooks)) {
		if (ktime_ms() >= end)
			return false;
		usleep(SETTLE_PAUSE_US);
	}
	return true;
}

/*
 * Whoever has sent them has ended, but a packet may wait for a neighbour. It would leave when the
 * neighbour answers, even after our end. The kernel gives one up after three seconds, by default.
 */
static void settle(struct round *r)
{
	const struct netns *ns = probe_hooks_netns(r->cfg->hooks);
	const struct probe_plan *plan = &r->out->plan;
	int64_t now = ktime_ms();
	size_t i;

	probe_neighbours_read(&r->neighbours, ns);
	for (i = 0; i < plan->n && r->cfg->drop; i++)
		if (probe_is_made_up(&plan->v[i]))
			probe_neighbours_give_up(r->neighbours, ns, &plan->v[i].to);
	if (settles(r, now + SETTLE_MS) || !r->cfg->drop)
		return;
	probe_neighbours_give_up(r->neighbours, ns, NULL);
	settles(r, now + SETTLE_MS + GIVE_UP_MS);
}

static int send_round(struct round *r, struct fault *f)
{
	struct probe_plan *plan = &r->out->plan;
	size_t lookup = find_lookup(plan);
	int err;

	if (pipe2(r->go, O_CLOEXEC))
		return -errno;
	err = start(r, send_all);
	if (!err && lookup < plan->n) {
		if (plan->local_resolver && r->cfg->drop)
			r->shared->attempts[lookup].stage = PROBE_LOCAL;
		else
			err = start(r, look_up);
	}
	if (err)
		fault_say(f, err, "cannot move the probes into their cgroup: %s", strerror(-err));
	if (!err && write(r->go[1], "go", r->n) != (ssize_t)r->n)
		err = -errno;
	closep(&r->go[1]); /* a child that gets no byte ends */
	if (!err)
		err = await(r);
	end_children(r);
	closep(&r->go[0]);
	settle(r);
	return err;
}

/* --- resolvers of the tested processes --- */

static int read_resolvers(struct probe_hooks *h, struct resolv_conf *ret)
{
	static const struct la_addr any;
	struct resolv_conf *shared;
	pid_t pid;

	resolv_conf_init(ret);
	if (!probe_hooks_pid(h)) {
		resolv_conf_has(ret, &any, NSEC_PER_SEC);
		return 0;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return -errno;
	pid = fork();
	if (!pid) {
		resolv_conf_init(shared);
		if (!enter_files(probe_hooks_pid(h)))
			resolv_conf_has(shared, &any, NSEC_PER_SEC);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	*ret = *shared;
	munmap(shared, sizeof(*shared));
	return pid < 0 ? -ENOMEM : 0;
}

static int make_plan(struct round *r)
{
	const struct probe_run_config *cfg = r->cfg;
	struct resolv_conf resolvers;
	int err = links_open(&r->links, probe_hooks_netns(cfg->hooks),
			     policy_roles(cfg->policy, true), NULL, NULL);

	if (!err)
		err = read_resolvers(cfg->hooks, &resolvers);
	return err ?: probe_plan_make(&r->out->plan, &cfg->plan, r->links, &resolvers);
}

static void look_for_servers(const struct round *r)
{
	const struct probe_plan *plan = &r->out->plan;
	size_t i;

	for (i = 0; i < plan->n && !probe_route_is_host(&plan->v[i]); i++)
		;
	if (i < plan->n)
		probe_servers_look(r->cfg->servers, r->links);
}

int probe_run(struct probe_round *ret, const struct probe_run_config *cfg, struct fault *f)
{
	struct round r = { .cfg = cfg, .out = ret, .go = { -1, -1 } };
	int err;

	*ret = (struct probe_round){ 0 };
	fault_clear(f);
	err = make_plan(&r);
	if (!err)
		look_for_servers(&r);
	if (!err) /* as late as possible, so that it still holds when they send */
		err = probe_hooks_check(cfg->hooks, f);
	if (!err) {
		r.size = sizeof(*r.shared) + ret->plan.n * sizeof(r.shared->attempts[0]);
		r.shared = mmap(NULL, r.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				-1, 0);
		err = r.shared == MAP_FAILED ? -errno : send_round(&r, f);
		if (!err)
			err = probe_round_evaluate(&r);
		probe_hooks_forget(cfg->hooks);
		if (r.shared != MAP_FAILED)
			munmap(r.shared, r.size);
	}
	probe_neighbours_free(r.neighbours);
	links_free(r.links);
	if (!err)
		return 0;
	probe_round_free(ret);
	return fault_unsaid(f, err, "cannot test: %s", strerror(-err));
}

void probe_round_free(struct probe_round *r)
{
	probe_plan_free(&r->plan);
	free(r->results);
	*r = (struct probe_round){ 0 };
}
