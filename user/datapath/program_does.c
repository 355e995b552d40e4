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

/* How a call of bpf_clone_redirect() reads, once the kernel has put addresses for names. */
static int32_t clone_call(void)
{
	static int32_t found;
	unsigned long long at, base = 0, clone = 0;
	char line[256], name[64];
	FILE *f;

	if (found)
		return found;
	f = fopen("/proc/kallsyms", "re");
	while (f && !(base && clone) && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx %*c %63s", &at, name) != 2)
			continue;
		if (!strcmp(name, "__bpf_call_base"))
			base = at;
		else if (!strcmp(name, "bpf_clone_redirect"))
			clone = at;
	}
	if (f)
		fclose(f);
	if (base && clone)
		found = (int32_t)(clone - base);
	return found;
}

static unsigned int does(const struct bpf_insn *insn, int32_t clone, uint32_t mark)
{
	uint8_t class = BPF_CLASS(insn->code);

	if (insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg && clone && insn->imm == clone)
		return PROGRAM_COPIES;
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
	unsigned int ret = 0;
	int32_t clone;

	if (!insns || fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || !info.xlated_prog_insns)
		return 0;
	clone = clone_call();
	mark = offsets_of_tc_index();
	n = MIN(info.xlated_prog_len / (uint32_t)sizeof(*insns), (uint32_t)INSNS_MAX);
	for (i = 0; i < n; i++)
		ret |= does(&insns[i], clone, mark);
	return ret;
}
