/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by datapath.c, load.c and pin.c, which load, and attach.c, which attaches. */
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "datapath.h"

struct leakaudit_bpf;
struct owners_bpf;

#define CGROUP_HOOKS 9

/* Of cgroups that are gone, all hooks of 64 of them. */
#define LEFT_HOOKS (64 * CGROUP_HOOKS)

/* TC's program knows its namespace at load: an instance for each. */
struct tc_instance {
	uint64_t netns;
	struct leakaudit_bpf *skel;
};

struct datapath {
	struct leakaudit_bpf *skel; /* the maps, which all others share */
	struct owners_bpf *owners;
	struct leakaudit_bpf *packets; /* the cgroup's egress */
	struct leakaudit_bpf *ingress; /* NULL where nothing is dropped */
	struct ring_buffer *ring;
	datapath_event_fn *fn;
	void *arg;
	struct la_flow *flows; /* mapped; NULL until loaded */
	uint32_t n_flows;
	int cpus;
	struct la_offsets offsets; /* of what drops; dev is 0 else */
	char *pins; /* directory of bpffs, NULL: nothing is pinned */
	bool adopted; /* it was all there before us */
	bool leaving; /* datapath_leave_pinned() */
	const struct scope *scope;
	uint64_t home; /* cookie of the namespace that we run in */
	struct bpf_link *hooks[CGROUP_HOOKS];
	size_t n_hooks;
	struct bpf_link *left[LEFT_HOOKS]; /* attach_leave() */
	size_t n_left;
	bool processes; /* attach_processes(), */
	struct bpf_link *moved, *born, *sweep; /* which are these */
	struct tc_instance *instances;
	size_t n_instances;
};

/* All maps and all programs. The same errors as datapath_open() before they are
 * explained. */
int datapath_load(struct datapath *k, const struct datapath_config *cfg);

/* The same from where it is pinned, but for what only a loader needs. */
int datapath_adopt(struct datapath *k, const struct datapath_config *cfg);

/* The objects' parts: see load.c. */
int datapath_share_maps(struct bpf_object *with, struct bpf_map *bss,
			const struct leakaudit_bpf *of);
int datapath_load_owners(struct datapath *k, const struct datapath_config *cfg);

/* Pins every map. */
int datapath_pin_maps(struct datapath *k);
/* The path of a pin; buf: PATH_MAX. */
const char *datapath_pin_path(const struct datapath *k, const char *name, char *buf);

/* An instance with one of the packet programs. */
int datapath_load_packets(const struct datapath *k, const char *program, uint64_t netns,
			  struct leakaudit_bpf **ret);

/* Of the TC program for the interfaces of a namespace, loaded when first asked
 * for; -errno. */
int datapath_tc_program(struct datapath *k, uint64_t netns);

/* fd of the sockets' storage: its keys are their descriptors. */
int datapath_socks(const struct datapath *k);

/* Remembers what libbpf and the verifier say, from now on. */
void datapath_keep_log(void);

/* Why a load failed with r, as datapath_open() says it. */
int datapath_load_error(int r, const struct datapath_config *cfg, struct fault *f);
