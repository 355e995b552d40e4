/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by datapath.c, load.c and pin.c, which load, and attach.c, which attaches. */
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "attach.h"
#include "kernel_types.h"

struct leakaudit_bpf;
struct owners_bpf;

/* BPF_CGROUP_UNIX_CONNECT of Linux 6.7, which older headers lack. */
#define UNIX_CONNECT 49

#define CGROUP_HOOKS 9

/* Those at one scope's cgroup. */
struct cgroup_hooks {
	struct bpf_link *v[CGROUP_HOOKS];
	size_t n;
	int cgroup; /* borrowed, while there are any */
	bool renewed; /* of a guard: they are attached anew, its cgroup was made again */
};

/* All hooks of 64 removed cgroups. */
#define LEFT_HOOKS (64 * CGROUP_HOOKS)

/* Removed cgroups whose sockets are still known as their scope's. */
#define LEFT_SCOPES 512

/*
 * Who is of a scope: sockets that its processes open elsewhere, their moves, births and ends; and,
 * of a guard, its cgroup that is made again, and what stands in for hooks of it.
 */
#define MEMBER_SOCKETS 0
#define MEMBER_HOOKS_OF_ALL 6
#define MEMBER_HOOKS 10
#define STREAM_HOOKS 2

/*
 * At home TC programs have their namespace as a constant. The others share an instance, where the
 * kernel tells in which one a device is; else each has its own.
 */
#define LA_ALL_OTHERS 0
struct tc_instance {
	uint64_t netns; /* or LA_ALL_OTHERS */
	enum tc_task task;
	int program;
};

/* A cgroup whose daemons are heard, see daemon_hooks.h. */
#define HEARD_CGROUPS 16
struct heard_cgroup {
	uint64_t id;
	struct bpf_link *link; /* NULL: free */
};

struct tc_leash;

struct datapath {
	struct leakaudit_bpf *skel; /* owns the maps, which all others share */
	struct owners_bpf *owners;
	struct leakaudit_bpf *packets; /* the egress hook of the cgroup */
	struct leakaudit_bpf *ingress; /* NULL without dropping */
	struct owners_bpf *calls; /* NULL: nobody serves names at a Unix socket */
	struct owners_bpf *callers; /* NULL: those are among the owners, or not needed yet */
	struct bpf_link *calls_links[LA_SCOPES_MAX]; /* of each scope, */
	uint64_t calls_cgroups[LA_SCOPES_MAX]; /* and the cgroup that it is attached to */
	struct kernel_types types;
	struct leakaudit_bpf *ears; /* NULL: no resolver is listened to */
	struct leakaudit_bpf *hearing; /* NULL: no daemon is heard */
	struct heard_cgroup heard[HEARD_CGROUPS];
	uint32_t reserve_full; /* so many records are returned without another look at the reserve */
	struct ring_buffer *ring, *evidence;
	int rings; /* an epoll of both */
	int scanning; /* the iterator of a scan that has begun; -1: there is none */
	uint32_t scan_changes; /* la_scan_changes, as it was last */
	datapath_event_fn *fn;
	void *arg;
	bool awake; /* see events.c */
	uint64_t awake_until; /* ktime */
	uint64_t read_until; /* ktime */
	uint64_t n_read; /* events, at this look */
	bool behind; /* some were left */
	struct la_flow *flows; /* mapped; NULL until loaded */
	uint32_t n_flows;
	uint32_t used_first, used; /* the ends of what was used of them, see flow_ids.c */
	bool used_anew; /* each is to be looked at for that */
	int cpus;
	void *per_cpu; /* room for what all CPUs have of one key, see sums.c */
	struct la_offsets offsets; /* dev is 0: not found */
	char *pins; /* bpffs directory; NULL: nothing is pinned */
	bool asks_caller; /* who sends and connects is known without hooks of these calls */
	bool drop_late; /* TC hooks go to the end, see tc_others.h */
	struct leakaudit_bpf *remade_ingress; /* of a guard: of its cgroup when that is made again */
	struct owners_bpf *renewed_owners; /* see datapath_renew() */
	bool adopted; /* taken over from an earlier loader */
	bool leaving; /* see datapath_leave_pinned() */
	int mount; /* of cgroup v2; borrowed */
	uint64_t home; /* cookie of the namespace that we run in */
	struct cgroup_hooks hooks[LA_SCOPES_MAX]; /* by the scope's number minus one */
	struct bpf_link *setsockopt; /* at the root, for all of them; NULL: there is none */
	uint64_t left_scopes[LEFT_SCOPES]; /* see datapath_leave_scope() */
	size_t n_left_scopes; /* in all */
	struct bpf_link *left[LEFT_HOOKS]; /* see attach_leave() */
	size_t n_left;
	bool processes; /* attach_processes(), */
	struct bpf_link *streams[STREAM_HOOKS]; /* streams.bpf.h; NULL: there is none */
	struct bpf_link *members[MEMBER_HOOKS], *sweep; /* which are these, */
	struct bpf_link *lost; /* and the drops behind TC egress, */
	struct bpf_link *emptied; /* and the queues there that are emptied */
	struct tc_instance *instances;
	size_t n_instances;
	struct tc_leash *leash; /* NULL: no filter is on one */
};

