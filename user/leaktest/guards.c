/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guards.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "core/event.h"
#include "datapath/programs.h"
#include "datapath/tc_look.h"
#include "network/netns.h"
#include "base/util.h"

struct table {
	struct la_flow *v;
	uint32_t n, id; /* id of the map, which identifies its programs */
	uint32_t drops; /* bits of enum la_class */
};

struct probe_guards {
	struct table tables[PROGRAMS_MAX];
	size_t n;
	char foreign[BPF_OBJ_NAME_LEN];
};

/* Reads the flow table of a leakaudit. */
static bool map_table(const struct program *p, struct table *ret)
{
	struct bpf_map_info info;
	_cleanup_(closep) int fd = program_flows(p, &info);
	void *at;

	if (fd < 0)
		return false;
	at = mmap(NULL, (size_t)info.max_entries * sizeof(struct la_flow), PROT_READ, MAP_SHARED,
		  fd, 0);
	if (at == MAP_FAILED)
		return false;
	*ret = (struct table){ at, info.max_entries, info.id, program_drops(p) };
	return true;
}

static void add_program(struct probe_guards *g, uint32_t id)
{
	struct program p;

	if (!program_describe(id, &p))
		return;
	if (map_table(&p, &g->tables[g->n]))
		g->n++;
	else if (!g->foreign[0])
		snprintf(g->foreign, sizeof(g->foreign), "%s", p.name);
}

int probe_guards_open(struct probe_guards **ret, int cgroup)
{
	_cleanup_(probe_guards_freep) struct probe_guards *g = calloc(1, sizeof(*g));
	struct programs own, all;
	uint32_t i;
	int r;

	if (!g)
		return -ENOMEM;
	r = programs_query(cgroup, BPF_CGROUP_INET_EGRESS, 0, &own);
	if (!r)
		r = programs_query(cgroup, BPF_CGROUP_INET_EGRESS, BPF_F_QUERY_EFFECTIVE, &all);
	if (r)
		return r;
	for (i = 0; i < all.n; i++)
		if (!programs_has(&own, all.id[i]))
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
	_cleanup_(netns_freep) struct netns *here = NULL;
	struct programs there;
	struct tc_look look;
	struct program p;
	uint32_t i, k;

	if (netns_open_self(&here))
		return false;
	tc_look_begin(&look, here);
	tc_look_programs(&look, ifindex, &there); /* what could not be read proves nothing */
	tc_look_end(&look);
	for (i = 0; i < there.n; i++)
		for (k = 0; program_describe(there.id[i], &p) && k < p.n_maps; k++)
			if (p.maps[k] == t->id)
				return true;
	return false;
}

static bool stops_family(const struct table *t, uint8_t family)
{
	return t->drops & 1U << (family == 6 ? LA_CLASS_IPV6 : LA_CLASS_IPV4);
}

bool probe_guards_stopped(const struct probe_guards *g, uint64_t cookie, uint32_t ifindex,
			  uint8_t family)
{
	size_t i;

	for (i = 0; i < g->n && cookie; i++)
		if (has_stopped(&g->tables[i], cookie) &&
		    (!ifindex || is_at_tc(&g->tables[i], ifindex)) &&
		    (!family || stops_family(&g->tables[i], family)))
			return true;
	return false;
}

bool probe_guards_claim(const struct probe_guards *g, uint32_t ifindex, uint8_t family)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (stops_family(&g->tables[i], family) && is_at_tc(&g->tables[i], ifindex))
			return true;
	return false;
}

bool probe_guards_any(const struct probe_guards *g)
{
	return g->n;
}

const char *probe_guards_foreign(const struct probe_guards *g)
{
	return g->foreign[0] ? g->foreign : NULL;
}
