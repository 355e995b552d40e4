/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads the maps first, then all programs that share them at once: packet programs take most of the
 * processor time of a start, nearly all of it in the verifier.
 */
#include "priv.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "leakaudit.skel.h"
#include "offsets.h"
#include "owners.skel.h"
#include "tracing.h"

static uint8_t lan_of(const struct policy *p)
{
	static const uint8_t modes[] = {
		[POLICY_LAN_EXEMPT] = LA_LAN_EXEMPT,
		[POLICY_LAN_LEAK] = LA_LAN_LEAK,
		[POLICY_LAN_QUIET] = LA_LAN_QUIET,
	};

	return modes[p->lan];
}

/* Both objects have the same constants, in two types. */
#define SET_CONSTANTS(rodata, cfg, offsets)                                         \
	do {                                                                        \
		const struct policy *p_ = (cfg)->policy;                            \
                                                                                    \
		(rodata)->la_is_host = scopes_is_host((cfg)->scopes);               \
		(rodata)->la_home_netns = (cfg)->home_netns;                        \
		(rodata)->la_tc_netns = (cfg)->home_netns;                          \
		(rodata)->la_lan_exempt = lan_of(p_);                               \
		memcpy((void *)&(rodata)->la_offsets, &(offsets), sizeof(offsets)); \
		(rodata)->la_drop = p_->drop;                                       \
		(rodata)->la_no_refusals = (cfg)->no_refusals;                      \
		(rodata)->la_drop_late = (cfg)->drop_late;                          \
		(rodata)->la_asks_caller = k->asks_caller;                          \
		(rodata)->la_resolver_mode = (uint8_t)(cfg)->resolver_mode;         \
		(rodata)->la_deadline = (cfg)->deadline;                            \
		(rodata)->la_allow_n = (uint32_t)p_->allow.n;                       \
		(rodata)->la_snaplen = (cfg)->snaplen;                              \
		(rodata)->la_no_payload = (cfg)->no_payload;                        \
		memcpy((void *)(rodata)->la_allows, p_->allow.v,                    \
		       p_->allow.n * sizeof(p_->allow.v[0]));                       \
	} while (0)

static uint32_t ring_size(uint64_t wanted)
{
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);

	while (size < wanted && size < 1ULL << 30)
		size <<= 1;
	return (uint32_t)size;
}

/* Without evidence the ring has a few messages only. All of a ring is resident. */
#define MESSAGES_SIZE (128U << 10)

static uint64_t evidence_size(const struct datapath_config *cfg)
{
	if (cfg->snaplen)
		return cfg->buffer;
	return cfg->no_payload ? 0 : MIN(cfg->buffer, MESSAGES_SIZE);
}

/*
 * Whether the egress hook is to find out who sends and connects. What is pinned must know it
 * whatever comes, without a loader.
 */
static bool callers_are_known(const struct datapath *k, const struct datapath_config *cfg)
{
	return !cfg->pins && k->offsets.tgid &&
	       libbpf_probe_bpf_helper(BPF_PROG_TYPE_CGROUP_SKB, BPF_FUNC_get_current_task_btf,
				       NULL) == 1;
}

static int join(const struct datapath *k, uint32_t at, const struct bpf_program *program)
{
	int fd = bpf_program__fd(program);

	return bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_jumps), &at, &fd, BPF_ANY) ? -errno
											   : 0;
}

/* Each of the two programs jumps to the other. */
static int callers_join(const struct datapath *k)
{
	int r = 0;

	if (k->asks_caller)
		r = join(k, LA_JUMP_MEET, k->owners->progs.la_meet_caller);
	if (k->asks_caller && !r)
		r = join(k, LA_JUMP_EGRESS, k->packets->progs.la_cgroup_egress);
	return r;
}

static int load_maps(struct datapath *k, const struct datapath_config *cfg)
{
	struct leakaudit_bpf *skel = k->skel = leakaudit_bpf__open();
	struct bpf_program *prog;
	int r;

	if (!skel)
		return -errno;
	r = offsets_find(k->types.all, &k->offsets);
	if (r && cfg->policy->drop) /* else what is new is exposed until the loader knows it */
		return r;
	k->asks_caller = callers_are_known(k, cfg);
	SET_CONSTANTS(skel->rodata, cfg, k->offsets);
	skel->bss->la_epoch_word.careful = cfg->snaplen || cfg->deadline || cfg->policy->drop ||
					   cfg->drop_late;
	policy_kinds(cfg->policy, (uint64_t *)skel->rodata->la_kinds);
	bpf_map__set_max_entries(skel->maps.la_events, ring_size(cfg->buffer));
	bpf_map__set_max_entries(skel->maps.la_evidence, ring_size(evidence_size(cfg)));
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, false);
	return leakaudit_bpf__load(skel);
}

