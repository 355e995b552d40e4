/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trials.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "clsact.h"
#include "priv.h"
#include "tcx.h"

#define LOOPBACK 1 /* its index, in each network namespace */

struct kind {
	enum bpf_prog_type type;
	unsigned int attach; /* enum bpf_attach_type, of any kernel */
	int result; /* what the program returns */
	uint32_t btf_id; /* of what it is attached to; 0: that has no types */
};

/* r0 = result; exit. Returns the program's descriptor. */
static int load(const struct kind *k)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = k->result },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = (enum bpf_attach_type)k->attach,
		    .attach_btf_id = k->btf_id);
	int fd = bpf_prog_load(k->type, "la_trial", "GPL", insns, ARRAY_SIZE(insns), &opts);

	return fd < 0 ? -errno : fd;
}

static int try_load(const struct kind *k)
{
	_cleanup_(closep) int prog = load(k);

	return MIN(prog, 0);
}

/* A link ends with its descriptor. */
static int try_cgroup(const struct kind *k, int cgroup)
{
	_cleanup_(closep) int prog = load(k), link = -1;

	if (prog < 0)
		return prog;
	link = bpf_link_create(prog, cgroup, (enum bpf_attach_type)k->attach, NULL);
	return link < 0 ? -errno : 0;
}

static int try_cgroups(const struct kind *v, size_t n, int cgroup)
{
	int r = 0;

	for (size_t i = 0; i < n && !r; i++)
		r = try_cgroup(&v[i], cgroup);
	return r;
}

#define TRY_CGROUP(cgroup, ...)                           \
	try_cgroups((const struct kind[]){ __VA_ARGS__ }, \
		    sizeof((const struct kind[]){ __VA_ARGS__ }) / sizeof(struct kind), cgroup)

#define ALLOW 1

/* --- at TC, on the loopback device of a namespace that ends with its thread --- */

struct at_tc {
	int (*try)(int prog);
	int r;
};

static int try_tcx(int prog)
{
	_cleanup_(closep) int link = tcx_attach(prog, LOOPBACK);

	return MIN(link, 0);
}

static int try_clsact(int prog)
{
	struct clsact filter = { .ifindex = LOOPBACK };
	int r = clsact_make(&filter);

	if (!r || r == -EEXIST)
		r = clsact_attach(&filter, prog);
	return r ?: clsact_detach(&filter);
}

static void *in_namespace(void *arg)
{
	const struct kind kind = { .type = BPF_PROG_TYPE_SCHED_CLS };
	_cleanup_(closep) int prog = -1;
	struct at_tc *t = arg;

	if (unshare(CLONE_NEWNET)) {
		t->r = TRIAL_UNTRIED;
		return NULL;
	}
	prog = load(&kind);
	t->r = prog < 0 ? prog : t->try(prog);
	return NULL;
}

static int try_at_tc(int (*try)(int prog))
{
	struct at_tc t = { .try = try };
	pthread_t thread;
	int r = pthread_create(&thread, NULL, in_namespace, &t);

	if (r)
		return -r;
	pthread_join(thread, NULL);
	return t.r;
}

/* --- maps --- */

static int try_maps(const enum bpf_map_type *types, size_t n)
{
	int r = 1;

	for (size_t i = 0; i < n && r == 1; i++)
		r = libbpf_probe_bpf_map_type(types[i], NULL);
	return r == 1 ? 0 : r ? r : -EOPNOTSUPP;
}

#define TRY_MAPS(...)                                        \
	try_maps((const enum bpf_map_type[]){ __VA_ARGS__ }, \
		 sizeof((const enum bpf_map_type[]){ __VA_ARGS__ }) / sizeof(enum bpf_map_type))

/* --- tracepoints and iterators --- */

static int try_raw(const char *name)
{
	const struct kind kind = { .type = BPF_PROG_TYPE_RAW_TRACEPOINT };
	_cleanup_(closep) int prog = load(&kind), hook = -1;

	if (prog < 0)
		return prog;
	hook = bpf_raw_tracepoint_open(name, prog);
	return hook < 0 ? -errno : 0;
}

static int try_processes(void)
{
	static const char *const names[] = { "cgroup_attach_task", "sched_process_fork",
					     "sched_process_exit", "sched_process_free" };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && !r; i++)
		r = try_raw(names[i]);
	return r;
}

/* A walk that sees one entry less than there are. */
static int try_iterator(const char *name)
{
	struct kind kind = { .type = BPF_PROG_TYPE_TRACING, .attach = BPF_TRACE_ITER };
	_cleanup_(closep) int prog = -1, link = -1, walk = -1;
	int id = libbpf_find_vmlinux_btf_id(name, BPF_TRACE_ITER);
	char byte;

	if (id < 0)
		return id;
	kind.btf_id = (uint32_t)id;
	prog = load(&kind);
	if (prog < 0)
		return prog;
	link = bpf_link_create(prog, 0, BPF_TRACE_ITER, NULL);
	walk = link < 0 ? -1 : bpf_iter_create(link);
	return walk < 0 || read(walk, &byte, 1) < 0 ? -errno : 0;
}

