/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rig_priv.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../unit/facts.h"
#include "core/tls.h"
#include "base/util.h"

static const uint64_t netns_of[] = { [LA_HOOK_CGROUP] = CGROUP_NETNS, [LA_HOOK_TC] = TC_NETNS };

int rig_set_role(struct rig *r, enum la_role_kind kind)
{
	int hook, e = 0;

	for (hook = LA_HOOK_CGROUP; hook <= LA_HOOK_TC && !e; hook++) {
		struct la_role_key key = { .netns = netns_of[hook], .ifindex = LOOPBACK_IFINDEX };
		struct la_role role = { .slot = SLOT_OF(hook),
					.role = (uint8_t)kind,
					.l2_len = ETHER_LEN };

		e = rig_put(r->skel->maps.la_roles, &key, &role);
	}
	return e;
}

int rig_del_role(struct rig *r)
{
	int hook, e = 0;

	for (hook = LA_HOOK_CGROUP; hook <= LA_HOOK_TC && !e; hook++) {
		struct la_role_key key = { .netns = netns_of[hook], .ifindex = LOOPBACK_IFINDEX };

		if (bpf_map_delete_elem(bpf_map__fd(r->skel->maps.la_roles), &key))
			e = -errno;
	}
	return e;
}

static int put_name(struct rig *r, const struct facts_name *n)
{
	struct la_src src = { .data = (const uint8_t *)n->name, .len = (uint32_t)strlen(n->name) };
	const struct la_name name = { .hash = la_name_hash(&src, 0, src.len, 0),
				      .under = n->under };

	return rig_put(r->skel->maps.la_names, &name, &n->detail);
}

static int put_facts(struct rig *r)
{
	const uint8_t one = 1, trusted = LA_NETNS_TRUSTED;
	size_t i;
	int hook, e;

	e = rig_set_role(r, LA_ROLE_EXPOSED);
	if (!e)
		e = rig_put(r->skel->maps.la_netns, &netns_of[LA_HOOK_TC], &trusted);
	for (hook = LA_HOOK_CGROUP; hook <= LA_HOOK_TC; hook++) {
		for (i = 0; i < facts_n_onlink && !e; i++) {
			struct la_onlink_key key = {
				.prefixlen = 32U + facts_onlink[i].len,
				.slot = __builtin_bswap32(SLOT_OF(hook)),
				.addr = facts_onlink[i].addr,
			};

			e = rig_put(r->skel->maps.la_onlink, &key, &one);
		}
	}
	for (i = 0; i < facts_n_endpoints && !e; i++) {
		r->skel->bss->la_endpoint_bits |= 1ULL << (facts_endpoints[i].at.port & 63);
		e = rig_put(r->skel->maps.la_endpoints, &facts_endpoints[i].at,
			    &facts_endpoints[i].mark);
	}
	for (i = 0; i < facts_n_resolvers && !e; i++) {
		r->skel->bss->la_resolver_bits |= 1ULL << (facts_resolvers[i].at.port & 63);
		e = rig_put(r->skel->maps.la_resolvers, &facts_resolvers[i].at,
			    &facts_resolvers[i].detail);
	}
	for (i = 0; i < facts_n_names && !e; i++)
		e = put_name(r, &facts_names[i]);
	return e;
}

static struct leakaudit_bpf *load(const struct setup *setup)
{
	struct leakaudit_bpf *skel = leakaudit_bpf__open();
	struct bpf_program *prog;
	int e;

	if (!skel)
		return NULL;
	skel->rodata->la_is_host = true;
	skel->rodata->la_home_netns = CGROUP_NETNS;
	skel->rodata->la_tc_netns = TC_NETNS;
	skel->rodata->la_drop = setup->drop;
	skel->rodata->la_lan_exempt = setup->lan_exempt;
	skel->rodata->la_allow_n = (uint32_t)facts_n_allow;
	memcpy((void *)skel->rodata->la_allows, facts_allow, facts_n_allow * sizeof(*facts_allow));
	skel->bss->la_epoch_word.epoch = EPOCH;
	if (setup->ring)
		bpf_map__set_max_entries(skel->maps.la_events, setup->ring);
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, prog == skel->progs.la_cgroup_egress ||
							prog == skel->progs.la_tc_egress);
	e = leakaudit_bpf__load(skel);
	if (!e)
		return skel;
	leakaudit_bpf__destroy(skel);
	errno = -e;
	return NULL;
}

static int on_event(void *ctx, void *data, size_t size)
{
	struct rig *r = ctx;
	union told *t;
	size_t filled;

	if (r->n_told == r->max_told || size > sizeof(*t))
		return -EPROTO;
	t = &r->told[r->n_told++];
	memset(t, 0, sizeof(*t));
	/* what is behind the payload has no meaning */
	filled = sizeof(t->event) + ((const struct la_event_flow *)data)->payload_len;
	memcpy(t, data, MIN(size, filled));
	return size == t->event.hdr.size ? 0 : -EPROTO;
}

