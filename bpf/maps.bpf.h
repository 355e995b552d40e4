/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* All maps, and globals that the loader sets. */
#ifndef LEAKAUDIT_MAPS_BPF_H
#define LEAKAUDIT_MAPS_BPF_H

#include "core/tables.h"
#include "core/verdict.h"
#include "resolver_maps.bpf.h"
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#define LA_AF_INET 2
#define LA_AF_INET6 10
#define LA_AF_PACKET 17
#define LA_AF_PPPOX 24
#define LA_AF_LLC 26
#define LA_AF_XDP 44
#define LA_SOCK_STREAM 1
#define LA_SOCK_RAW 3
#define LA_TCP_SYN_SENT 2
#define LA_TCP_NEW_SYN_RECV 12

/* Set before load. The verifier removes code that they disable. */
const volatile __u8 la_is_host; /* the scope is the root: everything on this machine */
const volatile __u64 la_home_netns; /* for sockets of an unknown namespace */
/*
 * Namespace of the interfaces that TC is attached to. 0: this program is for all but home, and
 * reads which one it is from the device.
 */
const volatile __u64 la_tc_netns;
const volatile __u32 la_drop; /* la_is_unwanted() */
const volatile __u8 la_no_refusals; /* connections are not refused, but dropped on their way out */
/* What TC egress sees leave is not dropped by the cgroup hook, but there: it has come past all
 * else. */
const volatile __u8 la_drop_late;
/* No hook sees sendmsg(): the egress hook asks whose call a datagram comes in, see caller.bpf.h. */
const volatile __u8 la_asks_caller;
const volatile __u64 la_deadline; /* ktime from which on nothing is dropped; 0: never */
const volatile __u8 la_lan_exempt; /* enum la_lan */
const volatile __u8 la_no_payload; /* payload does not leave the kernel */
const volatile __u32 la_snaplen; /* bytes of evidence of each leaked packet; 0: none */
const volatile struct la_offsets la_offsets; /* see role_fallback.bpf.h */
const volatile __u64 la_kinds[LA_KINDS_MAX]; /* kinds of devices that are tunnels */
const volatile __u32 la_allow_n;
const volatile struct la_allow la_allows[LA_ALLOW_MAX];

struct la_epoch_word la_epoch_word __attribute__((aligned(8))) = {};
/* Of la_scopes, see LA_SCOPE_LEVELS; 0: there is no cgroup. Not used if the scope is the host. */
__u64 la_scope_levels = 0;
/*
 * Of each scope of a guard, by its number minus one: its cgroup was made again, and has no hooks of
 * its own yet. Those at the root stand in for them.
 */
__u8 la_unhooked[LA_SCOPES_MAX] = {};
/* One was so: only from then on need the hooks at the root look. */
__u32 la_remade = 0;
/* Until when (ktime) the loader vouches for its facts. The jiffy of the last check; was it over. */
__u64 la_followed = 0;
__u64 la_looked = 0;
__u32 la_alone = 0;
__u32 la_expired = 0; /* the deadline has passed */
__u32 la_has_entries = 0; /* see la_entries */
__u32 la_has_waiting = 0; /* there may be some in la_waiting */
__u32 la_has_unstored = 0; /* see la_unstored */
__u32 la_has_totals = 0; /* there are some in la_totals */
/* Set by the first scan of a loader. */
struct la_reader la_reader = {};
/* Counts the scans of open files, the files that they have looked at, and what they have changed. */
__u32 la_scan = 0;
__u32 la_scan_part = 0; /* one looks at a single process, and does not count as a scan */
__u32 la_scanned = 0;
__u32 la_scan_changes = 0;
/* Whether the loader reads the rings without being woken, enum la_reader_state: see la_submit(). */
__u32 la_awake = 0;
/* A datagram did not come in the call that it was sent by: hooks of sendmsg() are needed. */
__u32 la_sent_elsewhere = 0;
/*
 * What would mostly be looked up in vain, each by the low bits of a number: without its bit there
 * is none of that number. The indexes of exposed interfaces, of any namespace; the ports in
 * la_endpoints and la_resolvers; the processes in la_daemons. Bits are only ever set.
 */