/* Loads all maps and programs. Errors are those of datapath_open(), without text. */
int datapath_load(struct datapath *k, const struct datapath_config *cfg);

/* Takes over what is pinned; loads only what a loader needs for itself. */
int datapath_adopt(struct datapath *k, const struct datapath_config *cfg);

/*
 * Attaches to the root, or to the program's tracepoint. With pins it is pinned, or taken over from
 * an earlier loader.
 */
int attach_kept(struct datapath *k, struct bpf_program *prog, int root, struct bpf_link **ret,
		struct fault *f);

/* A part of loading, see load.c. */
int datapath_load_owners(struct datapath *k, const struct datapath_config *cfg);

/* Opens an instance with some of the programs in process context, to be loaded by the caller. */
int datapath_open_beside(const struct datapath *k, const char *const *names, size_t n,
			 struct owners_bpf **ret);

/* Loads those that tell who sends and connects, where the egress hook is not to ask any more. */
int datapath_load_callers(struct datapath *k);

/* Loads what sees connect() of Unix sockets. -EINVAL: the kernel has no such hook, before 6.7. */
int datapath_load_calls(struct datapath *k);

/* Maps the records of flows, and gives the programs those that they need first. 0 or -errno. */
int flow_ids_open(struct datapath *k);

/* Maps the rings of events. */
int datapath_events_open(struct datapath *k);
void datapath_events_close(struct datapath *k);

/* Pins every map. */
int datapath_pin_maps(struct datapath *k);
/* The path of a pin; buf: PATH_MAX. */
const char *datapath_pin_path(const struct datapath *k, const char *name, char *buf);

/* The same of a link's pin. number: of its scope; 0: it is there once for all. */
const char *datapath_link_path(const struct datapath *k, const struct bpf_program *prog,
			       uint32_t number, char *buf);

/* Loads an instance with one of the packet programs. */
int datapath_load_packets(const struct datapath *k, const char *program, uint64_t netns,
			  struct leakaudit_bpf **ret);

/*
 * Keeps the program of a loaded object, and frees the object: all that it was made of has half a
 * megabyte. The program's descriptor, or -errno.
 */
int datapath_keep_tc(struct datapath *k, uint64_t netns, enum tc_task task,
		     struct leakaudit_bpf *skel);

/* Descriptor of a TC program for a namespace, which is loaded on first use; -errno. */
int datapath_tc_program(struct datapath *k, uint64_t netns, enum tc_task task);
/*
 * The same on a leash, for a filter. -EOPNOTSUPP: there is no program of ours that all such
 * namespaces share.
 */
int datapath_tc_leashed(struct datapath *k, uint64_t netns, enum tc_task task);

/* What sums need; 0 or -errno. */
int datapath_sums_open(struct datapath *k);

/* A walk through a table that has a sum for each key and CPU, and loses no key meanwhile. */
struct sums {
	const struct datapath *k;
	int fd;
	void *key; /* room for one, where each is put */
	void *last; /* NULL: none was */
};
/* What all CPUs have counted of the next key. False: there is no other. */
bool sums_next(struct sums *s, struct la_sum *ret);

/* From now on keeps the last lines of libbpf and the verifier. */
void datapath_keep_log(void);

/* Explains why a load failed with r, and returns the error of datapath_open(). */
int datapath_load_error(int r, const struct datapath_config *cfg, struct fault *f);
