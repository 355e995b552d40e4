/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What is noted of a process when it first uses a socket. Many have ended before the loader reads
 * of them, and /proc knows them no more.
 */
#ifndef LEAKAUDIT_PROGRAM_BPF_H
#define LEAKAUDIT_PROGRAM_BPF_H

#include "maps.bpf.h"

/* Names and mounts of a path that are walked through. */
#define LA_PATH_STEPS 40

/* The pid of a task in the reader's namespace. 0: it is not visible there. */
la_inline __u32 la_pid_for_reader(struct task_struct *leader)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	__u32 level = la_reader.level, nr = 0;
	void *at, *ns = NULL;

	if (!pid || BPF_CORE_READ(pid, level) < level)
		return 0;
	at = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
	     (__u64)level * bpf_core_type_size(struct upid);
	bpf_probe_read_kernel(&ns, sizeof(ns), at + bpf_core_field_offset(struct upid, ns));
	if ((__u64)ns == la_reader.ns)
		bpf_probe_read_kernel(&nr, sizeof(nr), at + bpf_core_field_offset(struct upid, nr));
	return nr;
}

/* Called by the iterator, which runs in the process that reads it. */
la_inline void la_meet_reader(void)
{
	struct task_struct *reader = (struct task_struct *)bpf_get_current_task();
	struct pid *pid = BPF_CORE_READ(reader, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	void *at, *ns = NULL;

	at = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
	     (__u64)level * bpf_core_type_size(struct upid);
	bpf_probe_read_kernel(&ns, sizeof(ns), at + bpf_core_field_offset(struct upid, ns));
	if (la_reader.ns == (__u64)ns)
		return;
	la_reader.level = level;
	la_reader.ns = (__u64)ns;
}

/* Where a walk up a path is. */
struct la_walk {
	struct dentry *dentry;
	struct mount *mnt;
	__u32 len; /* bytes of the names so far */
	__u32 whole; /* it has come to the root */
};

/* From a mount's root to what it is mounted on. */
la_inline int la_walk_mount(struct la_walk *w)
{
	struct mount *mnt = w->mnt, *below = BPF_CORE_READ(mnt, mnt_parent);

	w->whole = below == mnt;
	w->dentry = BPF_CORE_READ(mnt, mnt_mountpoint);
	w->mnt = below;
	return w->whole;
}

/*
 * One name or mount further up, as the kernel's own d_path() walks. Returns whether this is the
 * end. Not inlined: the verifier walks it once.
 */
la_subprog int la_walk_step(struct la_walk *w, struct la_noted *n)
{
	struct dentry *dentry, *up;
	struct mount *mnt;
	__u32 len;
	long got;

	if (!w || !n)
		return 1;
	dentry = w->dentry;
	mnt = w->mnt;
	if (dentry == BPF_CORE_READ(mnt, mnt.mnt_root))
		return la_walk_mount(w);
	len = w->len;
	if (len >= LA_NOTED_PATH)
		return 1;
	got = bpf_probe_read_kernel_str(&n->path[len], LA_NOTED_NAME,
					BPF_CORE_READ(dentry, d_name.name));
	if (got <= 0)
		return 1;
	w->len = len + got;
	up = BPF_CORE_READ(dentry, d_parent);
	w->whole = up == dentry; /* a file without a directory: memfd_create(2) */
	w->dentry = up;
	return w->whole;
}

/* Where the path is longer than there is room, none is known. */
la_inline void la_note_path(struct la_noted *n, struct file *file)
{
	struct la_walk w = { .dentry = BPF_CORE_READ(file, f_path.dentry) };
	int i;

	w.mnt = (void *)BPF_CORE_READ(file, f_path.mnt) - bpf_core_field_offset(struct mount, mnt);
	for (i = 0; i < LA_PATH_STEPS; i++)
		if (la_walk_step(&w, n))
			break;
	if (w.whole)
		n->path_len = w.len;
}

/* Of the process that runs: the memory of another one cannot be read. */
la_inline void la_note_args(struct la_noted *n, struct mm_struct *mm)
{
	__u64 start = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end);
	__u64 len = end - start;

	if (!start || end <= start)
		return;
	if (len > LA_NOTED_ARGS)
		len = LA_NOTED_ARGS;
	if (!bpf_probe_read_user(n->args, len, (void *)start))
		n->args_len = len;
}

/* Not inlined, for the stack of the hooks. at: the address of the task. */
la_subprog int la_note_program(__u64 at, struct la_program *p)
{
	struct task_struct *task = (void *)at, *leader, *parent;
	static const struct la_noted empty;
	struct la_program key;
	struct mm_struct *mm;
	struct la_noted *n;

	if (!p || !la_reader.ns)
		return 0;
	key = *p; /* until 6.2 a map's key cannot be where an argument leads to */
	n = bpf_map_lookup_elem(&la_programs, &key);
	if (n && n->reader == la_reader.ns)
		return 0;
	bpf_map_update_elem(&la_programs, &key, &empty, BPF_ANY);
	n = bpf_map_lookup_elem(&la_programs, &key);
	if (!n)
		return 0;
	leader = BPF_CORE_READ(task, group_leader);
	parent = BPF_CORE_READ(leader, real_parent, group_leader);
	n->program = key;
	n->reader = la_reader.ns;
	n->pid = la_pid_for_reader(leader);
	n->parent_pid = la_pid_for_reader(parent);
	BPF_CORE_READ_STR_INTO(&n->parent, parent, comm);
	mm = BPF_CORE_READ(task, mm);
	if (mm) {
		la_note_path(n, BPF_CORE_READ(mm, exe_file));
		if (!la_no_payload && task == (struct task_struct *)bpf_get_current_task())
			la_note_args(n, mm);
	}
	/* given to another process in the meantime, it is not ours */
	if (bpf_map_lookup_elem(&la_programs, &key) == n)
		n->done = 1;
	return 0;
}

#endif
