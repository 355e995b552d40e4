/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guards.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "core/event.h"
#include "datapath/tcx.h"
#include "base/util.h"

#define PROGRAMS_MAX 64 /* BPF_CGROUP_MAX_PROGS */
#define MAPS_MAX 64

struct table {
	struct la_flow *v;
	uint32_t n, id; /* id of the map, which identifies its programs */
};

struct probe_guards {
	struct table tables[PROGRAMS_MAX];
	size_t n;
	char foreign[BPF_OBJ_NAME_LEN];
};

struct programs {
	uint32_t id[PROGRAMS_MAX], n;
};

/* target: a cgroup's descriptor or an ifindex */
static int query(int target, int where, uint32_t flags, struct programs *ret)
{
	uint32_t attach_flags;

	ret->n = ARRAY_SIZE(ret->id);
	return bpf_prog_query(target, where, flags, &attach_flags, ret->id, &ret->n) ? -errno : 0;
}

static bool has(const struct programs *p, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < p->n; i++)
		if (p->id[i] == id)
			return true;
	return false;
}

/* Finds the flow table of a leakaudit, by its name and the size of its records. */
static bool map_table(uint32_t id, struct table *ret)
{
	_cleanup_(closep) int fd = bpf_map_get_fd_by_id(id);
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	void *at;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || strcmp(info.name, "la_flows") ||
	    info.type != BPF_MAP_TYPE_ARRAY || info.value_size != sizeof(struct la_flow))
		return false;
	at = mmap(NULL, (size_t)info.max_entries * sizeof(struct la_flow), PROT_READ, MAP_SHARED,
		  fd, 0);
	if (at == MAP_FAILED)
		return false;
	*ret = (struct table){ at, info.max_entries, id };
	return true;
}

static bool describe(uint32_t id, struct bpf_prog_info *info, uint32_t maps[MAPS_MAX])
{
	_cleanup_(closep) int fd = bpf_prog_get_fd_by_id(id);
	uint32_t len = sizeof(*info);

	*info = (struct bpf_prog_info){ .map_ids = (uintptr_t)maps, .nr_map_ids = MAPS_MAX };
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, info, &len))
		return false;
	info->nr_map_ids = MIN(info->nr_map_ids, MAPS_MAX);
	return true;
}

static void add_program(struct probe_guards *g, uint32_t id)
{
	struct bpf_prog_info info;
	uint32_t maps[MAPS_MAX], i;

	if (!describe(id, &info, maps))
		return;
	for (i = 0; i < info.nr_map_ids; i++)
		if (map_table(maps[i], &g->tables[g->n])) {
			g->n++;
			return;
		}
	if (!g->foreign[0])
		snprintf(g->foreign, sizeof(g->foreign), "%s", info.name);
}

int probe_guards_open(struct probe_guards **ret, int cgroup)
{
	_cleanup_(probe_guards_freep) struct probe_guards *g = calloc(1, sizeof(*g));
	struct programs own, all;
	uint32_t i;
	int r;

	if (!g)
		return -ENOMEM;
	r = query(cgroup, BPF_CGROUP_INET_EGRESS, 0, &own);
	if (!r)
		r = query(cgroup, BPF_CGROUP_INET_EGRESS, BPF_F_QUERY_EFFECTIVE, &all);
	if (r)
		return r;
	for (i = 0; i < all.n; i++)
		if (!has(&own, all.id[i]))
			add_program(g, all.id[i]);
	*ret = take_ptr(g);
	return 0;
}

void probe_guards_free(struct probe_guards *g)
{
	if (!g)
		return;
	while (g->n--)
		munmap(g->tables[g->n].v, g->tables[g->n].n * sizeof(struct la_flow));
	free(g);
}

static bool has_stopped(const struct table *t, uint64_t cookie)
{
	bool stopped = false;
	uint32_t i;

	for (i = 0; i < t->n; i++) {
		const struct la_flow *f = &t->v[i];

		if (f->state != LA_FLOW_LIVE && f->state != LA_FLOW_CLOSING)
			continue;
		if (f->key.cookie != cookie)
			continue;
		if (f->packets)
			return false;
		stopped |= f->dropped_packets > 0;
	}
	return stopped;
}

/*
 * At TC, our own hook runs first and ends the walk, so the other leakaudit's record does not have
 * what it would have stopped.
 */
static bool is_at_tc(const struct table *t, uint32_t ifindex)
{
	struct bpf_prog_info info;
	struct programs there;
	uint32_t maps[MAPS_MAX], i, k;

	if (query((int)ifindex, TCX_EGRESS, 0, &there))
		return false;
	for (i = 0; i < there.n; i++)
		for (k = 0; describe(there.id[i], &info, maps) && k < info.nr_map_ids; k++)
			if (maps[k] == t->id)
				return true;
	return false;
}

bool probe_guards_stopped(const struct probe_guards *g, uint64_t cookie, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < g->n && cookie; i++)
		if (has_stopped(&g->tables[i], cookie) &&
		    (!ifindex || is_at_tc(&g->tables[i], ifindex)))
			return true;
	return false;
}

const char *probe_guards_foreign(const struct probe_guards *g)
{
	return g->foreign[0] ? g->foreign : NULL;
}
