/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Who sends a datagram, and who makes a connection of TCP. Both come to the egress hook in the call
 * that sends them, which tells its caller. Hooks of sendmsg() and connect() tell it as well, but
 * the kernel locks the socket for those of sendmsg(): that costs a sender more than all else of
 * counting. And once there is a hook of connect() anywhere, each connect() of the machine pays for
 * it. They are needed only if packets come from elsewhere: from a queue of netfilter, or when IPsec
 * has waited for a key.
 */
#ifndef LEAKAUDIT_CALLER_BPF_H
#define LEAKAUDIT_CALLER_BPF_H

#include "maps.bpf.h"

#define LA_PROTO_UDPLITE 136
#define LA_TCP_LISTEN 10

/* From then on nobody is asked for the socket's packets. */
#define LA_MISSES_MAX 8

/* Bits that are set unless the running process, with its present program, owns the socket. */
la_inline __u64 la_diff_caller(const struct la_sock *s)
{
	const void *task = bpf_get_current_task_btf();

	return (*(const __u32 *)(task + la_offsets.tgid) ^ s->owner.tgid) |
	       (*(const __u32 *)(task + la_offsets.exec) ^ s->owner.exec) |
	       (s->attribution ^ LA_ATTR_SOCKET);
}

/*
 * Whether this is the first packet of a connection that is made here: who sends it, connects. It is
 * repeated by a timer, in the context of anybody.
 */
la_inline int la_is_first_syn(const struct bpf_sock *sk, const struct la_sock *s)
{
	return sk->state == LA_TCP_SYN_SENT && !(s->hint | s->probes | (s->flags & LA_SF_PROBED));
}

/*
 * Whether it is a connection whose sender was not met yet. An accepted one has its listener's
 * owner, and of a server that forks before it accepts another process sends, as of a client that
 * forks once it is connected. Its first packets may be sent before it is accepted, or when the
 * other side acknowledges: then anybody runs.
 */
la_inline int la_is_unmet(const struct bpf_sock *sk, const struct la_sock *s)
{
	return s->cookie && sk->state != LA_TCP_LISTEN;
}

/* Of a stream: the first packet of its process alone. */
la_inline int la_is_asked_of_tcp(const struct bpf_sock *sk, struct la_sock *s)
{
	if (!la_is_unmet(sk, s))
		return la_is_first_syn(sk, s);
	if (la_diff_caller(s))
		return 1;
	s->cookie = 0;
	return 0;
}

/*
 * Whether a datagram, or the first packet of a process in a connection, is sent by another than its
 * socket's owner, or that is not known. cb: it was asked for this packet, and was not met.
 */
la_inline int la_is_strange(struct __sk_buff *skb, struct la_sock *s)
{
	struct bpf_sock *sk = skb->sk;
	__u32 proto;

	if (!la_asks_caller || !sk || !s || s->misses >= LA_MISSES_MAX || skb->cb[0])
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	proto = sk->protocol;
	if (proto == LA_PROTO_TCP ? !la_is_asked_of_tcp(sk, s)
				  : proto != LA_PROTO_UDP && proto != LA_PROTO_UDPLITE)
		return 0;
	return !!la_diff_caller(s);
}

/*
 * Whether the packet may be of a flow whose packets are only counted: its sender then changes
 * nothing, and is asked of no more than the others.
 */
la_inline int la_may_be_counted(const struct la_sock *s)
{
	return s && s->hint && la_role_kind(s->role) == LA_ROLE_EXPOSED;
}

/* Continues in the program that finds out who it is, and begins anew behind that. */
la_inline void la_meet(struct __sk_buff *skb, struct la_sock *s)
{
	if (la_is_strange(skb, s))
		bpf_tail_call(skb, &la_jumps, LA_JUMP_MEET);
}

#endif
