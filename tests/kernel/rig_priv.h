/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by rig.c, which sets up, and rig_run.c, which runs. */
#pragma once

#include "rig.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "core/tables.h"
#include "leakaudit.skel.h"

/* Records that a test may use at once; the rest of the table stays empty. */
#define RIG_FLOWS 64

struct rig {
	struct leakaudit_bpf *skel;
	struct ring_buffer *ring;
	struct la_flow *flows; /* the table's first RIG_FLOWS */
	int programs[2]; /* by enum la_hook */
	bool full;
	uint32_t next_id;
	union told *told; /* where events go while the ring is read */
	uint32_t n_told, max_told;
};

static inline int rig_put(const struct bpf_map *map, const void *key, const void *value)
{
	return bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY) ? -errno : 0;
}
