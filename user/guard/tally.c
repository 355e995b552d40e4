/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tally.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/util.h"
#include "core/tables.h"
#include "network/netns.h"
#include "record/record.h"

static int open_map(const char *dir, const char *name, struct bpf_map_info *info)
{
	char path[PATH_MAX];
	uint32_t len = sizeof(*info);
	_cleanup_(closep) int fd = -1;

	*info = (struct bpf_map_info){ 0 };
	snprintf(path, sizeof(path), "%s/map_%s", dir, name);
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, info, &len))
		return -errno;
	return take_fd(&fd);
}

int tally_flows(const char *dir, tally_flow_fn *fn, void *arg)
{
	struct bpf_map_info info;
	_cleanup_(closep) int fd = open_map(dir, "la_flows", &info);
	const struct la_flow *v;
	size_t size, i;

	if (fd < 0)
		return fd;
	size = (size_t)info.max_entries * sizeof(*v);
	v = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (v == MAP_FAILED)
		return -errno;
	for (i = 0; i < info.max_entries; i++)
		if (__atomic_load_n(&v[i].state, __ATOMIC_ACQUIRE) != LA_FLOW_FREE)
			fn(arg, &v[i]);
	munmap((void *)v, size);
	return 0;
}

/* A tally_flow_fn. */
static void add_flow(void *arg, const struct la_flow *flow)
{
	const struct record_ends ends = record_ends(flow);
	struct tally *t = arg;

	record_add(&t->stopped, &ends.dropped);
	record_add(&t->leaked, &ends.left);
}

static void add_cell(struct tally *t, uint32_t cell, const struct la_sum *sum)
{
	/* la_cell(), read backwards */
	uint32_t verdict = cell % LA_CELL_VERDICTS;

	if (cell / LA_CELL_VERDICTS % LA_EXEMPT_MAX != LA_EXEMPT_NONE)
		return;
	if (verdict == LA_VERDICT_DROPPED)
		record_add(&t->stopped, sum);
	else if (verdict == LA_CELL_LEFT)
		record_add(&t->leaked, sum);
}

/* cpus: how many values a key has. */
static int add_sums(struct tally *t, const char *dir, const char *name, int cpus)
{
	struct bpf_map_info info;
	_cleanup_(closep) int fd = open_map(dir, name, &info);
	_cleanup_(freep) struct la_sum *v = calloc((size_t)cpus, sizeof(*v));
	struct la_sum_key key, *last = NULL;

	if (fd < 0 || !v)
		return fd < 0 ? fd : -ENOMEM;
	for (; !bpf_map_get_next_key(fd, last, &key); last = &key) {
		if (bpf_map_lookup_elem(fd, &key, v))
			continue;
		for (int cpu = 0; cpu < cpus; cpu++)
			add_cell(t, key.cell, &v[cpu]);
	}
	return 0;
}

static int add_refused(struct tally *t, const char *dir, int cpus)
{
	struct bpf_map_info info;
	_cleanup_(closep) int fd = open_map(dir, "la_counters", &info);
	_cleanup_(freep) uint64_t *v = calloc((size_t)cpus, sizeof(*v));
	uint32_t key = LA_COUNTER_REFUSED;

	if (fd < 0 || !v)
		return fd < 0 ? fd : -ENOMEM;
	if (bpf_map_lookup_elem(fd, &key, v))
		return -errno;
	for (int cpu = 0; cpu < cpus; cpu++)
		t->refused += v[cpu];
	return 0;
}

/* A role is kept when its interface is gone: then the index has no name here. */
static int add_tunnels(struct tally *t, const char *dir)
{
	_cleanup_(netns_freep) struct netns *here = NULL;
	struct bpf_map_info info;
	_cleanup_(closep) int fd = open_map(dir, "la_roles", &info);
	struct la_role_key key, *last = NULL;
	struct la_role role;
	int r = fd < 0 ? fd : netns_open_self(&here);

	if (r)
		return r;
	for (; !bpf_map_get_next_key(fd, last, &key); last = &key) {
		if (bpf_map_lookup_elem(fd, &key, &role) || role.role != LA_ROLE_TUNNEL)
			continue;
		if (key.netns != here->cookie || t->n_tunnels == TALLY_TUNNELS)
			t->elsewhere++;
		else if (if_indextoname(key.ifindex, t->tunnels[t->n_tunnels]))
			t->n_tunnels++;
	}
	return 0;
}

int tally_read(const char *dir, struct tally *ret)
{
	int cpus = libbpf_num_possible_cpus(), r;

	*ret = (struct tally){ 0 };
	if (cpus < 0)
		return cpus;
	r = tally_flows(dir, add_flow, ret);
	if (!r)
		r = add_sums(ret, dir, "la_totals", cpus);
	if (!r)
		r = add_sums(ret, dir, "la_past", 1);
	if (!r)
		r = add_refused(ret, dir, cpus);
	return r ?: add_tunnels(ret, dir);
}