/* Shares all maps except the constants, which each instance has for itself. */
static int share_maps(struct bpf_object *with, struct bpf_map *bss, const struct leakaudit_bpf *of)
{
	struct bpf_map *map, *twin;
	int r;

	bpf_object__for_each_map(map, with) {
		if (map == bss)
			twin = of->maps.bss;
		else if (bpf_map__is_internal(map))
			continue;
		else
			twin = bpf_object__find_map_by_name(of->obj, bpf_map__name(map));
		r = twin ? bpf_map__reuse_fd(map, bpf_map__fd(twin)) : -ENOENT;
		if (r)
			return r;
	}
	return 0;
}

int datapath_load_packets(const struct datapath *k, const char *program, uint64_t netns,
			  struct leakaudit_bpf **ret)
{
	struct leakaudit_bpf *skel = leakaudit_bpf__open();
	struct bpf_program *prog;
	int r;

	if (!skel)
		return -errno;
	memcpy((void *)skel->rodata, k->skel->rodata, sizeof(*skel->rodata));
	skel->rodata->la_tc_netns = netns;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), program));
	r = share_maps(skel->obj, skel->maps.bss, k->skel);
	if (!r)
		r = leakaudit_bpf__load(skel);
	if (r) {
		leakaudit_bpf__destroy(skel);
		return r;
	}
	*ret = skel;
	return 0;
}

/* Whether packets that are dropped behind TC egress can be taken back on this kernel. */
static bool sees_lost(void)
{
	return !access("/sys/kernel/btf/vmlinux", R_OK);
}

static void set_resolver_programs(struct owners_bpf *s, bool wanted)
{
	struct bpf_program *programs[] = {
		s->progs.la_resolver_connect4, s->progs.la_resolver_connect6,
		s->progs.la_resolver_sendmsg4, s->progs.la_resolver_sendmsg6,
		s->progs.la_resolver_bound4,   s->progs.la_resolver_scan,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(programs); i++)
		bpf_program__set_autoload(programs[i], wanted);
	bpf_program__set_autoload(s->progs.la_resolver_called, false);
}

/* Where the egress hook asks, they are loaded once it cannot: see attach_needed(). */
static void set_caller_programs(struct owners_bpf *s, bool asked, bool refuse)
{
	bpf_program__set_autoload(s->progs.la_sendmsg4, !asked);
	bpf_program__set_autoload(s->progs.la_sendmsg6, !asked);
	bpf_program__set_autoload(s->progs.la_connect4, !asked || refuse);
	bpf_program__set_autoload(s->progs.la_connect6, !asked || refuse);
}

/* In the host scope all processes are members. */
static void set_member_programs(struct owners_bpf *s, bool wanted, bool pinned, bool attached)
{
	struct bpf_program *programs[] = { s->progs.la_task_moved,  s->progs.la_task_born,
					   s->progs.la_task_ended,  s->progs.la_task_freed,
					   s->progs.la_take_socket, s->progs.la_packet_waits };
	struct bpf_program *remade[] = { s->progs.la_cgroup_made, s->progs.la_remade_connect4,
					 s->progs.la_remade_connect6 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(programs); i++)
		bpf_program__set_autoload(programs[i], wanted && !attached);
	for (i = 0; i < ARRAY_SIZE(remade); i++)
		bpf_program__set_autoload(remade[i], wanted && pinned && !attached);
	bpf_program__set_autoload(s->progs.la_scan_tasks, wanted);
}

/* What processes of a scope do with streams from outside. */
static void set_stream_programs(struct owners_bpf *s, bool wanted, bool tells_put)
{
	bpf_program__set_autoload(s->progs.la_stream_changes, wanted);
	bpf_program__set_autoload(s->progs.la_data_put, wanted && tells_put);
}

