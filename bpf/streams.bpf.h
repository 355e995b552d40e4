/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Streams that were made outside a scope, which a process of it connects, puts data into or ends:
 * what waits there (corked, for room in the window, or to be sent again) is sent by a softirq, when
 * nobody can tell whose it is. Who changes a stream's state comes by in that call, and since Linux
 * 6.16 who puts data there.
 */
#ifndef LEAKAUDIT_STREAMS_BPF_H
#define LEAKAUDIT_STREAMS_BPF_H

#include "handed.bpf.h"
#include "owner.bpf.h"

#define LA_TCP_FIN_WAIT1 4
#define LA_TCP_LAST_ACK 9

/* What it sends from now on is judged, also what others have put into it. */
la_inline void la_take_stream(struct sock *sk, const struct la_member *m, __u32 tgid)
{
	struct la_sock *s = la_make_storage(&la_socks, sk);

	if (!s) {
		la_note_unstored(bpf_get_socket_cookie(sk));
		return;
	}
	if (s->flags & LA_SF_IN_SCOPE && s->scope == m->scope && s->owner.tgid == tgid)
		return;
	la_own_current(s);
	if (!s->netns)
		s->netns = la_netns_of(sk);
	s->scope = m->scope;
	s->flags |= LA_SF_IN_SCOPE;
}

la_inline void la_take_foreign(struct sock *sk)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct la_member *m = bpf_map_lookup_elem(&la_members, &tgid);

	if (la_likely(!m))
		return;
	if (la_is_noted_of((struct task_struct *)bpf_get_current_task(), m) && !la_scope_of_sk(sk))
		la_take_stream(sk, m, tgid);
}

/* Called before each piece of data is put into a stream, in its sender's call. */
SEC("tp_btf/tcp_sendmsg_locked")
int la_data_put(__u64 *ctx)
{
	la_take_foreign((struct sock *)ctx[0]);
	return 0;
}

/*
 * Called before a stream's first packet, which may have data, and before its last one, in the call
 * of who connects or ends it. What a softirq does in his place is of other states.
 */
SEC("tp_btf/inet_sock_set_state")
int la_stream_changes(__u64 *ctx)
{
	int to = (int)ctx[2];

	if ((to == LA_TCP_SYN_SENT || to == LA_TCP_FIN_WAIT1 || to == LA_TCP_LAST_ACK) &&
	    !la_may_be_softirq((const void *)bpf_get_current_task()))
		la_take_foreign((struct sock *)ctx[0]);
	return 0;
}

#endif
