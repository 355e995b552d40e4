/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what each CPU has counted, and sums it up. */
#include "priv.h"

#include <errno.h>
#include <stdlib.h>

#include "leakaudit.skel.h"

_Static_assert(sizeof(struct la_line) >= sizeof(struct la_sum), "per_cpu has room for all tables'");

int datapath_sums_open(struct datapath *k)
{
	k->cpus = libbpf_num_possible_cpus();
	if (k->cpus < 0)
		return k->cpus;
	k->per_cpu = calloc((size_t)k->cpus, sizeof(struct la_line));
	return k->per_cpu ? 0 : -ENOMEM;
}

static int read_counter(const struct datapath *k, uint32_t counter, uint64_t *ret)
{
	const uint64_t *per_cpu = k->per_cpu;
	int cpu;

	*ret = 0;
	if (bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.la_counters), &counter, k->per_cpu))
		return -errno;
	for (cpu = 0; cpu < k->cpus; cpu++)
		*ret += per_cpu[cpu];
	return 0;
}

uint64_t datapath_counter(const struct datapath *k, uint32_t counter)
{
	uint64_t n;

	read_counter(k, counter, &n);
	return n;
}

_Static_assert(sizeof(struct la_line) >= LA_COUNTER_MAX * sizeof(uint64_t),
	       "per_cpu has room for all counters at once");

/* False: the kernel cannot, before Linux 5.13. */
static bool read_all_counters(const struct datapath *k, uint64_t counters[LA_COUNTER_MAX])
{
	const uint64_t *per_cpu = k->per_cpu;
	uint32_t keys[LA_COUNTER_MAX], next, n = LA_COUNTER_MAX, c;
	int cpu, r = bpf_map_lookup_batch(bpf_map__fd(k->skel->maps.la_counters), NULL, &next, keys,
					  k->per_cpu, &n, NULL);

	if ((r && errno != ENOENT) || n != LA_COUNTER_MAX)
		return false;
	for (c = 0; c < n; c++)
		for (counters[c] = 0, cpu = 0; cpu < k->cpus; cpu++)
			counters[c] += per_cpu[c * (uint32_t)k->cpus + (uint32_t)cpu];
	return true;
}

int datapath_counters(const struct datapath *k, uint64_t counters[LA_COUNTER_MAX])
{
	uint32_t c;
	int r = 0;

	if (read_all_counters(k, counters))
		return 0;
	for (c = 0; c < LA_COUNTER_MAX && !r; c++)
		r = read_counter(k, c, &counters[c]);
	return r;
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
	const struct la_line *per_cpu = k->per_cpu;
	int cpu;

	*ret = (struct la_line){ 0 };
	if (bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.la_lines), &slot, k->per_cpu))
		return -errno;
	for (cpu = 0; cpu < k->cpus; cpu++) {
		add_line(&ret->passed, &per_cpu[cpu].passed);
		add_line(&ret->lost, &per_cpu[cpu].lost);
	}
	return 0;
}

bool sums_next(struct sums *s, struct la_sum *ret)
{
	const struct la_sum *per_cpu = s->k->per_cpu;
	int cpu;

	do {
		if (bpf_map_get_next_key(s->fd, s->last, s->key))
			return false;
		s->last = s->key;
	} while (bpf_map_lookup_elem(s->fd, s->key, s->k->per_cpu));
	*ret = (struct la_sum){ 0 };
	for (cpu = 0; cpu < s->k->cpus; cpu++) {
		ret->packets += per_cpu[cpu].packets;
		ret->bytes += per_cpu[cpu].bytes;
	}
	return true;
}

static void each_sum(const struct datapath *k, int fd, datapath_total_fn *fn, void *arg)
{
	struct la_sum_key key;
	struct sums s = { .k = k, .fd = fd, .key = &key };
	struct la_sum sum;

	while (sums_next(&s, &sum))
		fn(arg, &key, &sum);
}

/* Nearly always there are none: looking for them at each tick would be through all buckets. */
void datapath_totals(const struct datapath *k, datapath_total_fn *fn, void *arg)
{
	if (__atomic_load_n(&k->skel->bss->la_has_totals, __ATOMIC_RELAXED))
		each_sum(k, bpf_map__fd(k->skel->maps.la_totals), fn, arg);
}

void datapath_retained_totals(const struct datapath *k, datapath_total_fn *fn, void *arg)
{
	struct la_sum_key key, *last = NULL;
	int fd = bpf_map__fd(k->skel->maps.la_past);
	struct la_sum sum;

	for (; !bpf_map_get_next_key(fd, last, &key); last = &key)
		if (!bpf_map_lookup_elem(fd, &key, &sum))
			fn(arg, &key, &sum);
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

void datapath_inbound(const struct datapath *k, datapath_total_fn *fn, void *arg)
{
	each_sum(k, bpf_map__fd(k->skel->maps.la_inbound), fn, arg);
}
