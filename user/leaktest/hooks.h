/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's side of the test: the programs on the probes' cgroup and at TC, and
 * what they have seen of a socket. */
#pragma once

#include "datapath/attach.h"
#include "facts/cause.h"
#include "cgroup.h"
#include "send.h"

struct probe_hooks;

struct probe_hooks_config {
	enum scope_by by; /* whose policy is tested; the host: ours */
	const char *target;
	const struct policy *policy; /* whatever it exempts is stopped as well */
	bool drop;
	enum tc_mode tc;
	const char *btf;
};

/* Errors are as datapath_open() has them. */
int probe_hooks_open(struct probe_hooks **ret, const struct probe_hooks_config *cfg,
		     struct fault *f);
/* Nothing of a probe may be alive any more. */
void probe_hooks_free(struct probe_hooks *h);

static inline void probe_hooks_freep(struct probe_hooks **h)
{
	probe_hooks_free(*h);
}

/* Follows what has changed. 0, or why nothing may be sent now: -ENOLINK. */
int probe_hooks_check(struct probe_hooks *h, struct fault *f);

const struct datapath *probe_hooks_datapath(const struct probe_hooks *h);
const struct probe_cgroup *probe_hooks_cgroup(const struct probe_hooks *h);
const struct netns *probe_hooks_netns(const struct probe_hooks *h);
/* Whose files say who the resolvers are; 0: ours. */
pid_t probe_hooks_pid(const struct probe_hooks *h);
const char *probe_hooks_scope(const struct probe_hooks *h); /* "host" or the cgroup's path */
const char *probe_hooks_ifname(const struct probe_hooks *h, uint32_t ifindex); /* NULL: unknown */

/* Reads what the hooks have told since the last round. */
void probe_hooks_drain(struct probe_hooks *h);

/* The record of a probe's packets on an exposed interface: one that tells of a leak
 * (or what would have been one) before one that tells of none. NULL: none. */
const struct la_flow *probe_hooks_flow(const struct probe_hooks *h, const struct probe_result *r);
/* The same of a socket that is none of these results': a lookup closes those that fail. */
const struct la_flow *probe_hooks_stray(const struct probe_hooks *h, const struct probe_result *r,
					size_t n);
/* A connect or send that the kernel's programs have refused, as it could only leak. */
const struct la_flow *probe_hooks_refused(const struct probe_hooks *h, const struct probe *p);

/* Another leakaudit's, on a cgroup above, has stopped this socket as well; ifindex as
 * probe_guards_stopped() has it. */
bool probe_hooks_guarded(const struct probe_hooks *h, uint64_t cookie, uint32_t ifindex);

/* A program of others' there, that may stop packets too; NULL: none. */
const char *probe_hooks_foreign(const struct probe_hooks *h);

void probe_hooks_cause(struct probe_hooks *h, const struct la_flow *flow, struct cause *ret);

/* After a round: its records are given back. */
void probe_hooks_forget(struct probe_hooks *h);
