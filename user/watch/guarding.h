/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs with a guard: making one, or following one. Errors were logged. */
#pragma once

#include "namespaces/kernel_side.h"
#include "guard/guard.h"
#include "config.h"

struct guarding {
	const struct policy *policy; /* that of the options, or of the followed guard */
	char follow[PINS_NAME_MAX]; /* the guard to follow; "": none */
	struct guard *guard; /* the guard made or followed; NULL: none */
};

/* Opens the guard to follow. */
int guarding_find(struct guarding *g);
/* The scope's cgroup is about to get its hooks: if it was made again, new ones. */
int guarding_renew(struct guarding *g, const struct scopes *scopes, size_t i, struct datapath *k,
		   struct fault *f);
/* -EINVAL: the guard was made in another network namespace than ours. */
int guarding_check_home(const struct guarding *g, const struct netns *home);

/* Begins the guard that is wanted; NULL: none is. Returns its deadline in ktime; 0: none. */
int guarding_make(struct guarding *g, const struct watch_guard *wanted, const struct kernel_side *k,
		  uint64_t *deadline);
/* The new guard is complete: puts it in force. From now on it works without us. */
int guarding_hold(struct guarding *g, struct datapath *k);
/* Prints what is in force from now on. Returns an enum exit_code. */
int guarding_print(const struct guarding *g, const struct watch_guard *wanted,
		   const struct kernel_side *k);

static inline bool guarding_is_follower(const struct guarding *g)
{
	return g->guard && g->guard->adopted;
}

/* A guard in force stays attached when the kernel's side is closed. */
void guarding_leave(const struct guarding *g, struct datapath *k);
void guarding_close(struct guarding *g);
