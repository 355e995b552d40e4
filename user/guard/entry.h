/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guard as it stands: what became of it, what it has done, and who follows it. */
#pragma once

#include <sys/types.h>

#include "hooks.h"
#include "pins.h"
#include "base/text.h"
#include "tally.h"

/* What became of a guard. In the order of doubt: the first that holds is told. */
#define GUARD_STATES(X)                                                                     \
	X(FOREIGN, "other-version", "of another version: guard --replace")                  \
	X(UNREADABLE, "unreadable",                                                         \
	  "cannot be read, and may not be in force: guard --replace or --release")          \
	X(EXPIRED, "expired", "EXPIRED")                                                    \
	X(REMADE, "made-again", "its cgroup was made again, and is judged where it leaves") \
	X(GONE, "gone", "its cgroup is gone")                                               \
	X(HOLDS, "in-force", "")

enum guard_state {
#define X(sym, name, words) GUARD_##sym,
	GUARD_STATES(X)
#undef X
};

/* Its name in JSON; its words for people, "" where there is nothing to say. */
const char *guard_state_name(enum guard_state s);
const char *guard_state_words(enum guard_state s);

/* As far as it can be read. */
struct guard_entry {
	const char *name; /* borrowed */
	struct pins_meta meta;
	uint64_t gone; /* of which scopes the cgroup was removed: a bit for each */
	enum guard_state state;
	bool dated; /* since and version are known */
	bool tallied;
	struct tally tally;
	bool hooked; /* hooks are known */
	struct guard_hooks hooks;
	time_t ago; /* since it has expired */
	pid_t follower; /* -1: somebody, 0: nobody */
};

void guard_entry_read(struct guard_entry *e, const char *name, const char *dir);

/* How many scopes are named where there is little room. */
#define GUARD_SCOPES_SHOWN 4

/* Whose packets it stops: "the host", or its cgroups, at most so many of them. */
void guard_entry_say_scopes(struct text *t, const struct guard_entry *e, size_t most);

/* ns until it expires; 0: never, or it has. */
uint64_t guard_entry_left(const struct guard_entry *e);
