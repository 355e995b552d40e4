/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Sockets of processes that the loader takes into the scope. */
#ifndef LEAKAUDIT_TAKE_BPF_H
#define LEAKAUDIT_TAKE_BPF_H

#include "owner.bpf.h"

/*
 * Attached to the root, for processes that are taken into the scope. No hook of the scope sees
 * their sockets: TC egress judges what these send, as with those that a process has brought along.
 */
SEC("cgroup/sock_create")
int la_take_socket(struct bpf_sock *ctx)
{
	struct la_taken *taken = la_taken_of((struct task_struct *)bpf_get_current_task());
	struct la_sock *s;

	if (!taken)
		return 1;
	s = bpf_sk_storage_get(&la_socks, ctx, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!s) {
		la_count(LA_COUNTER_STORAGE, 1);
		return 1;
	}
	la_own_current(s);
	s->netns = bpf_get_netns_cookie(ctx);
	s->flags |= LA_SF_IN_SCOPE;
	s->scope = taken->scope;
	return 1;
}

#endif
