/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program_does.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "offsets.h"
#include "base/util.h"

/* More than any program has that the kernel takes of others than root, and enough of root's. */
#define INSNS_MAX 65536

/* How calls read, once the kernel has put addresses for names. 0: not known. */
struct calls {
	int32_t copies, sends_on;
};

static const struct calls *calls_of_kernel(void)
{
	static struct calls found;
	unsigned long long at, base = 0, clone = 0, redirect = 0;
	char line[256], name[64];
	FILE *f;

	if (found.copies)
		return &found;
	f = fopen("/proc/kallsyms", "re");
	while (f && !(base && clone && redirect) && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx %*c %63s", &at, name) != 2)
			continue;
		if (!strcmp(name, "__bpf_call_base"))
			base = at;
		else if (!strcmp(name, "bpf_clone_redirect"))
			clone = at;
		else if (!strcmp(name, "bpf_redirect"))
			redirect = at;
	}
	if (f)
		fclose(f);
	if (base && clone && redirect)
		found = (struct calls){ (int32_t)(clone - base), (int32_t)(redirect - base) };
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
	struct bpf_prog_info info = { .xlated_prog_insns = (uintptr_t)insns,
				      .xlated_prog_len = INSNS_MAX * sizeof(*insns) };
	uint32_t len = sizeof(info), i, n, mark;
	const struct calls *calls;
	unsigned int ret = 0;

	if (!insns || fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || !info.xlated_prog_insns)
		return 0;
	calls = calls_of_kernel();
	mark = offsets_of_tc_index();
	n = MIN(info.xlated_prog_len / (uint32_t)sizeof(*insns), (uint32_t)INSNS_MAX);
	for (i = 0; i < n; i++)
		ret |= does(&insns[i], calls, mark);
	return ret;
}
