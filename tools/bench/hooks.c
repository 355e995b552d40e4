/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hooks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* enum bpf_attach_type of kernels since 6.6; older headers lack it */
#define TCX_EGRESS 47
/* TC_ACT_STOLEN: the packet ends here, and is not dropped. */
#define TC_STOLEN 4
/* Behind our filter where the kernel has no tcx: that one has priority 1. */
#define TC_PRIORITY 2

#define INTERFACES_MAX 8
#define PROGRAMS_MAX 8

static const struct hook_type {
	const char *name;
	const char *program; /* ours */
	enum bpf_prog_type type;
	unsigned int attach;
	int result; /* of a program that has no opinion */
} hook_types[HOOK_MAX] = {
	[HOOK_EGRESS] = { "cgroup egress", "la_cgroup_egress", BPF_PROG_TYPE_CGROUP_SKB,
			  BPF_CGROUP_INET_EGRESS, 1 },
	[HOOK_TC] = { "TC egress", "la_tc_egress", BPF_PROG_TYPE_SCHED_CLS, TCX_EGRESS, -1 },
	[HOOK_CREATE] = { "sock_create", "la_sock_create", BPF_PROG_TYPE_CGROUP_SOCK,
			  BPF_CGROUP_INET_SOCK_CREATE, 1 },
	[HOOK_CONNECT] = { "connect4", "la_connect4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
			   BPF_CGROUP_INET4_CONNECT, 1 },
	[HOOK_SENDMSG] = { "sendmsg4", "la_sendmsg4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
			   BPF_CGROUP_UDP4_SENDMSG, 1 },
	[HOOK_SETSOCKOPT] = { "setsockopt", "la_setsockopt", BPF_PROG_TYPE_CGROUP_SOCKOPT,
			      BPF_CGROUP_SETSOCKOPT, 1 },
	[HOOK_RELEASE] = { "sock_release", "la_sock_release", BPF_PROG_TYPE_CGROUP_SOCK,
			   BPF_CGROUP_INET_SOCK_RELEASE, 1 },
};

struct hooks {
	int stats;
	int cgroup;
	unsigned int ifindexes[INTERFACES_MAX];
	size_t n_ifindexes;
	int before[HOOK_MAX]; /* programs, -1: none */
	int after[HOOK_MAX];
	int ours[HOOK_MAX][PROGRAMS_MAX]; /* TC has one per namespace */
	size_t n_ours[HOOK_MAX];
	int spacers[HOOKS_SPACERS_MAX];
	size_t n_spacers;
	int links[2 * (HOOK_MAX + INTERFACES_MAX)];
	size_t n_links;
	bool clsact;
};

const char *hook_name(enum hook hook)
{
	return hook_types[hook].name;
}

static int load_empty(const struct hook_type *t, int result)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = result },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts);

	if (t->type != BPF_PROG_TYPE_SCHED_CLS)
		opts.expected_attach_type = t->attach;
	return bpf_prog_load(t->type, "empty", "GPL", insns, sizeof(insns) / sizeof(insns[0]),
			     &opts);
}

/* Loads of a constant are ten bytes of code each, on amd64. */
#define SPACER_LOADS 400

static int load_spacer(void)
{
	struct bpf_insn insns[2 * SPACER_LOADS + 2], *at = insns;
	int i;

	for (i = 0; i < SPACER_LOADS; i++) {
		*at++ = (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW, .imm = i };
		*at++ = (struct bpf_insn){ .imm = 1 };
	}
	*at++ = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	*at++ = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "spacer", "GPL", insns,
			     (size_t)(at - insns), NULL);
}

static int load_spacers(struct hooks *h, unsigned int n)
{
	int prog;

	if (n > HOOKS_SPACERS_MAX)
		return -E2BIG;
	while (h->n_spacers < n) {
		prog = load_spacer();
		if (prog < 0)
			return -errno;
		h->spacers[h->n_spacers++] = prog;
	}
	return 0;
}

static int attach_to(struct hooks *h, int prog, int target, unsigned int type)
{
	int link = bpf_link_create(prog, target, type, NULL);

	if (link >= 0)
		h->links[h->n_links++] = link;
	return link < 0 ? -errno : 0;
}

/* Its interfaces are the bench's own: nobody has to take the filter away. */
static int attach_clsact(int prog, unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = TC_PRIORITY, .prog_fd = prog);

	return bpf_tc_attach(&hook, &opts);
}

static int attach_tc(struct hooks *h, int prog, bool behind)
{
	size_t i;
	int r = 0;

	for (i = 0; i < h->n_ifindexes && !r; i++) {
		if (!h->clsact)
			r = attach_to(h, prog, (int)h->ifindexes[i], TCX_EGRESS);
		else if (behind)
			r = attach_clsact(prog, h->ifindexes[i]);
	}
	return r;
}

static int attach_empty(struct hooks *h, enum hook hook, int progs[HOOK_MAX], bool behind)
{
	const struct hook_type *t = &hook_types[hook];
	int prog = load_empty(t, t->result), r;

	if (prog < 0)
		return -errno;
	progs[hook] = prog;
	if (hook != HOOK_TC)
		return attach_to(h, prog, h->cgroup, t->attach);
	r = attach_tc(h, prog, behind);
	if (r == -EINVAL && !behind) {
		/* no tcx: there is no place in front of our filter */
		h->clsact = true;
		close(prog);
		progs[hook] = -1;
		return 0;
	}
	return r;
}

int hooks_attach_result(enum hook hook, int target, int result)
{
	const struct hook_type *t = &hook_types[hook];
	int prog = load_empty(t, result), link;

	if (prog < 0)
		return -errno;
	link = bpf_link_create(prog, target, t->attach, NULL);
	if (link < 0)
		link = -errno;
	close(prog);
	return link;
}

