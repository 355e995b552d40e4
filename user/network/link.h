/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interface: plain data, filled by links.c, and functions of that data alone. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* An address of the interface, and the prefix that it makes reachable there. */
struct link_addr {
	struct la_addr addr;
	/* not masked; on a point-to-point link the prefix of the remote address */
	struct link_prefix net;
	uint8_t family; /* 4 or 6 */
};

/* What the interface itself has counted of that which it has sent. */
struct link_counters {
	uint64_t packets, bytes;
	uint64_t dropped; /* by the driver, or on the way to it */
	uint64_t errors;
};

/* IFLA_TUN_TYPE; LINK_TUN_NONE for all kinds but "tun". */
enum link_tun { LINK_TUN_NONE, LINK_TUN_TUN, LINK_TUN_TAP };

struct link {
	uint32_t ifindex;
	char name[IFNAMSIZ];
	char kind[32]; /* IFLA_INFO_KIND, "" for plain devices */
	char master_kind[32]; /* IFLA_INFO_SLAVE_KIND, "" without a master */
	uint16_t arphrd;
	uint32_t flags; /* IFF_* */
	enum link_tun tun;
	enum la_role_kind role;
	bool up; /* would carry a packet now: IFF_UP, carrier and operstate are good */
	bool pppoe; /* a ppp device in a namespace that has PPPoE sessions */
	bool fixed_remote; /* ipip, gre, sit, ...: remote holds the remote address */
	bool lower_elsewhere; /* lower is an index of another namespace */
	int32_t lower_nsid; /* that one's id in this namespace */
	bool peer_elsewhere; /* veth, netkit: the other end is in another namespace */
	uint8_t l2_len; /* bytes of link header that skb->len counts at TC */
	uint32_t master; /* ifindex; 0: none */
	uint32_t lower; /* IFLA_LINK: the lower device, or the other end of a veth */
	struct la_addr remote;
	uint16_t remote_port; /* of UDP, where the tunnel sends that; else 0 */
	struct link_counters counters; /* as of the message that told it was new, or gone */
	bool counted; /* that message had them */
	bool queued; /* packets may wait in a discipline of it */
	uint32_t tx_queue_len; /* a tun keeps so many that its holder has not read */
	bool moved; /* of one that is gone: it is in another namespace now */

	struct link_addr *addrs;
	size_t n_addrs;

	/*
	 * Prefixes that are exempt as LAN on this interface. Sorted, without duplicates; empty
	 * unless the role is exposed.
	 */
	struct link_prefix *onlink;
	size_t n_onlink;

	void *user; /* for the caller; NULL at first */
};

/* Decides the role of an interface by what the user said. */
typedef enum la_role_kind link_role_fn(const void *arg, const struct link *link);

struct link_roles {
	link_role_fn *fn;
	const void *arg;
};

/* Whether TC egress is where this interface's packets are counted. */
bool link_wants_tc(const struct link *link);

/* Whether addr is in one of the link's on-link prefixes. */
bool link_is_onlink(const struct link *link, const struct la_addr *addr);

/* vlan, macvlan, ...: its packets leave as they are by the lower device. */
bool link_is_upper(const struct link *link);

/* The same, with the lower device in this namespace. */
bool link_is_stacked(const struct link *link);

/* bridge, bond, ...: its packets leave as they are by its ports. */
bool link_is_master(const struct link *link);

/* A port of a bridge, or of Open vSwitch. */
bool link_is_port(const struct link *link);

/* vxlan, gre, ...: what it sends leaves inside packets that it makes, by whatever route. */
bool link_encapsulates(const struct link *link);

/* veth, netkit: what goes out there comes in at the other end. */
bool link_is_pair(const struct link *link);
