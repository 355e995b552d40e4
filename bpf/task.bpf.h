/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a task tells of its process, and to which scope it belongs. */
#ifndef LEAKAUDIT_TASK_BPF_H
#define LEAKAUDIT_TASK_BPF_H

#include "allow.bpf.h"
#include "program.bpf.h"

la_inline __u64 la_cgroup_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/*
 * The id of the cgroup at that level that is around another one, or is it; 0: none. at: the address
 * of that one, since the verifier gives no pointer of the kernel to a function. Apart: clang would
 * compute both offsets before a loop, and the verifier refuses that of a field that is not there.
 */
la_subprog __u64 la_ancestor_id(__u64 at, __u32 level)
{
	struct cgroup *cgrp = (struct cgroup *)at, *above = NULL;
	__u64 id = 0;

	if (BPF_CORE_READ(cgrp, level) < (int)level)
		return 0;
	if (bpf_core_field_exists(cgrp->ancestors)) {
		bpf_core_read(&above, sizeof(above), &cgrp->ancestors[level]);
		return BPF_CORE_READ(above, kn, id);
	}
	bpf_core_read(&id, sizeof(id), &((struct cgroup___ids *)cgrp)->ancestor_ids[level]);
	return id;
}

/* The scope that the cgroup at an address is in; 0: none. */
la_subprog __u32 la_scope_at(__u64 at)
{
	__u64 levels = *(volatile __u64 *)&la_scope_levels, id;
	__u32 *scope;
	int i;

	for (i = 0; i < LA_SCOPE_LEVELS && levels; i++, levels >>= 8) {
		id = la_ancestor_id(at, (levels & 0xff) - 1);
		scope = bpf_map_lookup_elem(&la_scopes, &id);
		if (scope)
			return *scope;
	}
	return 0;
}

la_inline __u64 la_start_ticks(struct task_struct *task)
{
	return BPF_CORE_READ(task, group_leader, start_boottime) / LA_TICK_NS;
}

/* Whether that was noted of the process, and not of an earlier one of its number. */
la_inline int la_is_noted_of(struct task_struct *task, const struct la_member *m)
{
	return m->start_ticks == la_start_ticks(task);
}

/* What is noted of the process as one of a scope. NULL: it is of none, as far as is known. */
la_inline struct la_member *la_member_of(struct task_struct *task)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);
	struct la_member *m = bpf_map_lookup_elem(&la_members, &tgid);

	return m && la_is_noted_of(task, m) ? m : NULL;
}

/* The scope of the process; 0: none, or the host. */
la_inline __u32 la_scope_of_task(struct task_struct *task)
{
	struct la_member *m;
	__u32 scope;

	if (la_is_host)
		return 0;
	scope = la_scope_at((__u64)BPF_CORE_READ(task, cgroups, dfl_cgrp));
	if (scope)
		return scope;
	m = la_member_of(task);
	return m ? m->scope : 0;
}

/* The scope that the socket was created in; 0: none, or the host. */
la_inline __u32 la_scope_of_sk(struct sock *sk)
{
	return la_is_host ? 0 : la_scope_at((__u64)BPF_CORE_READ(sk, sk_cgrp_data.cgroup));
}

/* Since Linux 6.1 at the latest, programs of sockets may follow the pointer to the running task. */
#define LA_FOLLOWS_TASK bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_ktime_get_tai_ns)

/* All threads of a process have the same: an exec ends the others. */
la_inline __u32 la_exec_of(struct task_struct *task)
{
	__u32 exec = 0;

	bpf_core_read(&exec, sizeof(exec), &task->self_exec_id);
	return exec;
}

la_inline void la_note_program_of(struct task_struct *task, const struct la_owner *o)
{
	struct la_program program = { o->start_ns, o->tgid, o->exec };
	__u64 at = 0;

	/* as a number: the verifier gives no pointer to a task to a function */
	bpf_probe_read_kernel(&at, sizeof(at), &task);
	la_note_program(at, &program);
}

/* The process, not the thread: clients name their threads, but users look for the process. */
la_inline void la_owner_of(struct task_struct *task, struct la_owner *o)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	o->start_ns = BPF_CORE_READ(leader, start_boottime);
	o->cgroup = la_cgroup_of(task);
	o->tgid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_INTO(&o->uid, task, cred, uid.val);
	BPF_CORE_READ_STR_INTO(&o->comm, leader, comm);
	o->exec = la_exec_of(task);
	la_note_program_of(task, o);
}

/*
 * Same for the process that runs: its sender waits for it, and each call less is 15 ns less. Not
 * inlined: for each pointer of a task that it follows, on each path, the verifier goes through all
 * types of the kernel four times, which takes 2 ms.
 */
la_subprog int la_owner_of_current(struct la_owner *o)
{
	struct task_struct *task, *leader;

	if (!o)
		return 0;
	if (!LA_FOLLOWS_TASK) {
		la_owner_of((struct task_struct *)bpf_get_current_task(), o);
		return 0;
	}
	task = bpf_get_current_task_btf();
	leader = task->group_leader;
	o->start_ns = leader->start_boottime;
	o->cgroup = task->cgroups->dfl_cgrp->kn->id;
	o->tgid = task->tgid;
	BPF_CORE_READ_INTO(&o->uid, task, cred, uid.val);
	BPF_CORE_READ_STR_INTO(&o->comm, leader, comm);
	o->exec = task->self_exec_id;
	la_note_program_of(task, o);
	return 0;
}

#endif
