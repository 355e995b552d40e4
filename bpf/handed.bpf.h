/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Sockets that are not of the scope, by which a process of it sends: made before it came, handed to
 * it, or inherited. Some are used once and closed before a scan of open files finds them. TC egress
 * runs in the context of the sender, unless a softirq sends, or the packet has waited for a
 * neighbour.
 */
#ifndef LEAKAUDIT_HANDED_BPF_H
#define LEAKAUDIT_HANDED_BPF_H

#include "mptcp.bpf.h"
#include "role_fallback.bpf.h"
#include "softirq.bpf.h"
#include "storage.bpf.h"

#define LA_WAITING_MAX \
	(10 * 1000000000ULL) /* a neighbour has failed by then: its memory is another's */

/* The socket in the kernel, whose type is not known here. */
la_inline const void *la_sk_at(struct bpf_sock *typed)
{
	const void *sk = NULL;

	bpf_probe_read_kernel(&sk, sizeof(sk), &typed);
	return sk;
}

/* So many descriptors are searched, in steps. Tables of descriptors are multiples of these. */
#define LA_FDS_MAX 1024
#ifndef LA_FDS_STEP
#define LA_FDS_STEP 4 /* as the stack of TC egress allows */
#endif

/* Whether one of these descriptors is of that file. */
la_inline int la_is_among(const __u64 *fds, __u64 file)
{
	int i, found = 0;

#pragma unroll
	for (i = 0; i < LA_FDS_STEP; i++)
		found |= fds[i] == file;
	return found;
}

/* Whether a task has the file open. Both are addresses: the verifier gives no pointer to a task to
 * a function. */
la_subprog int la_has_open(__u64 at, __u64 file)
{
	const volatile struct la_task_offsets *o = &la_offsets.task;
	const void *table = la_led(la_led((const void *)at, o->files), o->table);
	const void *fds = la_led(table, o->fds);
	__u64 some[LA_FDS_STEP];
	__u32 i, n = 0;

	if (table)
		bpf_probe_read_kernel(&n, sizeof(n), table + o->fds_max);
	for (i = 0; i < LA_FDS_MAX; i += LA_FDS_STEP) {
		if (i >= n || bpf_probe_read_kernel(some, sizeof(some), fds + i * sizeof(some[0])))
			return 0;
		if (la_is_among(some, file))
			return 1;
	}
	return 0;
}

/* A neighbour that answers at once does so in the sender's call: a softirq sends, which may as well
 * have interrupted somebody else. Most of a stream is sent by one. */
la_inline int la_sends_within(const void *task, struct bpf_sock *sk)
{
	__u64 file, at = (__u64)task;

	if (!la_offsets.task.files || !la_offsets.sk_socket ||
	    (sk->protocol == LA_PROTO_TCP && sk->state != LA_TCP_SYN_SENT))
		return 0;
	file = (__u64)la_led(la_led(la_sk_at(sk), la_offsets.sk_socket), la_offsets.file);
	return file && la_has_open(at, file);
}

/* Sockets that a process of a scope has sent by, and that have no room for a note of it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* cookie */
	__type(value, __u8);
} la_unstored SEC(".maps");

la_inline void la_note_unstored(__u64 cookie)
{
	__u8 one = 1;

	la_count(LA_COUNTER_STORAGE, 1);
	la_has_unstored = 1;
	bpf_map_update_elem(&la_unstored, &cookie, &one, BPF_ANY);
}

la_inline int la_is_unstored(struct __sk_buff *skb)
{
	__u64 cookie;

	if (la_likely(!*(volatile __u32 *)&la_has_unstored))
		return 0;
	cookie = bpf_get_socket_cookie(skb);
	return bpf_map_lookup_elem(&la_unstored, &cookie) != NULL;
}

/* Where the addresses of a packet are, in its header; of IPv6 their second halves, 16 bytes apart. */
#define LA_ENDS_V4 12
#define LA_ENDS_V6 16

/* Whether what is noted may still be of a packet that waits. */
la_inline int la_may_wait(const struct la_waiting *w)
{
	return bpf_ktime_get_ns() - w->since < LA_WAITING_MAX;
}

/* What is noted of a packet that has waited for its neighbour; NULL: nothing. */
la_inline struct la_waiting *la_waited(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct la_waiting *w;
	__u64 at = (__u64)skb;

	if (!*(volatile __u32 *)&la_has_waiting)
		return NULL;
	w = bpf_map_lookup_elem(&la_waiting, &at);
	return w && w->sk == (__u64)la_sk_at(sk) && la_may_wait(w) ? w : NULL;
}

#define LA_ICMP_HEADER 8

/*
 * Whether this is an error of the kernel's about a packet that has waited in vain: with its first
 * bytes, and for the source that it had, which may be anybody's. The kernel's socket is
 * everybody's: nothing is noted at it.
 */
