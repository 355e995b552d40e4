/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Streams that were made outside a scope, into which a process of it puts data: corked, or with no
 * room in the window, it is sent by a softirq when nobody can tell whose it is. Only what comes by
 * with each send() of all streams sees who puts it there (Linux 6.16).
 */
#ifndef LEAKAUDIT_STREAMS_BPF_H
#define LEAKAUDIT_STREAMS_BPF_H

#include "owner.bpf.h"

/* What it sends from now on is judged, also what others have put into it. */
la_inline void la_take_stream(struct sock *sk, const struct la_member *m)
{
	struct la_sock *s = la_make_storage(&la_socks, sk);

	if (!s) {
		la_count(LA_COUNTER_STORAGE, 1);
		return;
	}
	if (s->flags & LA_SF_IN_SCOPE && s->scope == m->scope)
		return;
	la_own_current(s);
	if (!s->netns)
		s->netns = la_netns_of(sk);
	s->scope = m->scope;
	s->flags |= LA_SF_IN_SCOPE;
}

/* Called before each piece of data is put into a stream, in its sender's call. */
SEC("tp_btf/tcp_sendmsg_locked")
int la_data_put(__u64 *ctx)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct la_member *m = bpf_map_lookup_elem(&la_members, &tgid);
	struct sock *sk = (struct sock *)ctx[0];

	if (la_likely(!m))
		return 0;
	if (la_is_noted_of((struct task_struct *)bpf_get_current_task(), m) && !la_scope_of_sk(sk))
		la_take_stream(sk, m);
	return 0;
}

#endif
