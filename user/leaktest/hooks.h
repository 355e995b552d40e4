/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's side of the test: programs on the test's cgroup and at TC, and what they recorded of
 * each socket.
 */
#pragma once

#include "datapath/attach.h"
#include "facts/cause.h"
#include "cgroup.h"
#include "send.h"

struct probe_hooks;

struct probe_hooks_config {
	struct scope_target target; /* whose policy is tested; the host: our own namespace */
	const struct policy *policy; /* packets that it exempts are stopped as well */
	bool drop;
	enum tc_mode tc;
	const char *btf;
};

/* Errors are those of datapath_open(). */
int probe_hooks_open(struct probe_hooks **ret, const struct probe_hooks_config *cfg,
		     struct fault *f);
/* Call it when no process of the test is left. */
void probe_hooks_free(struct probe_hooks *h);

static inline void probe_hooks_freep(struct probe_hooks **h)
{
	probe_hooks_free(*h);
}

/* Handles changes. 0, or -ENOLINK: nothing may be sent now. */
int probe_hooks_check(struct probe_hooks *h, struct fault *f);

const struct datapath *probe_hooks_datapath(const struct probe_hooks *h);
const struct probe_cgroup *probe_hooks_cgroup(const struct probe_hooks *h);
const struct netns *probe_hooks_netns(const struct probe_hooks *h);
/* The process whose resolv.conf is used; 0: ours. */
pid_t probe_hooks_pid(const struct probe_hooks *h);
const char *probe_hooks_scope(const struct probe_hooks *h); /* "host" or the path of the cgroup */
const char *probe_hooks_ifname(const struct probe_hooks *h, uint32_t ifindex); /* NULL: unknown */

/* Reads the events of the round. */
void probe_hooks_drain(struct probe_hooks *h);

/*
 * The record of a probe's packets on an exposed interface, a leak (or what would be one) before
 * others. NULL: none.
 */
const struct la_flow *probe_hooks_flow(const struct probe_hooks *h, const struct probe_attempt *r);
/* The same for a socket that none of these attempts has: a lookup closes sockets that fail. */
const struct la_flow *probe_hooks_stray(const struct probe_hooks *h, const struct probe_attempt *r,
					size_t n);
/* The record of a connect or send that the programs have refused, since it could only leak. */
const struct la_flow *probe_hooks_refused(const struct probe_hooks *h, const struct probe *p);

/* What other leakaudits on cgroups above stop. */
const struct probe_guards *probe_hooks_guards(const struct probe_hooks *h);

/*
 * How many packets of the probes are under way: judged, and neither dropped nor let out. They may
 * leave once the hooks are gone.
 */
uint64_t probe_hooks_pending(const struct probe_hooks *h);

/* A program or filter at TC, behind our hook, that may have stopped what came there. False: none. */
bool probe_hooks_followed(const struct probe_hooks *h, uint32_t ifindex, char *name, size_t size);

/* Whether another leakaudit counts the probes as well. */
bool probe_hooks_watched(const struct probe_hooks *h);

/* A program of others that may stop packets, too. NULL: none. */
const char *probe_hooks_foreign(const struct probe_hooks *h);

void probe_hooks_cause(struct probe_hooks *h, const struct la_flow *flow, struct cause *ret);

/* Frees the records of a round. */
void probe_hooks_forget(struct probe_hooks *h);
