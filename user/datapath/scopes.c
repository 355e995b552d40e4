/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which cgroups the programs take for which scope. */
#include "priv.h"

#include <errno.h>
#include <string.h>

#include "leakaudit.skel.h"
#include "renew.h"

/* The levels with one more, in their order; 0: they are too many. */
static uint64_t add_level(uint64_t levels, uint8_t level)
{
	uint8_t deepest_first[LA_SCOPE_LEVELS + 1] = { 0 };
	uint64_t ret = 0;
	size_t n = 0, i;
	bool placed = false;

	for (i = 0; i < LA_SCOPE_LEVELS; i++) {
		uint8_t one = (uint8_t)(levels >> 8 * i);

		if (one == level)
			return levels;
		if (!placed && level > one) {
			deepest_first[n++] = level;
			placed = true;
		}
		if (one)
			deepest_first[n++] = one;
	}
	if (n + !placed > LA_SCOPE_LEVELS)
		return 0;
	for (i = 0; i < LA_SCOPE_LEVELS; i++)
		ret |= (uint64_t)deepest_first[i] << 8 * i;
	return ret;
}

/* Where it may come again. A path that is too long is looked at by the follower alone. */
static int guard_path(struct datapath *k, const char *path, uint32_t number)
{
	char key[LA_GUARDED_PATH] = "";

	if (strlen(path) >= sizeof(key))
		return 0;
	memcpy(key, path, strlen(path));
	return bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_guarded), key, &number, BPF_ANY)
		       ? -errno
		       : 0;
}

bool datapath_awaits_cgroup(const struct datapath *k, const struct scope *s)
{
	char key[LA_GUARDED_PATH] = "";
	uint32_t number;

	if (!k->pins || strlen(s->path) >= sizeof(key))
		return false;
	memcpy(key, s->path, strlen(s->path));
	return !bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.la_guarded), key, &number);
}

int datapath_set_scope(struct datapath *k, const struct scope *s, uint32_t number)
{
	__u64 *levels = &k->skel->bss->la_scope_levels, added = 0;

	if (s->host)
		return 0;
	if (s->level < UINT8_MAX)
		added = add_level(*levels, (uint8_t)(s->level + 1));
	if (!added)
		return -E2BIG;
	if (bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_scopes), &s->id, &number, BPF_ANY))
		return -errno;
	__atomic_store_n(levels, added, __ATOMIC_RELEASE);
	return k->pins && !k->adopted && !s->nested ? guard_path(k, s->path, number) : 0;
}

/* The oldest makes room. */
void datapath_leave_scope(struct datapath *k, uint64_t id)
{
	uint64_t *left = &k->left_scopes[k->n_left_scopes++ % LEFT_SCOPES];

	if (*left)
		bpf_map_delete_elem(bpf_map__fd(k->skel->maps.la_scopes), left);
	*left = id;
}
