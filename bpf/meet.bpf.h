/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The caller of the egress hook becomes the owner of his socket: see caller.bpf.h. */
#ifndef LEAKAUDIT_MEET_BPF_H
#define LEAKAUDIT_MEET_BPF_H

#define LA_FDS_STEP 16
#include "caller.bpf.h"
#include "handed.bpf.h"
#include "headers.bpf.h"
#include "owner.bpf.h"

/*
 * Whether the running process may be the sender: it has the socket. A softirq and a netfilter queue
 * interrupt processes, or run in one, that have not. Only the kernel's own threads use sockets
 * without a file.
 */
la_inline int la_may_send(struct sock *sk)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct socket *socket = BPF_CORE_READ(sk, sk_socket);
	__u64 at = 0, file;

	if (!socket)
		return 0;
	file = (__u64)BPF_CORE_READ(socket, file);
	if (!file || la_is_kernel_thread())
		return !file && la_is_kernel_thread();
	bpf_probe_read_kernel(&at, sizeof(at), &task);
	return la_has_open(at, file);
}

/*
 * The running process becomes the owner of the socket that it sends by. Returns 0 if it cannot be
 * the sender. MPTCP makes the first subflow of a connection in its caller's call, and the others
 * later: they belong to the connection's owner.
 */
la_inline int la_own_sender_of(struct la_sock *s, struct bpf_sock *sk)
{
	struct mptcp_sock *connection = la_connection_of(sk);
	struct la_sock *of;

	if (connection && la_is_kernel_thread() && la_own_subflow(s, sk)) {
		s->misses = LA_MISSES_MAX;
		return 1;
	}
	if (!la_may_send(connection ? (struct sock *)connection : la_sk_of(sk)))
		return 0;
	la_own_current(s);
	la_note_configures(s, sk);
	of = connection ? bpf_sk_storage_get(&la_socks, connection, NULL, 0) : NULL;
	if (of) {
		of->owner = s->owner;
		of->attribution = s->attribution;
	}
	return 1;
}

/* Whether this may be a packet of the flow of the socket's last one. */
la_inline int la_is_of_last(struct __sk_buff *skb, const struct la_sock *s)
{
	__u32 id = s->hint - 1;
	struct la_flow *f = bpf_map_lookup_elem(&la_flows, &id);
	struct la_headers k;
	__u64 diff = 0;

	return !f || !la_headers_at(skb, la_data(skb), &k, &f->key, &diff) || !diff;
}

/* Nothing is exempt as its owner's until the hooks of the calls are there. Else its owner is likely
 * to be the sender, too. */
la_inline void la_forget_owner(struct la_sock *s)
{
	if (!la_drop)
		return;
	__builtin_memset(&s->owner, 0, sizeof(s->owner));
	s->attribution = LA_ATTR_UNKNOWN;
}

la_inline void la_meet_sender(struct __sk_buff *skb, struct bpf_sock *sk, struct la_sock *s)
{
	if (la_own_sender_of(s, sk)) {
		s->cookie = 0;
		if (la_is_of_last(skb, s))
			la_own_flow(s, la_sk_of(sk));
	} else if (la_is_unmet(sk, s)) { /* its next packet may come in a call */
		s->misses++;
		skb->cb[0] = 1;
	} else {
		la_forget_owner(s);
		s->misses = LA_MISSES_MAX;
		la_sent_elsewhere = 1;
	}
}

SEC("cgroup_skb/egress")
int la_meet_caller(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct la_sock *s;

	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	s = sk ? bpf_sk_storage_get(&la_socks, sk, NULL, 0) : NULL;
	if (s) {
		la_meet_sender(skb, sk, s);
		if (!s->netns)
			s->netns = la_netns_of(la_sk_of(sk));
	}
	bpf_tail_call(skb, &la_jumps, LA_JUMP_EGRESS);
	return !la_drop_now(); /* no loader is alive any more */
}

#endif
