/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The least that a program can do to count: one look into a map of each CPU. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <unistd.h>

#include "hooks.h"

struct count {
	__u64 packets;
	__u64 bytes;
};

#define MOVE(dst, src)                                                              \
	{                                                                           \
		.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = dst, .src_reg = src \
	}
#define MOVE_NUMBER(dst, n)                                                   \
	{                                                                     \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = dst, .imm = n \
	}
#define ADD(dst, src)                                                               \
	{                                                                           \
		.code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = dst, .src_reg = src \
	}
#define ADD_NUMBER(dst, n)                                                    \
	{                                                                     \
		.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = dst, .imm = n \
	}
#define LOAD(size, dst, src, at)                                                              \
	{                                                                                     \
		.code = BPF_LDX | BPF_MEM | (size), .dst_reg = dst, .src_reg = src, .off = at \
	}
#define STORE(dst, at, src)                                                                   \
	{                                                                                     \
		.code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = dst, .src_reg = src, .off = at \
	}

static int load_counter(int map)
{
	const struct bpf_insn insns[] = {
		MOVE(BPF_REG_6, BPF_REG_1),
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .off = -4 },
		MOVE(BPF_REG_2, BPF_REG_10),
		ADD_NUMBER(BPF_REG_2, -4),
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = map },
		{ 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 7 },
		LOAD(BPF_DW, BPF_REG_1, BPF_REG_0, offsetof(struct count, packets)),
		ADD_NUMBER(BPF_REG_1, 1),
		STORE(BPF_REG_0, offsetof(struct count, packets), BPF_REG_1),
		LOAD(BPF_DW, BPF_REG_1, BPF_REG_0, offsetof(struct count, bytes)),
		LOAD(BPF_W, BPF_REG_2, BPF_REG_6, offsetof(struct __sk_buff, len)),
		ADD(BPF_REG_1, BPF_REG_2),
		STORE(BPF_REG_0, offsetof(struct count, bytes), BPF_REG_1),
		MOVE_NUMBER(BPF_REG_0, 1),
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_CGROUP_INET_EGRESS);

	return bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, "counter", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), &opts);
}

int hooks_attach_counter(int cgroup)
{
	int map = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "counts", sizeof(__u32),
				 sizeof(struct count), 1, NULL);
	int prog = map < 0 ? -1 : load_counter(map), link = -1;

	if (prog >= 0)
		link = bpf_link_create(prog, cgroup, BPF_CGROUP_INET_EGRESS, NULL);
	if (link < 0)
		link = -errno;
	if (map >= 0)
		close(map);
	if (prog >= 0)
		close(prog);
	return link;
}
