/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run whose hooks outlive it: it makes a guard, or follows one. What fails has been
 * logged. */
#pragma once

#include "facts/kernel_side.h"
#include "guard/guard.h"
#include "config.h"

struct guarding {
	const struct policy *policy; /* the user's, or the followed guard's */
	char follow[PINS_NAME_MAX]; /* the guard that is to be followed; "": none */
	struct guard *guard; /* which outlives us; NULL: there is none */
};

/* The one to follow, as it was named or the scope has it. */
int guarding_find(struct guarding *g, const struct scope *scope);
/* Whether it is of the network namespace that we run in. */
int guarding_check_home(const struct guarding *g, const struct netns *home);

/* The one to be made, as it is wanted, NULL: none. The ktime of lifting itself is 0 where
 * there is no such time. */
int guarding_make(struct guarding *g, const struct watch_guard *wanted, const struct kernel_side *k,
		  uint64_t *deadline);
/* Everything of the new one is there, and holds without us from now on. */
int guarding_hold(struct guarding *g, struct datapath *k);
/* Says so; returns an enum exit_code. */
int guarding_tell(const struct guarding *g, const struct watch_guard *wanted,
		  const struct kernel_side *k);

static inline bool guarding_is_follower(const struct guarding *g)
{
	return g->guard && g->guard->adopted;
}

/* What drops goes on when the kernel's side is closed. */
void guarding_leave(const struct guarding *g, struct datapath *k);
void guarding_close(struct guarding *g);
