/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tunnels' own servers: a route to one of them alone is no fault, every VPN client
 * makes it. Proven, not guessed: the far end that the kernel's tunnel names, that the
 * socket of the process which holds the tunnel's device is connected to, or that packets
 * go to which come from this process's port.
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

/* To be called before the probes are sent: from now on the packets are watched. links
 * is borrowed until the next call. What was proven once stays so, as its route does when
 * the tunnel is down. */
void probe_servers_look(struct probe_servers *s, const struct links *links);

/* Whether that is one. Where only a packet could say so, waits for one, but not long. */
bool probe_servers_has(struct probe_servers *s, const struct la_addr *addr);
