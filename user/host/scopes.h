/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scopes of a run: the host, or one or more cgroups. A scope's number is its index plus one,
 * as the programs have it. Where one is within another, what is in both belongs to the inner one.
 */
#pragma once

#include "scope.h"

struct scopes {
	struct scope *v[SCOPES_MAX];
	size_t n;
};

void scopes_clear(struct scopes *s);

/* Of all: where cgroup v2 is mounted. */
static inline const struct scope *scopes_first(const struct scopes *s)
{
	return s->v[0];
}

static inline bool scopes_is_host(const struct scopes *s)
{
	return s->v[0]->host;
}

/* Whether the cgroup of any exists. */
bool scopes_is_open(const struct scopes *s);

/* Another open scope with the same cgroup as the i-th. NULL: there is none. */
const struct scope *scopes_twin(const struct scopes *s, size_t i);

/* An open scope around the i-th. NULL: there is none. */
const struct scope *scopes_around(const struct scopes *s, size_t i);

/* The number of the scope that the process is in; 0: none. */
uint32_t scopes_of_pid(const struct scopes *s, pid_t pid);

/* The directory of a process's cgroup, with its id in *id. -1: it cannot be opened. */
int scopes_open_cgroup(const struct scopes *s, pid_t pid, uint64_t *id);

/*
 * Calls fn for each process of all, with its scope's number. Stops at the first negative return and
 * returns it. Else as scope_pids().
 */
typedef int scopes_pid_fn(void *arg, pid_t pid, uint32_t number);
int scopes_pids(const struct scopes *s, scopes_pid_fn *fn, void *arg);

/*
 * Calls fn once for each network namespace and scope that a process has, with that process. fn
 * takes ownership of ns. Returns 0, or fn's negative return. -EACCES: a process's namespace could
 * not be read; the others were.
 */
typedef int scopes_netns_fn(void *arg, struct netns *ns, pid_t pid, uint32_t number);
int scopes_netns(const struct scopes *s, scopes_netns_fn *fn, void *arg);
