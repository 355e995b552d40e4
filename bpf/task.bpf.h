/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a task tells of its process, and whether it is in the scope. */
#ifndef LEAKAUDIT_TASK_BPF_H
#define LEAKAUDIT_TASK_BPF_H

#include "allow.bpf.h"
#include "program.bpf.h"

la_inline __u64 la_cgroup_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/* Whether a cgroup is in the scope. */
la_inline int la_cgroup_in_scope(struct cgroup *cgrp)
{
	struct cgroup *above = NULL;
	__u32 level = la_scope.level;
	__u64 id = 0;

	if (BPF_CORE_READ(cgrp, level) < (int)level)
		return 0;
	if (bpf_core_field_exists(cgrp->ancestors)) {
		bpf_core_read(&above, sizeof(above), &cgrp->ancestors[level]);
		return BPF_CORE_READ(above, kn, id) == la_scope.id;
	}
	bpf_core_read(&id, sizeof(id), &((struct cgroup___ids *)cgrp)->ancestor_ids[level]);
	return id == la_scope.id;
}

/* Whether the loader has taken the process into the scope. */
la_inline int la_is_taken(struct task_struct *task)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);
	__u64 *start = bpf_map_lookup_elem(&la_taken, &tgid);

	return start && *start == BPF_CORE_READ(task, group_leader, start_boottime) / LA_TICK_NS;
}

la_inline int la_task_in_scope(struct task_struct *task)
{
	return la_is_host || la_cgroup_in_scope(BPF_CORE_READ(task, cgroups, dfl_cgrp)) ||
	       la_is_taken(task);
}

/* Whether the socket was created there. */
la_inline int la_sk_in_scope(struct sock *sk)
{
	return la_is_host || la_cgroup_in_scope(BPF_CORE_READ(sk, sk_cgrp_data.cgroup));
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

/* The process, not the thread: clients name their threads, but users look for the process. */
la_inline void la_owner_of(struct task_struct *task, struct la_owner *o)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct la_program program;
	__u64 at = 0;

	o->start_ns = BPF_CORE_READ(leader, start_boottime);
	o->cgroup = la_cgroup_of(task);
	o->tgid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_INTO(&o->uid, task, cred, uid.val);
	BPF_CORE_READ_STR_INTO(&o->comm, leader, comm);
	o->exec = la_exec_of(task);
	program = (struct la_program){ o->start_ns, o->tgid, o->exec };
	/* as a number: the verifier gives no pointer to a task to a function */
	bpf_probe_read_kernel(&at, sizeof(at), &task);
	la_note_program(at, &program);
}

#endif
