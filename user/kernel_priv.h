/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by kernel*.c, which load, and attach.c, which attaches. */
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel.h"

struct leakaudit_bpf;
struct owners_bpf;

#define CGROUP_HOOKS 9

/* TC's program knows its namespace at load: an instance for each. */
struct tc_instance {
	uint64_t netns;
	struct leakaudit_bpf *skel;
};

struct kernel {
	struct leakaudit_bpf *skel; /* the maps, which all others share */
	struct owners_bpf *owners;
	struct leakaudit_bpf *packets; /* the cgroup's egress */
	struct leakaudit_bpf *ingress; /* NULL where nothing is dropped */
	struct ring_buffer *ring;
	kernel_event_fn *fn;
	void *arg;
	struct la_flow *flows; /* mapped; NULL until loaded */
	uint32_t n_flows;
	int cpus;
	bool no_sweep; /* the iterator does not load here: sweep_sockets() does its work */
	struct la_offsets offsets; /* of what drops; dev is 0 else */
	char *pins; /* directory of bpffs, NULL: nothing is pinned */
	bool adopted; /* it was all there before us */
	bool leaving; /* kernel_leave() */
	const struct scope *scope;
	uint64_t home; /* cookie of the namespace that we run in */
	struct bpf_link *hooks[CGROUP_HOOKS];
	size_t n_hooks;
	bool processes; /* attach_processes(), */
	struct bpf_link *moved, *born, *sweep; /* which are these */
	struct tc_instance *instances;
	size_t n_instances;
};

/* All maps and all programs. The same errors as kernel_open() before they are
 * explained. */
int kernel_load(struct kernel *k, const struct kernel_config *cfg);

/* The same from where it is pinned, but for what only a loader needs. */
int kernel_adopt(struct kernel *k, const struct kernel_config *cfg);

/* The objects' parts: see kernel_load.c. */
int kernel_share_maps(struct bpf_object *with, struct bpf_map *bss, const struct leakaudit_bpf *of);
int kernel_load_owners(struct kernel *k, const struct kernel_config *cfg);

/* Pins every map. */
int kernel_pin_maps(struct kernel *k);
/* The path of a pin; buf: PATH_MAX. */
const char *kernel_pin_path(const struct kernel *k, const char *name, char *buf);

/* An instance with one of the packet programs. */
int kernel_load_packets(const struct kernel *k, const char *program, uint64_t netns,
			struct leakaudit_bpf **ret);

/* Of the TC program for the interfaces of a namespace, loaded when first asked
 * for; -errno. */
int kernel_tc_program(struct kernel *k, uint64_t netns);

/* fd of the sockets' storage: its keys are their descriptors. */
int kernel_socks(const struct kernel *k);

/* Remembers what libbpf and the verifier say, from now on. */
void kernel_listen(void);

/* Why a load failed with r, as kernel_open() says it. */
int kernel_explain(int r, const struct kernel_config *cfg, char *msg, size_t size);
