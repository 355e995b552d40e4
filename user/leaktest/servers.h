/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tunnels' own servers. A route to one of them alone is no fault, since every VPN client sets
 * it. A server is proven in one of three ways: the kernel's tunnel has it as remote address; a
 * socket of the process that holds the tunnel's device is connected to it; or packets from that
 * process's port go to it.
 */
#pragma once

#include "network/links.h"

struct probe_servers;

int probe_servers_open(struct probe_servers **ret);
void probe_servers_free(struct probe_servers *s);

static inline void probe_servers_freep(struct probe_servers **s)
{
	probe_servers_free(*s);
}

/*
 * Call it before probes are sent: packets are watched from then on. links is borrowed until the
 * next call. A server once proven stays proven, as its route stays when the tunnel is down.
 */
void probe_servers_look(struct probe_servers *s, const struct links *links);

/*
 * Whether the address is a server's. If only a packet can prove it, waits for one for a short time.
 */
bool probe_servers_has(struct probe_servers *s, const struct la_addr *addr);