/* By a filter: tcx has no such result. */
int hooks_attach_sink(unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1);
	int r = bpf_tc_hook_create(&hook);

	if (r)
		return r;
	opts.prog_fd = load_empty(&hook_types[HOOK_TC], TC_STOLEN);
	if (opts.prog_fd < 0)
		return -errno;
	r = bpf_tc_attach(&hook, &opts);
	close(opts.prog_fd);
	return r;
}

int hooks_open(struct hooks **ret, const char *cgroup, const unsigned int *ifindexes, size_t n,
	       unsigned int spacers)
{
	struct hooks *h;
	int hook, r = 0;

	if (n > INTERFACES_MAX)
		return -E2BIG;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	memcpy(h->ifindexes, ifindexes, n * sizeof(*ifindexes));
	h->n_ifindexes = n;
	for (hook = 0; hook < HOOK_MAX; hook++)
		h->before[hook] = h->after[hook] = -1;
	h->cgroup = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	h->stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (h->cgroup < 0 || h->stats < 0)
		r = -errno;
	if (!r)
		r = load_spacers(h, spacers);
	for (hook = 0; hook < HOOK_MAX && !r; hook++)
		r = attach_empty(h, hook, h->before, false);
	if (r) {
		hooks_close(h);
		return r;
	}
	*ret = h;
	return 0;
}

static int info_of(int prog, struct bpf_prog_info *info)
{
	uint32_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(prog, info, &len);
}

static bool known(const struct hooks *h, enum hook hook, uint32_t id)
{
	struct bpf_prog_info info;
	size_t i;

	for (i = 0; i < h->n_ours[hook]; i++)
		if (!info_of(h->ours[hook][i], &info) && info.id == id)
			return true;
	return false;
}

/* The kernel cuts names. */
static int hook_of(const char *program)
{
	int hook;

	for (hook = 0; hook < HOOK_MAX; hook++)
		if (!strncmp(program, hook_types[hook].program, BPF_OBJ_NAME_LEN - 1))
			return hook;
	return -1;
}

static void meet_program(struct hooks *h, uint32_t id)
{
	int prog = bpf_prog_get_fd_by_id(id), hook;
	struct bpf_prog_info info;

	if (prog < 0)
		return;
	hook = info_of(prog, &info) ? -1 : hook_of(info.name);
	if (hook < 0 || h->n_ours[hook] == PROGRAMS_MAX || known(h, hook, id))
		close(prog);
	else
		h->ours[hook][h->n_ours[hook]++] = prog;
}

/* The loader holds its programs, and says so in /proc. */
static int meet_programs(struct hooks *h, pid_t loader)
{
	char dir[64], path[400], line[128];
	struct dirent *e;
	unsigned int id;
	FILE *f;
	DIR *d;

	snprintf(dir, sizeof(dir), "/proc/%d/fdinfo", loader);
	d = opendir(dir);
	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		while (fgets(line, sizeof(line), f))
			if (sscanf(line, "prog_id: %u", &id) == 1)
				meet_program(h, id);
		fclose(f);
	}
	closedir(d);
	return 0;
}

int hooks_meet(struct hooks *h, pid_t loader)
{
	int hook, r = meet_programs(h, loader);

	for (hook = 0; hook < HOOK_MAX && !r; hook++)
		r = attach_empty(h, hook, h->after, true);
	return r;
}

static void add_stats(int prog, struct sample *s)
{
	struct bpf_prog_info info;

	if (prog < 0 || info_of(prog, &info))
		return;
	s->ns += info.run_time_ns;
	s->runs += info.run_cnt;
}

void hooks_read(const struct hooks *h, struct reading readings[HOOK_MAX])
{
	size_t i;
	int hook;

	memset(readings, 0, HOOK_MAX * sizeof(*readings));
	for (hook = 0; hook < HOOK_MAX; hook++) {
		add_stats(h->before[hook], &readings[hook].before);
		add_stats(h->after[hook], &readings[hook].after);
		for (i = 0; i < h->n_ours[hook]; i++)
			add_stats(h->ours[hook][i], &readings[hook].ours);
	}
}

static double per_run(const struct sample *from, const struct sample *to)
{
	return (double)(to->ns - from->ns) / (double)(to->runs - from->runs);
}

bool hooks_cost(const struct reading *from, const struct reading *to, struct cost *ret)
{
	unsigned long after = to->after.runs - from->after.runs;
	unsigned long before = to->before.runs - from->before.runs;

	ret->runs = to->ours.runs - from->ours.runs;
	if (!ret->runs || !after)
		return false;
	ret->uneven = ret->runs != after || (before && before != ret->runs);
	ret->ours = per_run(&from->ours, &to->ours);
	ret->empty = per_run(&from->after, &to->after);
	if (before)
		ret->empty = (ret->empty + per_run(&from->before, &to->before)) / 2;
	return true;
}

void hooks_close(struct hooks *h)
{
	size_t i;
	int hook;

	if (!h)
		return;
	while (h->n_links)
		close(h->links[--h->n_links]);
	while (h->n_spacers)
		close(h->spacers[--h->n_spacers]);
	for (hook = 0; hook < HOOK_MAX; hook++) {
		for (i = 0; i < h->n_ours[hook]; i++)
			close(h->ours[hook][i]);
		if (h->before[hook] >= 0)
			close(h->before[hook]);
		if (h->after[hook] >= 0)
			close(h->after[hook]);
	}
	if (h->stats >= 0)
		close(h->stats);
	if (h->cgroup >= 0)
		close(h->cgroup);
	free(h);
}
