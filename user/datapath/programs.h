/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The BPF programs of a hook, whoever attached them. */
#pragma once

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

#define PROGRAMS_MAX 64 /* BPF_CGROUP_MAX_PROGS, as many as tcx takes */
#define PROGRAM_MAPS_MAX 64

struct programs {
	uint32_t id[PROGRAMS_MAX], n;
};

/* target: a cgroup's descriptor, or an ifindex of our present namespace. 0 or -errno. */
int programs_query(int target, int where, uint32_t flags, struct programs *ret);
bool programs_has(const struct programs *p, uint32_t id);

/* Once, and no more than there is room for. */
void programs_add(struct programs *p, uint32_t id);

struct program {
	char name[BPF_OBJ_NAME_LEN];
	uint8_t tag[BPF_TAG_SIZE]; /* of its instructions */
	uint32_t bytes; /* of these */
	uint32_t maps[PROGRAM_MAPS_MAX], n_maps;
};

/* False: it is gone. */
bool program_describe(uint32_t id, struct program *ret);
bool program_describe_fd(int fd, struct program *ret);

/* Whether both are the same instructions. */
bool program_equal(const struct program *a, const struct program *b);

/* If it is a leakaudit's of this ABI: its flow table's descriptor, with info. Else -1. */
int program_flows(const struct program *p, struct bpf_map_info *info);

/* Of the same: the classes that it drops, as bits of enum la_class. 0: none, or it cannot be read. */
uint32_t program_drops(const struct program *p);

/* Whether it is a leakaudit's that only notes who sends, or refuses what is forged. */
bool program_judges_nothing(const struct program *p);

/* Adds those that a leash (tc_leash_is()) jumps to. None: whoever held it has ended. */
void program_add_leashed(const struct program *leash, struct programs *to);
