/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may send a tunnel's outer packets: the process that holds a tun device,
 * or the kernel, for the far ends that it has been told.
 */
#pragma once

#include "network/links.h"
#include "core/tables.h"

/* A process, told apart from a later one with its pid. */
struct transport_holder {
	uint32_t tgid; /* in our pid namespace */
	uint64_t start_ticks; /* of USER_HZ since boot: field 22 of /proc/PID/stat */
	bool same_pidns; /* tgid is also the initial pid namespace's */
};

/*
 * Looks through /proc once for the holders of all this namespace's tun devices
 * that are tunnels, and calls fn for each (one device may have several
 * processes). Costs 5 to 10 us for each open file of the machine, 20 to 40 ms
 * with 400 processes: once for all links of a start, later when a tunnel of
 * kind tun came up. Returns the number of holders or -errno.
 */
typedef int transport_holder_fn(void *arg, const struct link *link,
				const struct transport_holder *holder);
int transport_holders(const struct links *l, transport_holder_fn *fn, void *arg);

/*
 * The holder's own TCP and UDP sockets that have a far end: one endpoint each,
 * cookie included, ready for the map of endpoints. Unconnected UDP sockets come
 * with address and port 0: their far end is only known from their packets, which
 * come from sport. The sockets are looked for in ns, which need not be the
 * tunnel's. Returns their number or -errno.
 */
typedef int transport_endpoint_fn(void *arg, const struct la_endpoint *ep, uint32_t mark,
				  uint16_t sport);
int transport_sockets(const struct transport_holder *h, const struct netns *ns,
		      transport_endpoint_fn *fn, void *arg);

/*
 * The far ends of a tunnel that the kernel itself carries: WireGuard's peers
 * (with the firewall mark of its packets, 0: none), and the remote of ipip,
 * sit, gre, ip6tnl. These packets have no socket of a process: cookie and sport are 0.
 * Returns their number, 0 for other kinds, or -errno.
 */
int transport_kernel(const struct links *l, const struct link *link, transport_endpoint_fn *fn,
		     void *arg);

/*
 * The far ends of a namespace's IPsec, by its security associations: ESP's, port 0,
 * or those of the UDP around it. Does not ask, and so load, a module that is not
 * there. Returns their number or -errno.
 */
int transport_ipsec(const struct netns *ns, transport_endpoint_fn *fn, void *arg);
