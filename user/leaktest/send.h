/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code of the sending processes. They inherit the plan and the maps. */
#pragma once

#include "datapath/datapath.h"
#include "plan.h"

/* In memory shared with them. */
struct probe_shared {
	/* a packet to ourselves, which proves that the hook sees what is sent */
	struct probe_sock control;
	struct probe_attempt attempts[];
};

/* Sends all probes except lookups at once. Returns after wait_ms, when packets have left. */
void probe_send_all(const struct datapath *k, const struct probe_plan *plan,
		    struct probe_shared *shared, int wait_ms);

/* Looks up a name with the C library, which may take seconds. */
void probe_look_up(const struct datapath *k, const struct probe *p, struct probe_attempt *r);

/* Reads where the cgroup hook saw the socket's last packet. */
void probe_read_path(const struct datapath *k, int fd, struct probe_sock *sock);
