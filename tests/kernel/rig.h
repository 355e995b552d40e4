/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs, loaded into the kernel with the facts of ../unit/facts.h but
 * attached to nothing: packets are given to them by BPF_PROG_TEST_RUN.
 */
#pragma once

#include <stddef.h>

#include "flight.h"

struct rig;

/* Returns 0 or -errno. */
int rig_open(struct rig **ret, const struct setup *setup);
void rig_close(struct rig *r);

static inline void rig_closep(struct rig **r)
{
	rig_close(*r);
}

/* NULL, or why BPF programs cannot be loaded here. */
const char *rig_cannot(void);

/* What the interface is to be; without a role it is not known. */
int rig_set_role(struct rig *r, enum la_role_kind role);
int rig_del_role(struct rig *r);

/*
 * Gives the packets to the hook's program and takes the flow that they made
 * away again. Returns 0, -EINVAL where the kernel does not take such a packet,
 * or -EPROTO where what is left behind does not fit together, having said what.
 * What is volatile is 0 in the outcome.
 */
int rig_run(struct rig *r, enum la_hook hook, const struct flight *flight, struct outcome *o);

/* As if nobody cleaned up: flows, fragments and events are left as they are. */
int rig_send(struct rig *r, enum la_hook hook, const struct packet *packet, int32_t *returned);
int rig_give_ids(struct rig *r, uint32_t n);
const struct la_flow *rig_flows(const struct rig *r);
/* Takes the events out of the ring. Returns how many, -EPROTO where something
 * else was in it. */
int rig_drain(struct rig *r, union told *told, uint32_t max);

int rig_counters(const struct rig *r, uint64_t counters[LA_COUNTER_MAX]);
/* Of the interface with its role's slot, by cell. */
int rig_totals(const struct rig *r, enum la_hook hook, struct la_sum totals[LA_CELLS]);
/* Whether nothing is left in the tables: no flow, fragment or free id. */
bool rig_is_clean(const struct rig *r);