int datapath_load_owners(struct datapath *k, const struct datapath_config *cfg)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = kernel_types_file(&k->types));
	struct owners_bpf *skel = k->owners = owners_bpf__open_opts(&opts);
	struct bpf_program *prog;
	int r;

	if (!skel)
		return -errno;
	SET_CONSTANTS(skel->rodata, cfg, k->offsets);
	set_caller_programs(skel, k->asks_caller, cfg->policy->drop);
	if (k->adopted) /* its hooks are already attached */
		bpf_object__for_each_program(prog, skel->obj)
			bpf_program__set_autoload(prog, false);
	bpf_program__set_autoload(skel->progs.la_scan_sockets, true);
	bpf_program__set_autoload(skel->progs.la_meet_caller, k->asks_caller);
	set_resolver_programs(skel, cfg->resolver_mode != LA_RESOLVER_IGNORE);
	/* tracepoints with the kernel's own types, which are nowhere else */
	bpf_program__set_autoload(skel->progs.la_packet_lost, sees_lost());
	bpf_program__set_autoload(skel->progs.la_queue_emptied, sees_lost());
	set_stream_programs(skel, !scopes_is_host(cfg->scopes) && !k->adopted && sees_lost(),
			    k->offsets.tells_put);
	set_member_programs(skel, !scopes_is_host(cfg->scopes), cfg->pins, k->adopted);
	if (k->types.all && !k->types.file)
		tracing_find(k->types.all, skel->obj);
	r = kernel_types_write(&k->types, bpf_object__btf(skel->obj));
	r = r ?: share_maps(skel->obj, skel->maps.bss, k->skel);
	return r ?: owners_bpf__load(skel);
}

int datapath_open_beside(const struct datapath *k, const char *const *names, size_t n,
			 struct owners_bpf **ret)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = kernel_types_file(&k->types));
	struct owners_bpf *skel = *ret = owners_bpf__open_opts(&opts);
	struct bpf_program *prog;
	size_t i;

	if (!skel)
		return -errno;
	memcpy((void *)skel->rodata, k->owners->rodata, sizeof(*skel->rodata));
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, false);
	for (i = 0; i < n; i++)
		bpf_program__set_autoload(bpf_object__find_program_by_name(skel->obj, names[i]),
					  true);
	return share_maps(skel->obj, skel->maps.bss, k->skel);
}

int datapath_load_calls(struct datapath *k)
{
	static const char *const names[] = { "la_resolver_called" };
	int r = datapath_open_beside(k, names, ARRAY_SIZE(names), &k->calls);

	if (r)
		return r;
	bpf_program__set_expected_attach_type(k->calls->progs.la_resolver_called, UNIX_CONNECT);
	return owners_bpf__load(k->calls);
}

int datapath_load_callers(struct datapath *k)
{
	static const char *const names[] = { "la_sendmsg4", "la_sendmsg6", "la_connect4",
					     "la_connect6" };
	size_t n = k->skel->rodata->la_drop ? 2 : ARRAY_SIZE(names); /* the others are there */
	int r = datapath_open_beside(k, names, n, &k->callers);

	return r ?: owners_bpf__load(k->callers);
}

struct part {
	const struct datapath *k;
	const char *program;
	pthread_t thread;
	bool running;
	struct leakaudit_bpf *skel;
	int r;
};

static void *load_part(void *arg)
{
	struct part *p = arg;

	p->r = datapath_load_packets(p->k, p->program, p->k->home, &p->skel);
	return NULL;
}

int datapath_load(struct datapath *k, const struct datapath_config *cfg)
{
	struct part parts[] = { { .k = k, .program = "la_tc_egress" },
				{ .k = k, .program = "la_cgroup_egress" },
				{ .k = k, .program = "la_cgroup_ingress" },
				{ .k = k, .program = "la_remade_ingress" } };
	size_t i, n = ARRAY_SIZE(parts) - 1 - !cfg->policy->drop;
	int tc, r;

	if (cfg->pins && cfg->policy->drop && !scopes_is_host(cfg->scopes))
		n++;
	r = load_maps(k, cfg);
	if (r)
		return r;
	for (i = 0; i < n; i++)
		parts[i].running = !pthread_create(&parts[i].thread, NULL, load_part, &parts[i]);
	r = datapath_load_owners(k, cfg);
	for (i = 0; i < n; i++) {
		if (parts[i].running)
			pthread_join(parts[i].thread, NULL);
		else
			load_part(&parts[i]);
		r = r ?: parts[i].r;
	}
	tc = parts[0].skel ? datapath_keep_tc(k, k->home, TC_JUDGES, parts[0].skel) : 0;
	k->packets = parts[1].skel;
	k->ingress = parts[2].skel;
	k->remade_ingress = parts[3].skel;
	r = r ?: MIN(tc, 0);
	return r ?: callers_join(k);
}