static int try_lost(void)
{
	struct kind kind = { .type = BPF_PROG_TYPE_TRACING, .attach = BPF_TRACE_RAW_TP };
	_cleanup_(closep) int prog = -1, hook = -1;
	int id = libbpf_find_vmlinux_btf_id("kfree_skb", BPF_TRACE_RAW_TP);

	if (id < 0)
		return id;
	kind.btf_id = (uint32_t)id;
	prog = load(&kind);
	if (prog < 0)
		return prog;
	hook = bpf_raw_tracepoint_open(NULL, prog);
	return hook < 0 ? -errno : 0;
}

static int try_caller(void)
{
	int r = libbpf_probe_bpf_helper(BPF_PROG_TYPE_CGROUP_SKB, BPF_FUNC_get_current_task_btf,
					NULL);

	return r == 1 ? 0 : r ? r : -EOPNOTSUPP;
}

static int try_pin(void)
{
	const struct kind kind = { .type = BPF_PROG_TYPE_CGROUP_SKB,
				   .attach = BPF_CGROUP_INET_EGRESS,
				   .result = ALLOW };
	_cleanup_(closep) int prog = load(&kind);
	char path[64];

	if (prog < 0)
		return prog;
	/* bpffs takes no name with a dot */
	snprintf(path, sizeof(path), "/sys/fs/bpf/leakaudit-doctor-%d", (int)getpid());
	unlink(path); /* left by a killed process with our pid */
	if (bpf_obj_pin(prog, path))
		return -errno;
	return unlink(path) ? -errno : 0;
}

/* --- all of them --- */

#define AT(what, where, ...)                                                            \
	{                                                                               \
		.type = BPF_PROG_TYPE_CGROUP_##what, .attach = (where), .result = ALLOW \
	}

static int run_at_cgroup(enum trial which, int cgroup)
{
	switch (which) {
	case TRIAL_EGRESS:
		return TRY_CGROUP(cgroup, AT(SKB, BPF_CGROUP_INET_EGRESS));
	case TRIAL_INGRESS:
		return TRY_CGROUP(cgroup, AT(SKB, BPF_CGROUP_INET_INGRESS));
	case TRIAL_SOCKETS:
		return TRY_CGROUP(cgroup, AT(SOCK, BPF_CGROUP_INET_SOCK_CREATE),
				  AT(SOCK, BPF_CGROUP_INET_SOCK_RELEASE));
	case TRIAL_CALLS:
		return TRY_CGROUP(cgroup, AT(SOCK_ADDR, BPF_CGROUP_INET4_CONNECT),
				  AT(SOCK_ADDR, BPF_CGROUP_INET6_CONNECT),
				  AT(SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG),
				  AT(SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG));
	case TRIAL_BIND:
		return TRY_CGROUP(cgroup, AT(SOCK, BPF_CGROUP_INET4_POST_BIND),
				  AT(SOCK, BPF_CGROUP_INET6_POST_BIND));
	case TRIAL_OPTIONS:
		return TRY_CGROUP(cgroup, AT(SOCKOPT, BPF_CGROUP_SETSOCKOPT));
	case TRIAL_UNIX:
		return TRY_CGROUP(cgroup, AT(SOCK_ADDR, UNIX_CONNECT));
	default:
		return -EINVAL;
	}
}

int trial_run(enum trial which, int cgroup)
{
	const struct kind any = AT(SKB, BPF_CGROUP_INET_EGRESS);

	switch (which) {
	case TRIAL_PROGRAM:
		return try_load(&any);
	case TRIAL_TCX:
		return try_at_tc(try_tcx);
	case TRIAL_CLSACT:
		return try_at_tc(try_clsact);
	case TRIAL_RING:
		return TRY_MAPS(BPF_MAP_TYPE_RINGBUF);
	case TRIAL_STORAGE:
		return TRY_MAPS(BPF_MAP_TYPE_SK_STORAGE);
	case TRIAL_TABLES:
		return TRY_MAPS(BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_LRU_HASH,
				BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY,
				BPF_MAP_TYPE_LPM_TRIE, BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK,
				BPF_MAP_TYPE_PROG_ARRAY);
	case TRIAL_PROCESSES:
		return try_processes();
	case TRIAL_ITERATORS:
		return try_iterator("task") ?: try_iterator("task_file");
	case TRIAL_LOST:
		return try_lost();
	case TRIAL_CALLER:
		return try_caller();
	case TRIAL_PIN:
		return try_pin();
	default:
		return cgroup < 0 ? -EBADF : run_at_cgroup(which, cgroup);
	}
}

static int say_nothing(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

void trials_quiet(void)
{
	libbpf_set_print(say_nothing);
}