int rig_give_ids(struct rig *r, uint32_t n)
{
	int fd = bpf_map__fd(r->skel->maps.la_free_ids);
	uint32_t id;

	for (id = 0; id < n && id < RIG_FLOWS; id++)
		if (bpf_map_update_elem(fd, NULL, &id, BPF_ANY))
			return -errno;
	return 0;
}

/* Where sockets have one cookie after the other: see rig_run.c. */
static void stay_on_this_cpu(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	if (cpu >= 0)
		CPU_SET((size_t)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int rig_open(struct rig **ret, const struct setup *setup)
{
	_cleanup_(rig_closep) struct rig *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	r->skel = load(setup);
	if (!r->skel)
		return -errno;
	stay_on_this_cpu();
	r->full = setup->full;
	r->programs[LA_HOOK_CGROUP] = bpf_program__fd(r->skel->progs.la_cgroup_egress);
	r->programs[LA_HOOK_TC] = bpf_program__fd(r->skel->progs.la_tc_egress);
	r->flows = mmap(NULL, RIG_FLOWS * sizeof(struct la_flow), PROT_READ | PROT_WRITE,
			MAP_SHARED, bpf_map__fd(r->skel->maps.la_flows), 0);
	if (r->flows == MAP_FAILED) {
		r->flows = NULL;
		return -errno;
	}
	r->ring = ring_buffer__new(bpf_map__fd(r->skel->maps.la_events), on_event, r, NULL);
	if (!r->ring)
		return -errno;
	e = put_facts(r);
	if (e)
		return e;
	*ret = take_ptr(r);
	return 0;
}

void rig_close(struct rig *r)
{
	if (!r)
		return;
	ring_buffer__free(r->ring);
	if (r->flows)
		munmap(r->flows, RIG_FLOWS * sizeof(struct la_flow));
	leakaudit_bpf__destroy(r->skel);
	free(r);
}

const char *rig_cannot(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd;

	if (geteuid())
		return "needs root";
	fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, NULL, "GPL", nothing, ARRAY_SIZE(nothing),
			   NULL);
	if (fd < 0 && (errno == EPERM || errno == ENOSYS))
		return "the kernel lets nobody load BPF programs";
	if (fd >= 0)
		close(fd);
	return NULL;
}

const struct la_flow *rig_flows(const struct rig *r)
{
	return r->flows;
}

int rig_counters(const struct rig *r, uint64_t counters[LA_COUNTER_MAX])
{
	int cpus = libbpf_num_possible_cpus(), fd = bpf_map__fd(r->skel->maps.la_counters), cpu;
	_cleanup_(freep) uint64_t *per_cpu = calloc((size_t)cpus, sizeof(*per_cpu));
	uint32_t c;

	if (!per_cpu)
		return -ENOMEM;
	for (c = 0; c < LA_COUNTER_MAX; c++) {
		if (bpf_map_lookup_elem(fd, &c, per_cpu))
			return -errno;
		for (cpu = 0, counters[c] = 0; cpu < cpus; cpu++)
			counters[c] += per_cpu[cpu];
	}
	return 0;
}

int rig_totals(const struct rig *r, enum la_hook hook, struct la_sum totals[LA_CELLS])
{
	int cpus = libbpf_num_possible_cpus(), fd = bpf_map__fd(r->skel->maps.la_totals), cpu;
	_cleanup_(freep) struct la_sum *per_cpu = calloc((size_t)cpus, sizeof(*per_cpu));
	struct la_sum_key key = { .slot = SLOT_OF(hook) };

	if (!per_cpu)
		return -ENOMEM;
	for (; key.cell < LA_CELLS; key.cell++) {
		struct la_sum *sum = &totals[key.cell];

		memset(sum, 0, sizeof(*sum));
		if (bpf_map_lookup_elem(fd, &key, per_cpu))
			continue;
		for (cpu = 0; cpu < cpus; cpu++) {
			sum->packets += per_cpu[cpu].packets;
			sum->bytes += per_cpu[cpu].bytes;
		}
	}
	return 0;
}

bool rig_is_clean(const struct rig *r)
{
	struct la_flow_key key;
	uint32_t id;

	return bpf_map_get_next_key(bpf_map__fd(r->skel->maps.la_flow_ids), NULL, &key) &&
	       bpf_map_get_next_key(bpf_map__fd(r->skel->maps.la_frags), NULL, &key) &&
	       bpf_map_lookup_and_delete_elem(bpf_map__fd(r->skel->maps.la_free_ids), NULL, &id);
}
