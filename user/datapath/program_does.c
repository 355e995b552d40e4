/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program_does.h"

#include <bpf/bpf.h>

#include "offsets.h"
#include "base/util.h"

/* More than any program has that the kernel takes of others than root, and enough of root's. */
#define INSNS_MAX 65536

/* How calls read, once the kernel has put addresses for names. 0: not known. */
struct calls {
	int32_t copies, sends_on;
};

/* The program's instructions as the kernel has them: how many. */
static uint32_t read_insns(int program, struct bpf_insn *insns, uint32_t max)
{
	struct bpf_prog_info info = { .xlated_prog_insns = (uintptr_t)insns,
				      .xlated_prog_len = max * (uint32_t)sizeof(*insns) };
	uint32_t len = sizeof(info);

	if (program < 0 || bpf_obj_get_info_by_fd(program, &info, &len) || !info.xlated_prog_insns)
		return 0;
	return MIN(info.xlated_prog_len / (uint32_t)sizeof(*insns), max);
}

#define MOV(to, value)                                                               \
	{                                                                            \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (value) \
	}
#define CALL(function)                                        \
	{                                                     \
		.code = BPF_JMP | BPF_CALL, .imm = (function) \
	}

/*
 * As a program of our own reads that has both calls, and never runs: to look for the functions in
 * the kernel's list of symbols would take 40 ms.
 */
static struct calls load_calls(void)
{
	struct bpf_insn insns[] = {
		MOV(BPF_REG_2, 0),
		MOV(BPF_REG_3, 0),
		CALL(BPF_FUNC_clone_redirect),
		MOV(BPF_REG_1, 0),
		MOV(BPF_REG_2, 0),
		CALL(BPF_FUNC_redirect),
		{ .code = BPF_JMP | BPF_EXIT },
	};
	_cleanup_(closep) int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "la_calls", "GPL", insns,
						 ARRAY_SIZE(insns), NULL);

	if (read_insns(fd, insns, ARRAY_SIZE(insns)) != ARRAY_SIZE(insns))
		return (struct calls){ 0 };
	return (struct calls){ .copies = insns[2].imm, .sends_on = insns[5].imm };
}

static const struct calls *calls_of_kernel(void)
{
	static struct calls found;

	if (!found.copies)
		found = load_calls();
	return &found;
}

static unsigned int does(const struct bpf_insn *insn, const struct calls *calls, uint32_t mark)
{
	uint8_t class = BPF_CLASS(insn->code);

	if (insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg && calls->copies) {
		if (insn->imm == calls->copies)
			return PROGRAM_COPIES;
		return insn->imm == calls->sends_on ? PROGRAM_SENDS_ON : 0;
	}
	if ((class == BPF_STX || class == BPF_ST) && BPF_SIZE(insn->code) == BPF_H && mark &&
	    insn->off == (int16_t)mark)
		return PROGRAM_MARKS;
	return 0;
}

unsigned int program_does(uint32_t id)
{
	_cleanup_(freep) struct bpf_insn *insns = calloc(INSNS_MAX, sizeof(*insns));
	_cleanup_(closep) int fd = bpf_prog_get_fd_by_id(id);
	uint32_t i, n = insns ? read_insns(fd, insns, INSNS_MAX) : 0, mark;
	const struct calls *calls;
	unsigned int ret = 0;

	if (!n)
		return 0;
	calls = calls_of_kernel();
	mark = offsets_of_tc_index();
	for (i = 0; i < n; i++)
		ret |= does(&insns[i], calls, mark);
	return ret;
}