la_subprog int la_tells_of_waiting(struct __sk_buff *skb)
{
	__u32 from = 40 + LA_ICMP_HEADER;
	struct la_waiting *w;
	__u64 key = 0, to = 0;
	__u8 first = 0;

	if (bpf_skb_load_bytes_relative(skb, 0, &first, 1, BPF_HDR_START_NET))
		return 0;
	if (first >> 4 == 4) {
		from = (first & 0xf) * 4 + LA_ICMP_HEADER + LA_ENDS_V4;
		bpf_skb_load_bytes_relative(skb, from, &key, sizeof(key), BPF_HDR_START_NET);
	} else {
		bpf_skb_load_bytes_relative(skb, from + LA_ENDS_V6, &key, sizeof(key),
					    BPF_HDR_START_NET);
		bpf_skb_load_bytes_relative(skb, from + LA_ENDS_V6 + 16, &to, sizeof(to),
					    BPF_HDR_START_NET);
	}
	key ^= to;
	w = bpf_map_lookup_elem(&la_waiting, &key);
	return w && !w->sk && la_may_wait(w);
}

/* As la_owner_of(), by offsets in place of CO-RE. */
la_inline void la_own_sender(struct la_sock *s, const void *task, __u32 tgid)
{
	const volatile struct la_task_offsets *o = &la_offsets.task;
	const void *leader = la_led(task, o->leader), *at;

	s->owner.tgid = tgid;
	bpf_probe_read_kernel(&s->owner.start_ns, sizeof(s->owner.start_ns), leader + o->start);
	bpf_probe_read_kernel_str(s->owner.comm, sizeof(s->owner.comm), leader + o->comm);
	bpf_probe_read_kernel(&s->owner.exec, sizeof(s->owner.exec), task + la_offsets.exec);
	at = la_led(task, o->cred);
	bpf_probe_read_kernel(&s->owner.uid, sizeof(s->owner.uid), at + o->uid);
	at = la_led(la_led(la_led(task, o->cgroups), o->cgroup), o->node);
	bpf_probe_read_kernel(&s->owner.cgroup, sizeof(s->owner.cgroup), at + o->id);
	s->attribution = LA_ATTR_SOCKET;
	s->held = la_scan;
}

la_inline __u32 la_tgid_of(const void *task)
{
	__u32 tgid = 0;

	bpf_probe_read_kernel(&tgid, sizeof(tgid), task + la_offsets.tgid);
	return tgid;
}

/*
 * Whether a process of a scope sends by a socket that is of none. What it sends later counts as
 * well, as retransmissions do; a scan finds out when it does not hold the socket any more.
 */
la_subprog int la_sent_by_member(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct la_waiting *waited;
	struct la_member *m;
	struct la_sock *s;
	const void *task;
	__u32 tgid;

	if (la_is_host || !la_offsets.task.leader || !sk)
		return 0;
	task = (const void *)bpf_get_current_task();
	tgid = la_tgid_of(task);
	m = bpf_map_lookup_elem(&la_members, &tgid);
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	waited = la_waited(skb, sk);
	if (!waited && (!m || (la_may_be_softirq(task) && !la_sends_within(task, sk))))
		return la_is_unstored(skb) ||
		       (sk->type == LA_SOCK_RAW && *(volatile __u32 *)&la_has_waiting &&
			la_tells_of_waiting(skb));
	s = la_make_storage(&la_socks, sk);
	if (!s) { /* judged all the same, and nobody's */
		la_note_unstored(bpf_get_socket_cookie(skb));
		return 1;
	}
	if (waited) {
		s->owner = waited->owner;
		s->attribution = LA_ATTR_SOCKET;
		s->held = la_scan;
		s->scope = waited->scope;
	} else if (m) {
		la_own_sender(s, task, tgid);
		s->scope = m->scope;
	}
	s->flags |= LA_SF_IN_SCOPE;
	if (!s->netns && (sk->family == LA_AF_INET || sk->family == LA_AF_INET6))
		s->netns = la_tc_netns_of(skb);
	return 1;
}

/*
 * Whether it is a packet of a connection of MPTCP that was made outside and is a scope's by now:
 * what is noted of that is not of its subflows, which are what sends.
 */
la_subprog int la_sent_by_connection(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk ? bpf_sk_fullsock(skb->sk) : NULL;
	struct mptcp_sock *connection = sk ? la_connection_of(sk) : NULL;
	struct la_sock *s, *of;

	of = connection ? bpf_sk_storage_get(&la_socks, connection, NULL, 0) : NULL;
	if (!of || !(of->flags & LA_SF_IN_SCOPE))
		return 0;
	s = la_make_storage(&la_socks, sk);
	if (!s) {
		la_note_unstored(bpf_get_socket_cookie(skb));
		return 1;
	}
	s->owner = of->owner;
	s->attribution = of->attribution;
	s->held = of->held;
	s->scope = of->scope;
	s->netns = s->netns ?: la_tc_netns_of(skb);
	s->flags |= LA_SF_IN_SCOPE;
	return 1;
}

#endif
