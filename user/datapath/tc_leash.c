/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tc_leash.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#define NAME "la_tc_leash"
#define PLACES (2 * (TC_LOOPS + 1)) /* of home, and of all others */

struct tc_leash {
	int table;
	int progs[PLACES];
};

static int open_leash(struct tc_leash **ret)
{
	struct tc_leash *l = malloc(sizeof(*l));
	size_t i;
	int r;

	if (!l)
		return -ENOMEM;
	for (i = 0; i < PLACES; i++)
		l->progs[i] = -1;
	l->table = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, TC_LEASH_TABLE, sizeof(uint32_t),
				  sizeof(uint32_t), PLACES, NULL);
	if (l->table < 0) {
		r = -errno;
		free(l);
		return r;
	}
	*ret = l;
	return 0;
}

/* Jumps to that place of the table, whose first argument is the packet. */
static int load_jump(int table, uint32_t place)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = BPF_REG_2,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = table },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = (int)place },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_0,
		  .imm = -1 }, /* nobody is there: TC_ACT_UNSPEC, on to the next filter */
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, NAME, "Dual BSD/GPL", insns,
			       ARRAY_SIZE(insns), NULL);

	return fd < 0 ? -errno : fd;
}

int tc_leash_program(struct tc_leash **l, enum tc_task task, bool home, int prog)
{
	uint32_t place = task * 2U + home;
	int r = *l ? 0 : open_leash(l);

	if (r)
		return r;
	if ((*l)->progs[place] >= 0)
		return (*l)->progs[place];
	if (bpf_map_update_elem((*l)->table, &place, &prog, BPF_ANY))
		return -errno;
	return (*l)->progs[place] = load_jump((*l)->table, place);
}

/* One for each place, to compare with: how the kernel makes a tag depends on its version. */
static void make_jumps(struct program *made)
{
	struct tc_leash *l;
	uint32_t place;

	if (open_leash(&l))
		return;
	for (place = 0; place < PLACES; place++) {
		l->progs[place] = load_jump(l->table, place);
		program_describe_fd(l->progs[place], &made[place]);
	}
	tc_leash_free(l);
}

bool tc_leash_is(const struct program *p)
{
	static struct program made[PLACES];
	uint32_t place;

	if (strcmp(p->name, NAME) != 0)
		return false;
	if (!made[0].bytes)
		make_jumps(made);
	for (place = 0; place < PLACES; place++)
		if (made[place].bytes && program_equal(p, &made[place]))
			return true;
	return false;
}

void tc_leash_free(struct tc_leash *l)
{
	size_t i;

	if (!l)
		return;
	for (i = 0; i < PLACES; i++)
		closep(&l->progs[i]);
	close(l->table);
	free(l);
}
