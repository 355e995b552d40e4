/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the processes do that send: they have the plan and the maps from us. */
#pragma once

#include "datapath/datapath.h"
#include "plan.h"

/* In memory that is shared with them. */
struct probe_shared {
	struct probe_sock control; /* of a packet to ourselves: the hook sees what is sent */
	struct probe_result results[];
};

/* All but lookups, at once; returns after `wait_ms`, when all has left that would. */
void probe_send_all(const struct datapath *k, const struct probe_plan *plan,
		    struct probe_shared *shared, int wait_ms);

/* One question by the C library, which may take seconds. */
void probe_look_up(const struct datapath *k, const struct probe *p, struct probe_result *r);

/* Where the socket's last packet has met the cgroup's hook. */
void probe_read_path(const struct datapath *k, int fd, struct probe_sock *sock);
