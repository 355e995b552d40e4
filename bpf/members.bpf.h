/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The processes of the scopes. One that was once in a scope stays of it, wherever it goes, and so
 * do its children: who may move a process between cgroups may be the process itself.
 */
#ifndef LEAKAUDIT_MEMBERS_BPF_H
#define LEAKAUDIT_MEMBERS_BPF_H

#include "guarded.bpf.h"
#include "owner.bpf.h"

/* A process has a member's record as a whole: its threads share memory and descriptors. */
la_inline void la_note_member(struct task_struct *task, __u32 scope)
{
	struct la_member m = { .start_ticks = la_start_ticks(task), .scope = scope };
	struct la_member *known = la_member_of(task);
	__u32 tgid = BPF_CORE_READ(task, tgid);

	if (known) {
		known->scope = scope;
		known->told = 0;
	} else if (bpf_map_update_elem(&la_members, &tgid, &m, BPF_ANY)) {
		la_count(LA_COUNTER_MEMBERS, 1);
	}
}

la_inline int la_emit_task(struct task_struct *task, __u8 kind, __u32 scope)
{
	struct la_event_task *e = bpf_ringbuf_reserve(&la_events, sizeof(*e), 0);

	if (!e) {
		la_count(LA_COUNTER_RING_FULL, 1);
		return -1;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->hdr = (struct la_event_hdr){ sizeof(*e), LA_ABI_VERSION, kind, 0, bpf_ktime_get_ns() };
	e->scope = scope;
	la_owner_of(task, &e->owner);
	la_submit_urgently(e);
	return 0;
}

la_inline __u32 la_scope_of_cgroup(struct task_struct *task)
{
	return la_scope_at((__u64)BPF_CORE_READ(task, cgroups, dfl_cgrp));
}

/* A process is outside its scope's cgroup: this is told once. */
la_inline void la_tell_left(struct task_struct *task)
{
	struct la_member *m = la_member_of(task);

	if (m && !m->told && !la_emit_task(task, LA_KIND_LEFT, m->scope))
		m->told = 1;
}

/*
 * A namespace is to be known before frames are sent there, of which no hook of sockets tells. One
 * that a process enters by itself is looked for by the loader.
 */
la_inline void la_meet_netns_of(struct task_struct *task)
{
	__u64 netns = BPF_CORE_READ(task, nsproxy, net_ns, net_cookie);
	struct la_owner owner = {};

	if (!netns || bpf_map_lookup_elem(&la_netns, &netns))
		return;
	la_owner_of(task, &owner);
	la_report_netns(netns, 0, &owner);
}

#define LA_DEVICES_LOOKED_AT 8
#define LA_IFF_UP 1
#define LA_IFF_LOOPBACK 8

/* Whether packets may leave a namespace: an interface other than the loopback device is up. */
la_subprog int la_has_way_out(__u64 at)
{
	struct net *net = (struct net *)at;
	__u64 list = bpf_core_field_offset(struct net_device, dev_list);
	struct list_head *entry;
	struct net_device *dev;
	__u32 flags, i;

	entry = BPF_CORE_READ(net, dev_base_head.next);
	for (i = 0; i < LA_DEVICES_LOOKED_AT; i++) {
		if ((__u64)entry == at + bpf_core_field_offset(struct net, dev_base_head))
			return 0;
		dev = (struct net_device *)((__u64)entry - list);
		flags = BPF_CORE_READ(dev, flags);
		if (flags & LA_IFF_UP && !(flags & LA_IFF_LOOPBACK))
			return 1;
		entry = BPF_CORE_READ(entry, next);
	}
	return 1;
}

/* A task ends in a namespace that nobody has met: what it has sent there is not known. */
la_inline void la_note_unmet(struct task_struct *task)
{
	struct net *net = BPF_CORE_READ(task, nsproxy, net_ns);
	__u64 netns = BPF_CORE_READ(net, net_cookie);

	if (netns && !bpf_map_lookup_elem(&la_netns, &netns) && la_has_way_out((__u64)net))
		la_count(LA_COUNTER_UNMET, 1);
}

/*
 * A process that enters the scope has sockets that no hook there knows: the loader scans open files
 * then.
 */
SEC("raw_tp/cgroup_attach_task")
int la_task_moved(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[2];
	__u32 scope = la_scope_of_cgroup(task);

	if (!scope) {
		la_tell_left(task);
		return 0;
	}
	la_note_member(task, scope);
	la_emit_task(task, LA_KIND_MOVED, 0);
	return 0;
}

/*
 * A child is of the scope that it is born in, by clone3() with CLONE_INTO_CGROUP another one than
 * its parent's; born elsewhere, it is of its parent's.
 */
SEC("raw_tp/sched_process_fork")
int la_task_born(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx->args[0];
	struct task_struct *child = (struct task_struct *)ctx->args[1];
	__u32 scope, from;

	if (BPF_CORE_READ(parent, tgid) == BPF_CORE_READ(child, tgid))
		return 0;
	from = la_scope_of_task(parent);
	scope = la_scope_of_cgroup(child);
	if (!scope && !from)
		return 0;
	la_note_member(child, scope ?: from);
	la_meet_netns_of(child);
	if (la_cgroup_of(parent) == la_cgroup_of(child))
		return 0;
	if (!scope)
		la_tell_left(child);
	else if (!from) /* with its parent's sockets */
		la_emit_task(child, LA_KIND_MOVED, 0);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int la_task_ended(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];

	if (la_member_of(task))
		la_note_unmet(task);
	return 0;
}

/*
 * A process is a member until nothing is left of it: its sockets are closed after its end was
 * traced, and what has waited in them is sent then.
 */
SEC("raw_tp/sched_process_free")
int la_task_freed(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	__u32 tgid = BPF_CORE_READ(task, tgid);

	if (BPF_CORE_READ(task, group_leader) == task && la_member_of(task))
		bpf_map_delete_elem(&la_members, &tgid);
	return 0;
}

/* The number of the guard's scope at that path; 0: there is none. */
la_inline __u32 la_scope_at_path(const char *path)
{
	struct la_guarded_path key = {};
	__u32 *scope;

	if (bpf_probe_read_kernel_str(key.at, sizeof(key.at), path) < 0)
		return 0;
	scope = bpf_map_lookup_elem(&la_guarded, &key);
	return scope ? *scope : 0;
}

/*
 * The cgroup of a guard was removed and is made again, as a unit's is when that restarts: it is the
 * scope from now on. It has no hooks of its own until somebody follows the guard: TC egress judges
 * what is sent from it, and hooks at the root do the rest.
 */
SEC("raw_tp/cgroup_mkdir")
int la_cgroup_made(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct cgroup *cgrp = (struct cgroup *)ctx->args[0];
	__u64 id = BPF_CORE_READ(cgrp, kn, id);
	__u32 scope;

	/* one of cgroup v1 may be called the same */
	if (BPF_CORE_READ(cgrp, root) != BPF_CORE_READ(task, cgroups, dfl_cgrp, root))
		return 0;
	scope = la_scope_at_path((const char *)ctx->args[1]);
	if (!scope)
		return 0;
	bpf_map_update_elem(&la_scopes, &id, &scope, BPF_ANY);
	*la_unhooked_of(scope) = 1;
	la_remade = 1;
	return 0;
}

#define LA_EXIT_DEAD 0x10 /* EXIT_DEAD: nothing tells any more when it is freed */

/* Run by the loader: who is in the scope already. */
SEC("iter/task")
int la_scan_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 scope;

	if (!task || task->exit_state & LA_EXIT_DEAD)
		return 0;
	scope = la_scope_of_cgroup(task);
	if (scope && !la_member_of(task))
		la_note_member(task, scope);
	return 0;
}

