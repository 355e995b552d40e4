/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks that are not at an interface or at a scope's cgroup, and the walks over processes. */
#include "attach.h"

#include <errno.h>
#include <string.h>

#include "leakaudit.skel.h"
#include "owners.skel.h"
#include "priv.h"
#include "tracing.h"

/* As the end of union bpf_iter_link_info, which not every build's headers have. */
struct task_choice {
	uint32_t tid, pid, pid_fd;
};

/* Returns the iterator. */
static int begin_part(const struct datapath *k, pid_t pid)
{
	struct task_choice choice = { .pid = (uint32_t)pid };
	LIBBPF_OPTS(bpf_link_create_opts, opts, .iter_info = (union bpf_iter_link_info *)&choice,
		    .iter_info_len = sizeof(choice));
	_cleanup_(closep) int link = bpf_link_create(
		bpf_program__fd(k->owners->progs.la_scan_sockets), 0, BPF_TRACE_ITER, &opts);

	if (link < 0)
		return errno == E2BIG ? -EOPNOTSUPP : -errno;
	return bpf_iter_create(link);
}

static int begin_all(struct datapath *k)
{
	if (!k->sweep)
		k->sweep = bpf_program__attach_iter(k->owners->progs.la_scan_sockets, NULL);
	return k->sweep ? bpf_iter_create(bpf_link__fd(k->sweep)) : -errno;
}

int attach_scan_begin(struct datapath *k, pid_t pid)
{
	int r = pid ? begin_part(k, pid) : begin_all(k);

	k->scanning = r < 0 ? -1 : r;
	k->skel->bss->la_scan_part = pid != 0;
	return MIN(r, 0);
}

/* The kernel goes on until it has a record, which it returns whole. */
int attach_scan_step(struct datapath *k, held_fn *fn, void *arg)
{
	struct la_held held;
	ssize_t n;

	/* EAGAIN: a million files without such a socket */
	while ((n = read(k->scanning, &held, sizeof(held))) > 0 ||
	       (n < 0 && (errno == EINTR || errno == EAGAIN))) {
		if (n > 0 && !held.inode)
			return 1;
		if (n > 0 && fn)
			fn(arg, &held);
	}
	n = n < 0 ? -errno : 0;
	closep(&k->scanning);
	k->scanning = -1;
	return (int)n;
}

bool attach_scan_changed(struct datapath *k)
{
	uint32_t changes = __atomic_load_n(&k->skel->bss->la_scan_changes, __ATOMIC_ACQUIRE);
	bool changed = changes != k->scan_changes;

	k->scan_changes = changes;
	return changed;
}

static int scan_to_the_end(struct datapath *k, held_fn *fn, void *arg)
{
	int r;

	do
		r = attach_scan_step(k, fn, arg);
	while (r > 0);
	return r;
}

/* One that has begun did not see what has come since. */
int attach_scan(struct datapath *k, held_fn *fn, void *arg)
{
	int r = k->scanning < 0 ? 0 : scan_to_the_end(k, fn, arg);

	r = r ?: attach_scan_begin(k, 0);
	return r ?: scan_to_the_end(k, fn, arg);
}

int attach_take(struct datapath *k, uint32_t tgid, uint64_t start_ticks, uint32_t scope)
{
	const struct la_member m = { .start_ticks = start_ticks, .scope = scope, .told = true };

	if (k->pins) /* its namespace would be taken for judged when nobody knows it any more */
		return -EOPNOTSUPP;
	if (bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_members), &tgid, &m, BPF_ANY))
		return -errno;
	return attach_scan(k, NULL, NULL);
}

int attach_members(struct datapath *k, struct fault *f)
{
	struct bpf_link *link;
	char end[1];
	int fd, r;

	if (!bpf_program__autoload(k->owners->progs.la_scan_tasks))
		return 0;
	link = bpf_program__attach_iter(k->owners->progs.la_scan_tasks, NULL);
	fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	r = fd < 0 ? -errno : 0;
	while (!r && (read(fd, end, sizeof(end)) < 0)) /* it writes nothing */
		r = errno == EINTR || errno == EAGAIN ? 0 : -errno;
	closep(&fd);
	bpf_link__destroy(link);
	return r ? fault_say(f, r, "cannot walk through the processes: %s", strerror(-r)) : 0;
}

/* Who is of a scope, wherever it goes. With a guard these stay. */
static int attach_membership(struct datapath *k, struct fault *f)
{
	const struct leakaudit_bpf *ingress = k->remade_ingress ?: k->skel;
	struct owners_bpf *s = k->owners;
	struct bpf_program *programs[MEMBER_HOOKS] = {
		s->progs.la_take_socket,
		s->progs.la_task_ended,
		s->progs.la_task_freed,
		s->progs.la_task_moved,
		s->progs.la_task_born,
		s->progs.la_packet_waits,
		s->progs.la_remade_connect4,
		s->progs.la_remade_connect6,
		ingress->progs.la_remade_ingress,
		s->progs.la_cgroup_made,
	};
	size_t i, n = k->pins ? MEMBER_HOOKS : MEMBER_HOOKS_OF_ALL;
	int r = 0;

	if (!bpf_program__autoload(s->progs.la_scan_tasks))
		return 0;
	for (i = 0; !r && i < n; i++)
		r = attach_kept(k, programs[i], k->mount, &k->members[i], f);
	return r;
}

/* What processes of a scope do with streams from outside. */
static int attach_streams(struct datapath *k, struct fault *f)
{
	struct bpf_program *programs[STREAM_HOOKS] = { k->owners->progs.la_stream_changes,
						       k->owners->progs.la_data_put };
	size_t i;
	int r = 0;

	for (i = 0; !r && i < STREAM_HOOKS; i++)
		if (bpf_program__autoload(programs[i]))
			r = attach_kept(k, programs[i], k->mount, &k->streams[i], f);
	return r;
}

/* What becomes of packets behind TC egress. */
static int attach_lost(struct datapath *k, struct fault *f)
{
	struct owners_bpf *s = k->owners;

	if (!bpf_program__autoload(s->progs.la_packet_lost))
		return 0;
	k->emptied = tracing_attach(s->progs.la_queue_emptied);
	k->lost = k->emptied ? tracing_attach(s->progs.la_packet_lost) : NULL;
	if (!k->lost)
		return fault_say(f, -errno,
				 "cannot attach to the tracepoints of dropped packets: %s",
				 strerror(errno));
	return 0;
}

int attach_processes(struct datapath *k, struct fault *f)
{
	int r;

	if (k->processes)
		return 0;
	r = attach_membership(k, f);
	if (!r)
		r = attach_streams(k, f);
	if (!r)
		r = attach_lost(k, f);
	if (r)
		return r;
	r = attach_scan(k, NULL, NULL);
	k->processes = !r;
	return r ? fault_say(f, r, "cannot walk through the open files: %s", strerror(-r)) : 0;
}

void detach_processes(struct datapath *k)
{
	size_t i;

	for (i = 0; i < MEMBER_HOOKS; i++) {
		bpf_link__destroy(k->members[i]);
		k->members[i] = NULL;
	}
	closep(&k->scanning);
	k->scanning = -1;
	bpf_link__destroy(k->sweep);
	for (i = 0; i < STREAM_HOOKS; i++) {
		bpf_link__destroy(k->streams[i]);
		k->streams[i] = NULL;
	}
	bpf_link__destroy(k->lost);
	k->lost = NULL;
	bpf_link__destroy(k->emptied);
	k->emptied = NULL;
	k->processes = false;
	k->sweep = NULL;
}
