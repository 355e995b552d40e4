/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guard: pinned programs and facts, which drop without a process of ours. It is built beside its
 * name and takes the name when it is complete. While two guards have one name, both drop.
 */
#pragma once

#include <limits.h>

#include "pins.h"

struct guard {
	char name[PINS_NAME_MAX];
	char dir[PATH_MAX]; /* its present directory */
	char pins[32]; /* the same directory by its descriptor, valid also after a rename */
	struct pins_meta meta;
	struct policy policy; /* the policy of an adopted guard */
	bool adopted;
	bool held; /* it has its name: its pins stay when we end */
	int lock; /* descriptor of its directory, with the lock */
};

/*
 * The place for a new guard. -EEXIST: one of that name holds, and replace is not
 * set; -EBUSY: somebody else makes one, and has not finished for seconds. deadline:
 * ktime, 0: none.
 */
int guard_make(struct guard **ret, const char *name, const struct scope *scope,
	       const struct policy *policy, uint64_t netns, uint64_t deadline, bool replace,
	       struct fault *f);

/* Everything of it is pinned: it takes its name, and a former one goes. Where that
 * fails, the former one holds on. */
int guard_hold(struct guard *g, struct fault *f);

/* What it is, by its own words. Errors as guard_adopt() has them. */
int guard_describe(const char *name, struct pins_meta *meta, struct fault *f);

/* Follows one that holds already. -ENOENT, -ESTALE (of another version), -EBUSY
 * (followed by another). */
int guard_adopt(struct guard **ret, const char *name, struct fault *f);

/*
 * Finds a guard of that scope. Otherwise, unless the scope is the host, one of a cgroup around it,
 * or for a service that is not running the one with its name. False: there is none that can be
 * read.
 */
bool guard_find(const struct scope *scope, char *name, size_t size);

/* Whether the guard still has its name: it may have been released or replaced. */
bool guard_holds(const struct guard *g);

/* Removes a guard that has not taken its name. */
void guard_free(struct guard *g);

static inline void guard_freep(struct guard **g)
{
	guard_free(*g);
}

/* NAME, or NAME+new: what is left of one that was killed while it was made, and no more. -ENOENT:
 * no guard of that name; -EBUSY as guard_make() has it. */
int guard_release(const char *name, struct fault *f);
