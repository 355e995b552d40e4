/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Sockets that another process uses than the one that made them. */
#ifndef LEAKAUDIT_INHERIT_BPF_H
#define LEAKAUDIT_INHERIT_BPF_H

#include "mptcp.bpf.h"
#include "task.bpf.h"

#define LA_PF_KTHREAD 0x00200000

/*
 * The kernel's own thread makes and connects the further subflows of an MPTCP connection: they
 * belong to who owns the connection.
 */
la_inline int la_own_subflow(struct la_sock *s, struct bpf_sock *sk)
{
	struct mptcp_sock *connection = la_connection_of(sk);
	struct la_sock *of;

	if (!connection)
		return 0;
	of = bpf_sk_storage_get(&la_socks, connection, NULL, 0);
	if (of) {
		s->owner = of->owner;
		s->attribution = of->attribution;
	}
	return 1;
}

la_inline int la_is_kernel_thread(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return !!(BPF_CORE_READ(task, flags) & LA_PF_KTHREAD);
}

/* The record of a socket's flow gets its owner. */
la_inline void la_own_flow(const struct la_sock *s, struct sock *sk)
{
	struct la_flow *f;
	__u32 id;

	if (!s->hint)
		return;
	id = s->hint - 1;
	f = bpf_map_lookup_elem(&la_flows, &id);
	if (!f || f->key.cookie != (__u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter))
		return;
	f->owner = s->owner;
	f->attribution = s->attribution;
}

/*
 * A process that holds a socket, as the scan finds it: after fork() it may be another one than the
 * owner, and after exec() another program. Who was not found holding it in a whole scan does not
 * send by it any more.
 */
la_inline void la_hold(struct la_sock *s, struct task_struct *task, struct sock *sk)
{
	__u32 scan = la_scan;

	if (s->owner.tgid == (__u32)BPF_CORE_READ(task, tgid)) {
		s->held = scan;
		if (s->owner.exec == la_exec_of(task))
			return;
	} else {
		if (scan - s->held < 2)
			return;
		s->held = scan;
		s->attribution = LA_ATTR_INHERITED;
	}
	la_scan_changes++;
	la_owner_of(task, &s->owner);
	la_own_flow(s, sk);
}

#endif
