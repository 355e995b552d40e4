/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neighbours that do not answer, and the packets that wait for them. */
#pragma once

#include "base/addr.h"
#include "network/netns.h"

struct probe_neighbours;

/* Those that have not answered yet, or not at all. -ENOMEM or -errno. */
int probe_neighbours_read(struct probe_neighbours **ret, const struct netns *ns);
void probe_neighbours_free(struct probe_neighbours *n);

static inline void probe_neighbours_freep(struct probe_neighbours **n)
{
	probe_neighbours_free(*n);
}

/* NULL has none. */
bool probe_neighbours_has(const struct probe_neighbours *n, uint32_t ifindex,
			  const struct la_addr *addr);
bool probe_neighbours_has_any(const struct probe_neighbours *n, uint32_t ifindex,
			      unsigned int family);

/*
 * Ends the kernel's search for those with that address (NULL: for all), and with it what waits for
 * them: others send anew.
 */
void probe_neighbours_give_up(struct probe_neighbours *n, const struct netns *ns,
			      const struct la_addr *addr);