/* The scope in whose cgroup the process that runs is; 0: none. */
la_inline __u32 la_runs_inside(void)
{
	__u64 levels = *(volatile __u64 *)&la_scope_levels, id;
	__u32 *scope;
	int i;

	for (i = 0; i < LA_SCOPE_LEVELS && levels; i++, levels >>= 8) {
		id = bpf_get_current_ancestor_cgroup_id((int)(levels & 0xff) - 1);
		scope = bpf_map_lookup_elem(&la_scopes, &id);
		if (scope)
			return *scope;
	}
	return 0;
}

/* Whether what runs is where no hook of a scope sees it. */
la_inline int la_has_no_hooks(void)
{
	__u32 scope = la_runs_inside();

	return !scope || la_is_unhooked(scope);
}

/*
 * Attached to the root, for members that are outside their scope's cgroup. No hook of the scope
 * sees their sockets: TC egress judges what these send, as with those that a process has brought
 * along. Every socket of the machine comes here, so what is not theirs is recognised by helpers:
 * reading structs of the kernel costs several times as much.
 */
SEC("cgroup/sock_create")
int la_take_socket(struct bpf_sock *ctx)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct la_member *m = bpf_map_lookup_elem(&la_members, &tgid);
	struct la_sock *s;

	if (!m || !la_has_no_hooks() ||
	    !la_is_noted_of((struct task_struct *)bpf_get_current_task(), m))
		return 1;
	s = la_own_new(ctx);
	if (!s)
		return 1;
	s->flags |= LA_SF_IN_SCOPE;
	s->scope = m->scope;
	return 1;
}

la_inline int la_remade_connects(struct bpf_sock_addr *ctx, int v6)
{
	return la_likely(!*(volatile __u32 *)&la_remade) || !la_is_unhooked(la_runs_inside()) ||
	       la_connects(ctx, v6);
}

SEC("cgroup/connect4")
int la_remade_connect4(struct bpf_sock_addr *ctx)
{
	return la_remade_connects(ctx, 0);
}

SEC("cgroup/connect6")
int la_remade_connect6(struct bpf_sock_addr *ctx)
{
	return la_remade_connects(ctx, 1);
}

#endif
