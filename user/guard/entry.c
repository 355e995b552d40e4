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

static bool is_gone(const struct cgroup_mount *mount, uint64_t id)
{
	_cleanup_(closep) int fd = cgroup_open_id(mount->fd, id);

	return fd == -ESTALE || fd == -ENOENT;
}

/* Whose cgroup was removed. A guard of the host has one that cannot be. */
static uint64_t find_gone(const struct pins_meta *meta)
{
	struct cgroup_mounts mounts;
	uint64_t gone = 0;
	size_t i;

	if (cgroup_mounts(&mounts))
		return 0;
	for (i = 0; i < meta->n_scopes && mounts.n; i++)
		if (is_gone(cgroup_mount_of(&mounts, NULL), meta->scopes[i].id))
			gone |= 1ULL << i;
	cgroup_mounts_clear(&mounts);
	return gone;
}

/* Whether there is another one at its path, which is its scope then. */
static bool is_made_again(const struct pins_scope *of)
{
	_cleanup_(scope_freep) struct scope *s = NULL;
	struct fault f = { 0 };

	return !scope_open(&s, SCOPE_CGROUP, of->path, &f);
}

static enum guard_state state_of_scopes(const struct guard_entry *e)
{
	size_t i;

	for (i = 0; i < e->meta.n_scopes; i++)
		if (e->gone & 1ULL << i && is_made_again(&e->meta.scopes[i]))
			return GUARD_REMADE;
	return e->gone == (1ULL << e->meta.n_scopes) - 1 ? GUARD_GONE : GUARD_HOLDS;
}

static enum guard_state state_of(int r, struct guard_entry *e)
{
	if (r)
		return r == -ESTALE ? GUARD_FOREIGN : GUARD_UNREADABLE;
	if (pins_lifted(&e->meta, &e->ago))
		return GUARD_EXPIRED;
	e->gone = find_gone(&e->meta);
	return state_of_scopes(e);
}

static void read_hooks(struct guard_entry *e, const char *dir)
{
	_cleanup_(netns_freep) struct netns *here = NULL;

	e->hooked = !netns_open_self(&here) &&
		    !guard_hooks_read(dir, here->cookie, e->gone, &e->hooks);
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

void guard_entry_say_scopes(struct text *t, const struct guard_entry *e, size_t most)
{
	const struct pins_meta *m = &e->meta;
	size_t i;

	if (pins_is_host(m)) {
		text_add(t, "the host");
		return;
	}
	for (i = 0; i < m->n_scopes && i < most; i++) {
		text_add(t, "%s", i ? ", " : "");
		text_escape(t, m->scopes[i].path, false);
		if (e->state != GUARD_GONE && m->n_scopes > 1 && e->gone & 1ULL << i)
			text_add(t, " (gone)");
	}
	if (m->n_scopes > most)
		text_add(t, " and %zu more", m->n_scopes - most);
}

uint64_t guard_entry_left(const struct guard_entry *e)
{
	uint64_t now = ktime_now();

	return e->meta.deadline > now ? e->meta.deadline - now : 0;
}
