/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The facts that packets are judged by: keys and values of the maps that the loader
 * fills. Byte order and units are event.h's.
 */
#ifndef LEAKAUDIT_TABLES_H
#define LEAKAUDIT_TABLES_H

#include "event.h"

/* What each packet asks first, in one word. */
struct la_epoch_word {
	__u32 epoch; /* grows whenever a fact changes: what was judged by older ones is judged anew */
	__u32 careful; /* not 0: there is more to ask, la_careful() */
};
_Static_assert(sizeof(struct la_epoch_word) == 8, "la_epoch_word is ABI");

/* The cgroup whose processes are the scope. A service that is restarted has another
 * one, and between the two none. */
#define LA_SCOPE_NONE (~0ULL)

struct la_scope {
	__u64 id;
	__u32 level; /* its depth; the root's is 0 */
	__u32 pad;
};

/* Interfaces. slot 0 is shared by all that have none of their own. */
#define LA_SLOTS 1024

struct la_role_key {
	__u64 netns;
	__u32 ifindex;
	__u32 pad;
};

struct la_role {
	__u16 slot; /* names the interface in la_onlink and la_totals; 0: shared */
	__u8 role; /* enum la_role_kind */
	__u8 l2_len; /* link header that skb->len counts at TC */
	__u8 stacked; /* another interface of the namespace sends through it */
	__u8 leaves; /* enum la_leaves */
	__u8 pad[2];
	__u64 kind; /* of the device (IFLA_INFO_KIND), as LA_KIND_TUN has it; 0: none */
};

/* Which hook sees a packet leave that was judged on an interface. */
enum la_leaves {
	LA_LEAVES_UNSEEN, /* none does, as far as is known */
	LA_LEAVES_HERE, /* TC egress of the interface */
	LA_LEAVES_BELOW, /* that of the interface which it hands the packet to, as it is */
	LA_LEAVES_PORT, /* the same, but nothing is judged there: other traffic is none of ours */
	LA_LEAVES_CARRIED, /* that of the interface by which it sends what it has put it into */
};

/*
 * Of one interface (by its slot), on each CPU: all that has passed TC egress, whoever sent
 * it. To be held against the interface's own counters. TC egress runs with softirqs
 * off, so that nobody else writes meanwhile; `lost` may be written by anybody.
 */
struct la_line {
	__u64 skbs; /* as the kernel hands them to the device: a GSO packet is one */
	__u64 packets; /* as on the wire */
	__u64 bytes; /* of skbs, link header included */
	__u64 repeated; /* bytes: what the segments of GSO packets repeat of headers */
	/* Of packets more than skbs, and of repeated: those of UDP, which a device may have
	 * segmented by the kernel while it segments TCP itself. */
	__u64 udp_more;
	__u64 udp_repeated;
	/* Dropped behind TC egress. */
	__u64 lost_skbs;
	__u64 lost_packets;
	__u64 lost_bytes;
	__u64 lost_repeated;
	__u64 lost_udp_more;
	__u64 lost_udp_repeated;
	/* The last one: what is dropped next on this CPU may be that. */
	__u64 last; /* its address in the kernel */
	__u64 last_bytes; /* of IP, as on the wire */
	__u32 last_packets;
	__u32 last_flow; /* id plus one; 0: it is of no flow */
	__u64 last_repeated;
};

/* The first seven bytes of a device's kind, as they lie in memory. */
#define LA_KINDS_MAX 16
#define LA_KIND_TUN 0x6e7574ULL /* "tun", of tap devices as well */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "amd64 and arm64 only"
#endif

/* Where in the kernel's structs a packet's device and its kind are. dev is 0 where
 * nothing is to be looked up. */
struct la_offsets {
	__u32 dev; /* in sk_buff */
	__u32 type, ops; /* in net_device: type, rtnl_link_ops */
	__u32 kind; /* in rtnl_link_ops */
};

/* LPM key of the on-link prefixes: 32 bits of slot, then the address. */
struct la_onlink_key {
	__u32 prefixlen;
	__be32 slot;
	struct la_addr addr;
};

/* One --allow: every field of value 0 (and every masked bit) matches all. */
#define LA_ALLOW_MAX 64
struct la_allow {
	struct la_addr addr;
	struct la_addr mask;
	__u16 port;
	__u8 proto;
	__u8 pad[5];
};

/* Who holds a tunnel's device, and which of its sockets carry the tunnel. */
struct la_daemon {
	__u64 netns; /* those of this namespace; 0: all */
	__u32 tgid;
	__u32 pad;
};

/* A tunnel's far end, and the one socket that may talk to it; cookie 0: packets
 * that the kernel itself makes, which have no socket of a process. */
struct la_endpoint {
	struct la_addr addr;
	__u64 cookie;
	__u16 port;
	__u8 proto;
	__u8 pad[5];
};

/* A server's name by la_name_hash(): the whole, or what any host is under. */
struct la_name {
	__u64 hash;
	__u32 under;
	__u32 pad;
};

/* What is told once and then only counted for a while: a process's connects to one
 * far end that were refused, one far end's packets that came from outside. */
struct la_rate_limited_event {
	__u64 told; /* ktime */
	__u64 untold; /* since then */
};

/* An address of the machine itself. */
struct la_local_key {
	struct la_addr addr;
	__u64 netns;
};

/* One process, a reused pid being another. */
struct la_process {
	__u64 start_ns;
	__u32 tgid;
	__u32 pad;
};

#endif
