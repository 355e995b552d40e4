/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guard: programs and facts that are pinned, and so go on dropping with no process
 * of ours alive. It comes into being beside its name, and takes the name when
 * everything holds; of two under one name, both drop until the old one is gone.
 */
#pragma once

#include <limits.h>

#include "pins.h"

struct guard {
	char name[PINS_NAME_MAX];
	char dir[PATH_MAX]; /* what it is called now */
	char pins[32]; /* the same directory, whatever it is called: by its descriptor */
	struct pins_meta meta;
	struct policy policy; /* of an adopted one */
	bool adopted;
	bool held; /* it has its name: what is pinned stays when we go */
	int lock; /* its directory, open */
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

/* The guard of that scope or, but for the host's, of one that it lies in or (a service
 * that does not run yet) is named after; if there is one that can be read. */
bool guard_find(const struct scope *scope, char *name, size_t size);

/* Whether it still has its name: it may have been released or replaced. */
bool guard_holds(const struct guard *g);

/* What was not made to hold is taken away again. */
void guard_free(struct guard *g);

static inline void guard_freep(struct guard **g)
{
	guard_free(*g);
}

/* NAME, or NAME+new: what is left of one that was killed while it was made, and no more. -ENOENT:
 * no guard of that name; -EBUSY as guard_make() has it. */
int guard_release(const char *name, struct fault *f);