__u64 la_exposed_bits = 0;
__u64 la_endpoint_bits = 0;
__u64 la_resolver_bits = 0;
__u64 la_daemon_bits = 0;
/* Whether this kernel's cgroup hook sees SYN-ACKs: set at the first one. */
__u32 la_sees_synack = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} la_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct la_sock);
} la_socks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct la_role_key);
	__type(value, struct la_role);
} la_roles SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct la_onlink_key);
	__type(value, __u8);
} la_onlink SEC(".maps");

#define LA_FLOWS_MAX 16384 /* a power of two */

/*
 * The flow table: records by id, ids by key, and free ids. A socket stores its last flow's id, so
 * that the usual packet needs no hash.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LA_FLOWS_MAX);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct la_flow);
} la_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LA_FLOWS_MAX);
	__type(key, struct la_flow_key);
	__type(value, __u32);
} la_flow_ids SEC(".maps");

/*
 * A hint for packets of a socket with many peers: the id of their flow plus one, at la_hint_to().
 * It may be overwritten at any time; the record proves it.
 */
#define LA_HINTS 4096
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LA_HINTS);
	__type(key, __u32);
	__type(value, __u32);
} la_hints SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, LA_FLOWS_MAX);
	__uint(key_size, 0);
	__uint(value_size, sizeof(__u32));
} la_free_ids SEC(".maps");

/* Programs that others continue in, see caller.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, LA_JUMP_MAX);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} la_jumps SEC(".maps");

/* Exact sums of packets for which the flow table had no room. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct la_sum_key);
	__type(value, struct la_sum);
} la_totals SEC(".maps");

/* Of these, what left or was dropped, by the owner of its socket. What has no room is nobody's. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct la_owner);
	__type(value, struct la_sum);
} la_senders SEC(".maps");

/* Sums of flows that are over, if programs outlive their loader: for the next loader. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct la_sum_key);
	__type(value, struct la_sum);
} la_past SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LA_COUNTER_MAX);
	__type(key, __u32);
	__type(value, __u64);
} la_counters SEC(".maps");

/* What has passed TC egress of each interface, by its slot. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LA_SLOTS);
	__type(key, __u32);
	__type(value, struct la_line);
} la_lines SEC(".maps");

/* First fragment -> id of its flow, for the later ones, which have no ports; or LA_FRAG_OWN. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct la_flow_key); /* la_frag_key() */
	__type(value, __u32);
} la_frags SEC(".maps");

/* Processes that hold a tunnel's device -> start time in ticks of USER_HZ, as in /proc. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, struct la_daemon);
	__type(value, __u64);
} la_daemons SEC(".maps");

/*
 * Cgroups of scopes -> their number. A restarted service gets another cgroup; the former one stays
 * here while it may still have sockets.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u32);
} la_scopes SEC(".maps");

/*
 * Processes of the scopes by tgid, see members.bpf.h; and those outside that send on behalf of
 * their namespaces (pasta, slirp4netns).
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct la_member);
} la_members SEC(".maps");

/* Packets by their address in the kernel. The oldest give way: each waits for some seconds at most.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct la_waiting);
} la_waiting SEC(".maps");

/*
 * Interfaces at home by which nothing comes in but what the scopes' namespaces send, to be
 * forwarded -> the number of the scope. la_has_entries: whether there may be any.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u32);
} la_entries SEC(".maps");

/* Cgroups of VPN daemons named by the user. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u64);
	__type(value, __u8);
} la_transports SEC(".maps");

/* Remote addresses from the loader, and the mark of packets to them; 0: any. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct la_endpoint);
	__type(value, __u32);
} la_endpoints SEC(".maps");

/* By cookie: enum la_netns_state. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u8);
} la_netns SEC(".maps");

/* The oldest give way: the loader reads them as soon as it is told of their process. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2048);
	__type(key, struct la_program);
	__type(value, struct la_noted);
} la_programs SEC(".maps");

/*
 * Rate limits. Keys are that of the flow as it leaves, or have the sender's pid in place of the
 * cookie and no source address.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct la_flow_key);
	__type(value, struct la_rate_limited_event);
} la_rate_limits SEC(".maps");

/* Inbound packets by slot of the interface and la_cell(). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct la_sum_key);
	__type(value, struct la_sum);
} la_inbound SEC(".maps");

/* A namespace that is not there: nothing is known of its connections. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct la_connections);
} la_connections SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct la_local_key);
	__type(value, __u8);
} la_locals SEC(".maps");

/* Addresses of exposed interfaces that no tunnel has as well: no packet into a tunnel should have
 * one as its source. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct la_local_key);
	__type(value, __u8);
} la_exposed SEC(".maps");

/*
 * The role of struct la_sock: of the interface of the last packet, and the epoch. One word, so that
 * two CPUs that send on one socket never see halves: ifindex, epoch (24 bits), length of the link
 * header (6), role (2). A longer link header is cut off; then no IP header is found there.
 */
