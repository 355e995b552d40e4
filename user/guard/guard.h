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
 * Begins a new guard. -EEXIST: a guard of that name is in force and replace is not set. -EBUSY:
 * another process has been making one for seconds. deadline: ktime; 0: none.
 */
int guard_make(struct guard **ret, const char *name, const struct scopes *scopes,
	       const struct policy *policy, uint64_t netns, uint64_t deadline, bool replace,
	       struct fault *f);

/*
 * Call it when everything is pinned: the guard takes its name, and a former one is removed. If that
 * fails, the former one stays in force.
 */
int guard_hold(struct guard *g, struct fault *f);

/* Reads the meta data of a guard. Errors are those of guard_adopt(). */
int guard_describe(const char *name, struct pins_meta *meta, struct fault *f);

/*
 * Follows a guard that is in force. -ENOENT. -ESTALE: made by another version. -EBUSY: another
 * process follows it.
 */
int guard_adopt(struct guard **ret, const char *name, struct fault *f);

/*
 * Finds a guard of that scope, and maybe of others. Otherwise, unless the scope is the host, one of
 * a cgroup around it, or for a service that is not running the one with its name. False: there is
 * none that can be read.
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

/*
 * Removes a guard. NAME+new: removes only what is left of a guard whose maker was killed. -ENOENT:
 * no guard of that name. -EBUSY as for guard_make().
 */
int guard_release(const char *name, struct fault *f);
