/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "entry.h"

#include <errno.h>

#include "host/cgroup.h"
#include "network/netns.h"

static const struct {
	const char *name, *words;
} states[] = {
#define X(sym, name, words) { name, words },
	GUARD_STATES(X)
#undef X
};

const char *guard_state_name(enum guard_state s)
{
	return states[s].name;
}

const char *guard_state_words(enum guard_state s)
{
	return states[s].words;
}

/* Whether the cgroup was removed. A guard of the host has one that cannot be. */
static bool is_gone(const struct pins_meta *meta)
{
	_cleanup_(closep) int fd = -1;
	struct cgroup_mounts mounts;
	int r = cgroup_mounts(&mounts);

	if (r)
		return false;
	if (mounts.n)
		r = fd = cgroup_open_id(cgroup_mount_of(&mounts, NULL)->fd, meta->scope_id);
	cgroup_mounts_clear(&mounts);
	return r == -ESTALE || r == -ENOENT;
}

/* Whether there is another one at its path, which is its scope then. */
static bool is_made_again(const struct pins_meta *meta)
{
	_cleanup_(scope_freep) struct scope *s = NULL;
	struct fault f = { 0 };

	return !scope_open(&s, SCOPE_CGROUP, meta->scope, &f);
}

static enum guard_state state_of(int r, struct guard_entry *e)
{
	if (r)
		return r == -ESTALE ? GUARD_FOREIGN : GUARD_UNREADABLE;
	if (pins_lifted(&e->meta, &e->ago))
		return GUARD_EXPIRED;
	if (!is_gone(&e->meta))
		return GUARD_HOLDS;
	return is_made_again(&e->meta) ? GUARD_REMADE : GUARD_GONE;
}

static void read_hooks(struct guard_entry *e, const char *dir)
{
	_cleanup_(netns_freep) struct netns *here = NULL;

	e->hooked = !netns_open_self(&here) &&
		    !guard_hooks_read(dir, here->cookie,
				      e->state != GUARD_GONE && e->state != GUARD_REMADE,
				      &e->hooks);
}

void guard_entry_read(struct guard_entry *e, const char *name, const char *dir)
{
	int r = pins_read(dir, &e->meta), lock = pins_lock(dir, 0);

	e->name = name;
	e->dated = !r || r == -ESTALE;
	e->state = state_of(r, e);
	e->tallied = !r && !tally_read(dir, &e->tally);
	if (!r)
		read_hooks(e, dir);
	e->follower = lock == -EWOULDBLOCK ? pins_locker(dir) ?: -1 : 0;
	closep(&lock);
}

uint64_t guard_entry_left(const struct guard_entry *e)
{
	uint64_t now = ktime_now();

	return e->meta.deadline > now ? e->meta.deadline - now : 0;
}