la_inline __u8 la_role_byte(__u8 kind, __u8 l2_len)
{
	return (__u8)(l2_len << 2) | kind;
}

/* An interface without a role from the loader: not a tunnel. */
#define LA_ROLE_UNKNOWN LA_ROLE_MAX

/* bits: one of la_exposed_bits and those beside it */
la_inline int la_may_be_among(const __u64 *bits, __u32 number)
{
	return *(const volatile __u64 *)bits >> (number & 63) & 1;
}

/* What the loader has set for an interface. NULL: nothing. */
la_inline struct la_role *la_role_at(__u64 netns, __u32 ifindex)
{
	struct la_role_key k = { .netns = netns, .ifindex = ifindex };

	return bpf_map_lookup_elem(&la_roles, &k);
}

/* Which hook sees packets of that interface leave. */
la_inline __u8 la_leaves_of(const struct la_role *role)
{
	return role ? role->leaves : LA_LEAVES_UNSEEN;
}

la_inline __u8 la_role_kind(__u8 byte)
{
	return byte & 3;
}

la_inline __u8 la_role_l2_len(__u8 byte)
{
	return byte >> 2;
}

la_inline __u64 la_role_pack(__u32 ifindex, __u32 epoch, __u8 byte)
{
	return (__u64)ifindex << 32 | (epoch & 0xffffff) << 8 | byte;
}

/*
 * In assembly: clang would make a pointer of its own for it, and the verifier does not allow
 * reading the context through that.
 */
la_inline __u64 la_ifindex(const struct __sk_buff *skb)
{
	__u64 ifindex;

	asm volatile("%[ifindex] = *(u32 *)(%[skb] + %[at])"
		     : [ifindex] "=r"(ifindex)
		     : [skb] "r"(skb), [at] "i"(__builtin_offsetof(struct __sk_buff, ifindex)));
	return ifindex;
}

la_inline void la_count(__u32 counter, __u64 n)
{
	__u64 *c = bpf_map_lookup_elem(&la_counters, &counter);

	/* atomic: a softirq may interrupt us between load and store */
	if (c)
		__sync_fetch_and_add(c, n);
}

/* The epoch for the next packet. */
la_inline __u32 la_epoch_now(void)
{
	if (la_deadline && !la_expired && bpf_ktime_get_ns() >= la_deadline) {
		la_expired = 1;
		__sync_fetch_and_add(&la_epoch_word.epoch, 1);
	}
	return *(volatile __u32 *)&la_epoch_word.epoch;
}

/* Classes that are dropped now. */
la_inline __u32 la_drop_now(void)
{
	return la_deadline && *(volatile __u32 *)&la_expired ? 0 : la_drop;
}

/* See emptied.bpf.h. */
struct la_emptied {
	__u64 task; /* pid and thread */
	__u64 dev; /* its address */
};

struct la_emptied_at {
	__u64 last; /* ktime of the last packet of it */
	__u64 netns; /* where the interface was */
	__u32 ifindex;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256); /* a task may take down all interfaces of a namespace */
	__type(key, struct la_emptied);
	__type(value, struct la_emptied_at);
} la_emptied SEC(".maps");

#endif
