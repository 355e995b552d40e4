/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what each CPU has counted, and sums it up. */
#include "priv.h"

#include <errno.h>
#include <stdlib.h>

#include "leakaudit.skel.h"

int datapath_counters(const struct datapath *k, uint64_t counters[LA_COUNTER_MAX])
{
	_cleanup_(freep) uint64_t *per_cpu = calloc((size_t)k->cpus, sizeof(*per_cpu));
	uint32_t c;
	int cpu;

	if (!per_cpu)
		return -ENOMEM;
	for (c = 0; c < LA_COUNTER_MAX; c++) {
		if (bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.la_counters), &c, per_cpu))
			return -errno;
		for (cpu = 0, counters[c] = 0; cpu < k->cpus; cpu++)
			counters[c] += per_cpu[cpu];
	}
	return 0;
}

static void add_line(struct la_line_sum *to, const struct la_line_sum *from)
{
	to->skbs += from->skbs;
	to->packets += from->packets;
	to->bytes += from->bytes;
	to->repeated += from->repeated;
	to->udp_more += from->udp_more;
	to->udp_repeated += from->udp_repeated;
}

int datapath_line(const struct datapath *k, uint32_t slot, struct la_line *ret)
{
	_cleanup_(freep) struct la_line *per_cpu = calloc((size_t)k->cpus, sizeof(*per_cpu));
	int cpu;

	*ret = (struct la_line){ 0 };
	if (!per_cpu)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.la_lines), &slot, per_cpu))
		return -errno;
	for (cpu = 0; cpu < k->cpus; cpu++) {
		add_line(&ret->passed, &per_cpu[cpu].passed);
		add_line(&ret->lost, &per_cpu[cpu].lost);
	}
	return 0;
}

void datapath_sum_up(const struct datapath *k, const struct la_sum *per_cpu, struct la_sum *ret)
{
	int cpu;

	*ret = (struct la_sum){ 0 };
	for (cpu = 0; cpu < k->cpus; cpu++) {
		ret->packets += per_cpu[cpu].packets;
		ret->bytes += per_cpu[cpu].bytes;
	}
}

static int each_sum(const struct datapath *k, int fd, datapath_total_fn *fn, void *arg)
{
	_cleanup_(freep) struct la_sum *per_cpu = calloc((size_t)k->cpus, sizeof(*per_cpu));
	struct la_sum_key key, *last = NULL;

	if (!per_cpu)
		return -ENOMEM;
	for (; !bpf_map_get_next_key(fd, last, &key); last = &key) {
		struct la_sum sum;

		if (bpf_map_lookup_elem(fd, &key, per_cpu))
			continue;
		datapath_sum_up(k, per_cpu, &sum);
		fn(arg, &key, &sum);
	}
	return 0;
}

int datapath_totals(const struct datapath *k, datapath_total_fn *fn, void *arg)
{
	return each_sum(k, bpf_map__fd(k->skel->maps.la_totals), fn, arg);
}

int datapath_retained_totals(const struct datapath *k, datapath_total_fn *fn, void *arg)
{
	struct la_sum_key key, *last = NULL;
	int fd = bpf_map__fd(k->skel->maps.la_past);
	struct la_sum sum;

	for (; !bpf_map_get_next_key(fd, last, &key); last = &key)
		if (!bpf_map_lookup_elem(fd, &key, &sum))
			fn(arg, &key, &sum);
	return 0;
}

int datapath_retain_totals(struct datapath *k, const struct la_sum_key *key,
			   const struct la_sum *more)
{
	int fd = bpf_map__fd(k->skel->maps.la_past);
	struct la_sum sum = { 0 };

	bpf_map_lookup_elem(fd, key, &sum);
	sum.packets += more->packets;
	sum.bytes += more->bytes;
	return bpf_map_update_elem(fd, key, &sum, BPF_ANY) < 0 ? -errno : 0;
}

int datapath_inbound(const struct datapath *k, datapath_total_fn *fn, void *arg)
{
	return each_sum(k, bpf_map__fd(k->skel->maps.la_inbound), fn, arg);
}
