/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may send a tunnel's outer packets: the process that holds a tun device, or the kernel, to
 * remote addresses that were configured.
 */
#pragma once

#include "network/links.h"
#include "network/nl.h"
#include "core/tables.h"

/* A process, distinguished from a later one with its pid. */
struct transport_holder {
	uint32_t tgid; /* in our pid namespace */
	/* start time in ticks of USER_HZ since boot: field 22 of /proc/PID/stat */
	uint64_t start_ticks;
	bool same_pidns; /* tgid is the same in the initial pid namespace */
};

/*
 * Walks through /proc once for the holders of all tun devices of this namespace that are tunnels,
 * and calls fn for each; a device may have several. It takes 5 to 10 us for each open file of the
 * machine, 20 to 40 ms with 400 processes. So call it once at start, later when a tun comes up.
 * Returns the number of holders or -errno.
 */
typedef int transport_holder_fn(void *arg, const struct link *link,
				const struct transport_holder *holder);
int transport_holders(const struct links *l, transport_holder_fn *fn, void *arg);

/*
 * The same for taps that are exposed, as transport_is_tap() knows them: a user-mode network's
 * process holds one, and sends what comes out of it by sockets of its own.
 */
int transport_tap_holders(const struct links *l, transport_holder_fn *fn, void *arg);
bool transport_is_tap(const struct link *link);

/* Whether the process holds no device of another namespace. False, too, where that is not known. */
bool transport_holds_only(const struct netns *ns, pid_t pid);

/*
 * Calls fn for each TCP and UDP socket of the holder with a remote address: an endpoint with its
 * cookie, ready for the map of endpoints. An unconnected UDP socket has address and port 0: its
 * remote address is only known from its packets, which come from sport. The sockets are searched in
 * ns, which need not be the tunnel's. Returns their number or -errno.
 */
typedef int transport_endpoint_fn(void *arg, const struct la_endpoint *ep, uint32_t mark,
				  uint16_t sport);
int transport_sockets(const struct transport_holder *h, const struct netns *ns,
		      transport_endpoint_fn *fn, void *arg);

/* A socket by which a process may send. */
struct transport_socket {
	struct la_endpoint to; /* see transport_sockets() */
	struct la_addr from; /* all zero: any */
	uint16_t port;
	uint32_t mark, ifindex; /* 0: none */
};

/* The same sockets with what each is bound to. */
typedef int transport_socket_fn(void *arg, const struct transport_socket *s);
int transport_bound_sockets(const struct transport_holder *h, const struct netns *ns,
			    transport_socket_fn *fn, void *arg);

/*
 * Calls fn for each remote address of a tunnel that the kernel itself carries: WireGuard peers
 * (with the firewall mark of their packets; 0: none), and the remote of ipip, sit, gre, ip6tnl.
 * Their packets have no process's socket: cookie and sport are 0. Returns their number (0 for other
 * kinds) or -errno.
 */
int transport_kernel(const struct links *l, const struct link *link, transport_endpoint_fn *fn,
		     void *arg);

/*
 * Asks a holder that carries WireGuard itself, and calls fn for each remote address of its peers,
 * without a cookie. -ENOENT: it has no control socket. -EPERM: it is not root's. Returns their
 * number or -errno.
 */
int transport_uapi(const struct link *link, const struct transport_holder *h,
		   transport_endpoint_fn *fn, void *arg);
/* The same of an answer, which is changed. */
int transport_uapi_parse(char *answer, transport_endpoint_fn *fn, void *arg);

/*
 * Reads the configuration of a holder that is nebula or tinc, and calls fn for each address of a
 * peer that it has for UDP, without a cookie. -ENOENT: it is neither, or has none. -EPERM: it is
 * not root's alone. Returns their number or -errno.
 */
int transport_config(const struct transport_holder *h, transport_endpoint_fn *fn, void *arg);
/* The same of a file's text, which is changed: of nebula, and of one of tinc's hosts. */
int transport_nebula_parse(char *text, transport_endpoint_fn *fn, void *arg);
int transport_tinc_parse(char *text, transport_endpoint_fn *fn, void *arg);

/*
 * Calls fn if the text, which is changed, is "192.0.2.1:51820" or "[2001:db8::1]:51820". Returns 1;
 * 0: it is neither; or what fn returned if that is an error.
 */
int transport_take_endpoint(char *text, transport_endpoint_fn *fn, void *arg);

/*
 * Calls fn for each remote address of a namespace's IPsec, from its security associations: of ESP,
 * with port 0, or of the UDP that encapsulates it. Makes no query that would load a module. Returns
 * their number or -errno.
 */
int transport_ipsec(const struct netns *ns, transport_endpoint_fn *fn, void *arg);

/*
 * Whether these may have changed since the last call. *news: NULL at first, to be freed by
 * nl_free(); as long as it is, nobody tells.
 */
bool transport_ipsec_changed(struct nl **news, const struct netns *ns);
