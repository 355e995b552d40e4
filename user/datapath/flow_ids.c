/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ids of flow records: what is given to the programs, and which they may have used by now.
 *
 * They take them from a stack with the low ones on top, and a record that was used has the time of
 * its flow for ever. So behind the first record of a part that has none, no other one has: but for
 * those that programs have taken at this moment, and as the part was given.
 */
#include "priv.h"

#include <errno.h>
#include <sys/mman.h>

#include "leakaudit.skel.h"

/* Records for the start. The rest is added when there is time. */
#define FIRST_FLOWS 1024
/* So many programs may each have taken a record on one CPU: one interrupts another. */
#define AT_ONCE 4

static int give_ids(struct datapath *k, uint32_t from, uint32_t to)
{
	int fd = bpf_map__fd(k->skel->maps.la_free_ids);
	uint32_t id;

	/* a stack, filled from the end: low ids are used first */
	for (id = to; id-- > from;)
		if (bpf_map_update_elem(fd, NULL, &id, BPF_ANY))
			return -errno;
	return 0;
}

int flow_ids_open(struct datapath *k)
{
	int fd = bpf_map__fd(k->skel->maps.la_flows);
	uint32_t n = bpf_map__max_entries(k->skel->maps.la_flows);
	void *at;

	at = mmap(NULL, n * sizeof(struct la_flow), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	k->flows = at;
	k->n_flows = n;
	k->used_anew = true;
	return k->adopted ? 0 : give_ids(k, 0, FIRST_FLOWS);
}

int datapath_add_free_ids(struct datapath *k)
{
	uint32_t id;
	int r;

	if (k->adopted)
		return 0;
	for (id = k->n_flows - LA_RESERVE; id < k->n_flows; id++)
		datapath_free_flow(k, id);
	r = give_ids(k, FIRST_FLOWS, k->n_flows - LA_RESERVE);
	k->used_anew = true;
	return r;
}

void datapath_free_flow(struct datapath *k, uint32_t id)
{
	if (k->reserve_full) {
		k->reserve_full--;
	} else if (bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_reserve), NULL, &id, BPF_ANY)) {
		k->reserve_full = LA_RESERVE - 1; /* -E2BIG. It is looked at again soon. */
	} else {
		return;
	}
	bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_free_ids), NULL, &id, BPF_ANY);
}

/* Where the used records of a part end that are known to end at `known` or behind. */
static uint32_t used_until(const struct datapath *k, uint32_t known, uint32_t end)
{
	uint32_t ahead = k->used_anew ? end - known : (uint32_t)k->cpus * AT_ONCE, id;

	for (id = known; id < end && id - known < ahead; id++)
		if (__atomic_load_n(&k->flows[id].opened, __ATOMIC_RELAXED))
			known = id + 1;
	return known;
}

static void look(struct datapath *k)
{
	uint32_t last = k->n_flows - LA_RESERVE;

	k->used_first = used_until(k, k->used_first, FIRST_FLOWS);
	k->used = used_until(k, MAX(k->used, FIRST_FLOWS), last);
	k->used_anew = false;
}

uint32_t datapath_next_flow(struct datapath *k, uint32_t id)
{
	if (!id)
		look(k);
	if (id >= k->used_first && id < FIRST_FLOWS)
		id = FIRST_FLOWS;
	/* of the reserve, daemons take any */
	if (id >= k->used && id < k->n_flows - LA_RESERVE)
		id = k->n_flows - LA_RESERVE;
	return id;
}
